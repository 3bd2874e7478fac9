"""An extractor that does what its page says: crash, hang, raise, or repeat."""

import os
import signal
import time

from ixigen_data.core.answering import serve
from ixigen_data.sources.extraction_child import MEMORY_BYTES


def obey(page: str) -> str:
    if "crash" in page:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "killed" in page:
        os.kill(os.getpid(), signal.SIGKILL)
    if "sleep" in page:
        time.sleep(1000)
    if "memory" in page:
        return bytearray(2**33).decode()
    if "raise" in page:
        raise KeyError(page)
    while "work" in page:
        pass
    if "print" in page:
        os.write(1, page.encode())
    return "" if "nothing" in page else page.upper()


if __name__ == "__main__":
    serve(obey, cpu_seconds=1, memory_bytes=MEMORY_BYTES)
