"""The process that extracts pages: the one place that knows datatrove's extractor.

It reads a page's size and its UTF-8, and answers with the size of what follows, one byte that says what it is, and the
text or the name of an exception.
"""

import math
import os
import resource
import struct
import sys
import time
from collections.abc import Callable

HEADER = struct.Struct(">I")
EXTRACTED, RAISED = b"t", b"e"
CPU_SECONDS = 60
_MEMORY_BYTES = 2 * 2**30


def main() -> None:
    """Serve pages with datatrove's Trafilatura until the input ends; the one argument is the kind of extraction."""
    from datatrove.pipeline.extractors import Trafilatura  # noqa: PLC0415 - whoever imports HEADER needs none of it

    # `deduplicate` would drop what earlier pages of the same process had: the result must depend on the page alone.
    extractor = Trafilatura(favour_precision=sys.argv[1] == "precision", deduplicate=False)
    serve(extractor.extract)


def serve(extract: Callable[[str], str | None]) -> None:
    """Answer every page of the standard input on the standard output."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
    while head := sys.stdin.buffer.read(HEADER.size):
        page = sys.stdin.buffer.read(HEADER.unpack(head)[0]).decode("utf-8", "surrogatepass")
        _allow(CPU_SECONDS)
        answer = _answer(extract, page)
        answers.write(HEADER.pack(len(answer)) + answer)
        answers.flush()


def _allow(seconds: int) -> None:
    """Let the kernel end this process when it has worked for so long from now."""
    limit = math.ceil(time.process_time()) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _answer(extract: Callable[[str], str | None], page: str) -> bytes:
    try:
        return EXTRACTED + (extract(page) or "").encode("utf-8", "replace")
    except Exception as error:
        return RAISED + type(error).__name__.encode()
