"""The files of a source, as its clean stage planned them."""

from ixigen_data.core.files import without_secrets
from ixigen_data.engine.completion import read_plan
from ixigen_data.sources.spans import unpack_spans


def source_files(folder: str) -> list[str]:
    """Return the URLs of a source's files by number, without user or password; "" for an empty file: it has no span."""
    urls: dict[int, str] = {}
    for task in read_plan(folder).tasks:
        for span in unpack_spans(task.payload):
            urls[span.file] = without_secrets(span.url)
    return [urls.get(number, "") for number in range(max(urls, default=-1) + 1)]
