"""Native code on hostile text runs in a child process: a text that crashes or hangs it costs itself alone."""

import contextlib
import os
import select
import signal
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from ixigen_data.core.answering import ANSWERED, HEADER
from ixigen_data.core.errors import IxigenError

_ROOT = str(Path(__file__).resolve().parents[2])
_TRIES = 2
_CLOCK = 20  # a loaded machine is so much slower than it counts


class ChildError(IxigenError):
    """A child process that cannot be had, whatever the text: it does not start, or the system ends it."""


class TextError(Exception):
    """A text that a child process could not answer."""


class Raised(TextError):
    """A text on which the program raised; the message is the exception's name."""


class Crashed(TextError):
    """A text on which the program died; the message is the signal."""


class TooMuchWork(TextError):
    """A text that took more work than it may; the message says how much it may take."""


class Child:
    """Answers texts in a process of its own, one after the other. A context; the process starts with the first text.

    Args:
        command: a program that calls `answering.serve`.
        purpose: what the process does, for errors: "extracts pages".
        needs: the package that it needs, for errors.
        cpu_seconds: the limit that the program sets itself, for errors; twenty times that by the clock end what hangs
            without working.
        wait_seconds: another limit by the clock, for tests.
    """

    def __init__(
        self,
        command: Sequence[str],
        purpose: str,
        needs: str,
        cpu_seconds: int,
        wait_seconds: float | None = None,
    ) -> None:
        self._command = tuple(command)
        self._purpose = purpose
        self._needs = needs
        self._cpu_seconds = cpu_seconds
        self._wait_seconds = _CLOCK * cpu_seconds if wait_seconds is None else wait_seconds
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def answer(self, text: str) -> str:
        """Return the process's answer to a text.

        A text that ends the process is tried once more in a fresh one, as what came before may be to blame.

        Raises:
            Raised, Crashed, TooMuchWork: what the text did.
            ChildError: the system killed the process, or it cannot be started.
        """
        data = text.encode("utf-8", "surrogatepass")
        for _ in range(_TRIES):
            told = self._asked(data)
            if told is not None:
                break
            status = self.end()
        else:
            raise self._failure(status)
        if told[:1] != ANSWERED:
            raise Raised(told[1:].decode())
        return told[1:].decode()

    def end(self) -> int:
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

    def _asked(self, data: bytes) -> bytes | None:
        """Return what the process tells; None where it died or says nothing."""
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
            raise ChildError(f"the process that {self._purpose} cannot be started: {error}; start again") from error

    def _failure(self, status: int) -> Exception:
        """Return what an exit status means for the text that was asked for."""
        if status == -signal.SIGXCPU:
            return TooMuchWork(f"more than {self._cpu_seconds} CPU-seconds")
        if status == -signal.SIGKILL:
            return ChildError(
                f"the system killed the process that {self._purpose}, twice; free memory, and start again"
            )
        if status > 0:
            return ChildError(
                f"the process that {self._purpose} ends with status {status}; is {self._needs} installed?"
            )
        return Crashed(f"signal {-status}")
