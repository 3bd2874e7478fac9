"""The main text of web pages, extracted in a process of its own, so that a page that crashes or hangs it costs itself.

The limits count work: bytes of a page, CPU-seconds of its extraction, bytes of memory. The CPU limit is far beyond what
any page of that size takes (a megabyte takes about one second), so that no machine is too slow for it.
"""

import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from ixigen_data.core.child import Child, ChildError, Crashed, Raised, TooMuchWork
from ixigen_data.core.errors import SourceError
from ixigen_data.core.units import format_size
from ixigen_data.sources.extraction_child import CPU_SECONDS
from ixigen_data.sources.faults import Problem
from ixigen_data.sources.settings import Extraction

PAGE_LIMIT_BYTES = 8 * 2**20
_CHILD = "from ixigen_data.sources.extraction_child import main; main()"


class Extractor:
    """Extracts the text of pages, one after the other. A context; the process starts with the first page.

    Args:
        extraction: how much of a page is kept.
        command: another program that speaks the same protocol, for tests.
        wait_seconds: another limit by the clock, for tests.
    """

    def __init__(self, extraction: Extraction, command: Sequence[str] = (), wait_seconds: float | None = None) -> None:
        command = tuple(command) or (sys.executable, "-c", _CHILD, extraction)
        self._child = Child(command, "extracts pages", "trafilatura", CPU_SECONDS, wait_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.end()

    def text(self, page: str) -> str:
        """Return the page's main text; empty where it has none.

        Raises:
            Problem: "document_too_long"; "extraction_failed": the extractor raised; "extraction_crashed": it died;
                "extraction_too_long": it took more work than any page needs.
            SourceError: the system killed the process, or it cannot be started.
        """
        if len(page.encode("utf-8", "surrogatepass")) > PAGE_LIMIT_BYTES:
            raise Problem("document_too_long", f"a page of more than {format_size(PAGE_LIMIT_BYTES)}")
        try:
            return self._child.answer(page)
        except Raised as error:
            raise Problem("extraction_failed", str(error)) from error
        except Crashed as error:
            raise Problem("extraction_crashed", str(error)) from error
        except TooMuchWork as error:
            raise Problem("extraction_too_long", str(error)) from error
        except ChildError as error:
            raise SourceError(str(error)) from error
