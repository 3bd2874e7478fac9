"""What goes wrong while a file is read: what its bytes say is a fault, what the disk or the store says is an error."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from ixigen_data.core.errors import SourceError
from ixigen_data.core.files import without_secrets
from ixigen_data.sources.faults import Fault, Faults, Problem
from ixigen_data.sources.files import is_unchanged
from ixigen_data.sources.hub import is_hub, is_hub_error, told_by_hub
from ixigen_data.sources.spans import Span


@contextmanager
def guarded(span: Span, faults: Faults) -> Iterator[None]:
    """Count what is wrong with a span's file as a whole.

    Raises:
        SourceError: reading failed, or faults are fatal.
    """
    try:
        yield
    except Problem as problem:
        faults.add(Fault(source_file=without_secrets(span.url), reason=problem.reason, detail=problem.detail))
    except OSError as error:
        # A missing file or a refused key may pass: only what the bytes themselves say may decide what is in a dataset.
        told = told_by_hub(error) if is_hub(span.url) else error
        raise SourceError(_failed(span, f"{told}", "the disk or the store")) from error
    except Exception as error:
        if not (is_hub(span.url) and is_hub_error(error)):
            raise
        raise SourceError(_failed(span, told_by_hub(error), "the hub")) from error


def check_stamp(stream: BinaryIO, span: Span, when: str) -> None:
    """Check that a stored file is the one that was listed.

    Raises:
        SourceError: it changed.
    """
    if not is_unchanged(stream, span.url, span.stamp):
        raise SourceError(f"{without_secrets(span.url)}: the file changed {when}; start again, and it is read anew")


def _failed(span: Span, told: str, who: str) -> str:
    return f"{without_secrets(span.url)}: reading failed: {told}; start again when {who} answers"
