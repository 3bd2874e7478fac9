"""A program that does what a text says: crash, hang, work, raise, or repeat."""

import os
import signal
import time

from ixigen_data.core.answering import serve


def obey(text: str) -> str:
    if "crash" in text:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "killed" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "sleep" in text:
        time.sleep(1000)
    if "raise" in text:
        raise KeyError(text)
    if "memory" in text:
        return bytearray(2**33).decode()
    while "work" in text:
        pass
    if "print" in text:
        os.write(1, text.encode())
    if "once" in text and not os.path.exists(text):
        with open(text, "w"):
            os.abort()
    return text.upper()


if __name__ == "__main__":
    serve(obey, cpu_seconds=1, memory_bytes=2**30)
