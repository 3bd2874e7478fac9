"""The process that extracts pages: the one place that knows datatrove's extractor."""

import sys

from ixigen_data.core.answering import serve

CPU_SECONDS = 60
MEMORY_BYTES = 2 * 2**30


def main() -> None:
    """Serve pages with datatrove's Trafilatura until the input ends; the one argument is the kind of extraction."""
    from datatrove.pipeline.extractors import Trafilatura  # noqa: PLC0415 - whoever imports CPU_SECONDS needs none of it

    # `deduplicate` would drop what earlier pages of the same process had: the result must depend on the page alone.
    extractor = Trafilatura(favour_precision=sys.argv[1] == "precision", deduplicate=False)
    serve(lambda page: extractor.extract(page) or "", CPU_SECONDS, MEMORY_BYTES)
