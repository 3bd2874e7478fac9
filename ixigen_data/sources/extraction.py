"""The main text of web pages, extracted in a process of its own, so that a page that crashes or hangs it costs itself.

The limits count work: bytes of a page, CPU-seconds of its extraction, bytes of memory. The CPU limit is far beyond what
any page of that size takes (a megabyte takes about one second), so that no machine is too slow for it.
"""

import contextlib
import os
import select
import signal
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from ixigen_data.core.errors import SourceError
from ixigen_data.core.units import format_size
from ixigen_data.sources.extraction_child import CPU_SECONDS, EXTRACTED, HEADER
from ixigen_data.sources.faults import Problem
from ixigen_data.sources.settings import Extraction

PAGE_LIMIT_BYTES = 8 * 2**20
_WAIT_SECONDS = (
    20 * CPU_SECONDS
)  # by the clock, for what hangs without working; a loaded machine is slower than it counts
_ROOT = str(Path(__file__).resolve().parents[2])
_CHILD = "from ixigen_data.sources.extraction_child import main; main()"
_TRIES = 2


class Extractor:
    """Extracts the text of pages, one after the other. A context; the process starts with the first page.

    Args:
        extraction: how much of a page is kept.
        command: another program that speaks the same protocol, for tests.
        wait_seconds: how long a page may take by the clock.
    """

    def __init__(
        self, extraction: Extraction, command: Sequence[str] = (), wait_seconds: float = _WAIT_SECONDS
    ) -> None:
        self._command = tuple(command) or (sys.executable, "-c", _CHILD, extraction)
        self._wait_seconds = wait_seconds
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def text(self, page: str) -> str:
        """Return the page's main text; empty where it has none.

        A page that ends the process is tried once more in a fresh one, as what came before may be to blame.

        Raises:
            Problem: "document_too_long"; "extraction_failed": the extractor raised; "extraction_crashed": it died;
                "extraction_too_long": it took more work than any page needs.
            SourceError: the system killed the process, or it cannot be started.
        """
        data = page.encode("utf-8", "surrogatepass")
        if len(data) > PAGE_LIMIT_BYTES:
            raise Problem("document_too_long", f"a page of more than {format_size(PAGE_LIMIT_BYTES)}")
        for _ in range(_TRIES):
            answer = self._asked(data)
            if answer is not None:
                break
            code = self._end()
        else:
            raise _problem(code)
        kind, told = answer[:1], answer[1:].decode()
        if kind != EXTRACTED:
            raise Problem("extraction_failed", told)
        return told

    def _asked(self, data: bytes) -> bytes | None:
        """Return the process's answer; None where it died or says nothing."""
        process = self._process = self._process or self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(HEADER.pack(len(data)) + data)
            process.stdin.flush()
            head = self._read(process.stdout.fileno(), HEADER.size)
            return self._read(process.stdout.fileno(), HEADER.unpack(head)[0])
        except (BrokenPipeError, EOFError, TimeoutError, struct.error):
            return None

    def _read(self, pipe: int, size: int) -> bytes:
        pieces: list[bytes] = []
        while size:
            if not select.select([pipe], [], [], self._wait_seconds)[0]:
                raise TimeoutError
            piece = os.read(pipe, size)
            if not piece:
                raise EOFError
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def _started(self) -> subprocess.Popen[bytes]:
        path = os.pathsep.join(filter(None, (_ROOT, os.environ.get("PYTHONPATH"))))
        try:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": path},
            )
        except OSError as error:
            raise SourceError(f"the process that extracts pages cannot be started: {error}; start again") from error

    def _end(self) -> int:
        """End the process; return its exit status, SIGXCPU's where it would have gone on for ever."""
        process, self._process = self._process, None
        if process is None:
            return 0
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        hung = False
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            hung = True
            process.kill()
            process.wait()
        process.stdout.close()
        return -signal.SIGXCPU if hung else process.returncode


def _problem(code: int) -> Exception:
    """Return what an exit status means for the page that was asked for."""
    if code == -signal.SIGXCPU:
        return Problem("extraction_too_long", f"more than {CPU_SECONDS} CPU-seconds")
    if code == -signal.SIGKILL:
        return SourceError("the system killed the process that extracts pages, twice; free memory, and start again")
    if code > 0:
        return SourceError(f"the process that extracts pages ends with status {code}; is trafilatura installed?")
    return Problem("extraction_crashed", f"signal {-code}")
