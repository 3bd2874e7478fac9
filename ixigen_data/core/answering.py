"""What runs in a child process that answers texts, one after the other; core/child.py is the other end of its pipes.

It reads a text's size and its UTF-8, and answers with the size of what follows, one byte that says what it is, and the
answer or the name of an exception. Limits are set here, where the kernel counts the work: CPU-seconds and memory.
"""

import math
import os
import resource
import struct
import sys
import time
from collections.abc import Callable

HEADER = struct.Struct(">I")
ANSWERED, RAISED = b"t", b"e"


def serve(answer: Callable[[str], str], cpu_seconds: int, memory_bytes: int) -> None:
    """Answer every text of the standard input on the standard output, until it ends.

    Args:
        answer: what to do with a text; an exception that it raises is told, and the next text is answered.
        cpu_seconds: how much work a text may take; SIGXCPU ends the process after that.
        memory_bytes: how much memory the process may take; beyond it allocations fail.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    while head := sys.stdin.buffer.read(HEADER.size):
        text = sys.stdin.buffer.read(HEADER.unpack(head)[0]).decode("utf-8", "surrogatepass")
        _allow(cpu_seconds)
        told = _told(answer, text)
        answers.write(HEADER.pack(len(told)) + told)
        answers.flush()


def _allow(seconds: int) -> None:
    """Let the kernel end this process when it has worked for so long from now."""
    limit = math.ceil(time.process_time()) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _told(answer: Callable[[str], str], text: str) -> bytes:
    try:
        return ANSWERED + answer(text).encode("utf-8", "replace")
    except Exception as error:
        return RAISED + type(error).__name__.encode()
