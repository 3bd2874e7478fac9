"""An analyser that does what its line says."""

import os
import signal

from ixigen_data.core.answering import serve


def obey(line: str) -> str:
    if "crash" in line:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "killed" in line:
        os.kill(os.getpid(), signal.SIGKILL)
    if "raise" in line:
        raise ValueError(line)
    return line.replace("change", "changed").replace("split이", "split 이")


if __name__ == "__main__":
    serve(obey, cpu_seconds=1, memory_bytes=2**30)
