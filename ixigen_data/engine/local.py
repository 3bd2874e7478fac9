"""Supervised local workers.

Each worker is a pool of one process, so a dead worker names its task: that task is repeated in a new process and the
others go on.
Workers are renewed when they have grown large, and end by themselves when their parent is gone, however it went.
"""

import ctypes
import multiprocessing
import os
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from types import TracebackType
from typing import Self

import psutil
import pyarrow as pa

from ixigen_data.core.errors import EngineError, IxigenError
from ixigen_data.core.progress import Progress
from ixigen_data.engine.executor import Job, TaskFunction

ATTEMPTS = 3  # a task whose worker died this often is not bad luck
RENEW_BYTES = 1 << 30  # resident size after a task above which a worker is replaced
_POLL_SECONDS = 1.0
# What most tasks need, and the slow part of the parent's main module, which a worker runs again.
_PRELOADED = ["ixigen_data.build", "typer.main", "numba", "awkward", "gigatoken", "pyarrow.compute"]
# Workers are the parallelism: a pool of threads in each would fight over the same processors.
_THREAD_POOLS = ("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS")


class LocalExecutor:
    """Runs jobs on `workers` processes of this machine. A context: its processes live until the block ends."""

    def __init__(self, function: TaskFunction, workers: int, progress: Progress) -> None:
        self._function = function
        self._workers = workers
        self._progress = progress
        self._idle: list[_Worker] = []
        self._busy: dict[Future[int], tuple[_Worker, Job]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in [*self._idle, *(worker for worker, _ in self._busy.values())]:
            worker.kill()

    def run(self, jobs: Sequence[Job], finished: Callable[[Job], None]) -> None:
        """Run every job; see `Executor.run`."""
        pending = deque(jobs)
        deaths: Counter[Job] = Counter()
        while len(self._idle) < min(self._workers, len(jobs)):
            self._idle.append(_Worker(self._function))
        while pending or self._busy:
            while pending and self._idle:
                worker, job = self._idle.pop(), pending.popleft()
                self._busy[worker.start(job)] = (worker, job)
            done, _ = wait(self._busy, return_when=FIRST_COMPLETED)
            for future in done:
                worker, job = self._busy.pop(future)
                self._idle.append(worker)
                if self._settle(future, worker, job, deaths):
                    finished(job)
                else:
                    pending.appendleft(job)

    def _settle(self, future: Future[int], worker: "_Worker", job: Job, deaths: Counter[Job]) -> bool:
        """Return whether a job is done; False asks for its repetition."""
        try:
            if future.result() > RENEW_BYTES:
                worker.renew()
            return True
        except BrokenProcessPool:
            deaths[job] += 1
            if deaths[job] >= ATTEMPTS:
                raise EngineError(
                    f"{job.stage}, task {job.index}: its worker died {ATTEMPTS} times (out of memory, or a crash in "
                    "native code); use fewer --workers, or see why with "
                    f"`ixigen-data task {job.plan} {job.stage} {job.index}`"
                ) from None
            self._progress.note(f"{job.stage}, task {job.index}: its worker died; the task is repeated")
            worker.renew()
            return False
        except IxigenError:
            raise
        except Exception as fault:
            raise EngineError(f"{job.stage}, task {job.index}: {type(fault).__name__}: {fault}") from fault


class _Worker:
    """One process, replaced when it dies or has grown."""

    def __init__(self, function: TaskFunction) -> None:
        self._function = function
        self._pool: ProcessPoolExecutor | None = None

    def start(self, job: Job) -> Future[int]:
        """Give the worker a job; the result is its resident size in bytes afterwards."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1, mp_context=_context(), initializer=_begin, initargs=(os.getpid(), dict(os.environ))
            )
        return self._pool.submit(_run, self._function, job)

    def renew(self) -> None:
        """Let the process go; the next job starts another."""
        self.kill()

    def kill(self) -> None:
        """End the process at once."""
        if self._pool is None:
            return
        for process in (self._pool._processes or {}).values():  # noqa: SLF001  # no public way to a pool's processes before 3.14
            process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = None


def _context() -> multiprocessing.context.BaseContext:
    # A fork server that has imported the heavy packages once starts a worker in milliseconds and carries no threads
    # over.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def _begin(parent: int, environment: dict[str, str]) -> None:
    """Prepare a worker: one thread, interrupts are the parent's to handle, and an orphan ends.

    The fork server's environment is that of its own start, which may be older than a build's credentials.
    """
    os.environ.clear()
    os.environ.update(environment)
    for pool in _THREAD_POOLS:
        os.environ[pool] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(parent)
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(_POLL_SECONDS)
    os._exit(1)


def _give_back() -> None:
    """Return freed memory to the system: the allocators keep what a task had, and the next wants it in other sizes.

    On 224 MB of statutes a worker peaks at 629 MB with this, at 704 MB without.
    """
    pa.default_memory_pool().release_unused()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)  # glibc has it, others need not


def _run(function: TaskFunction, job: Job) -> int:
    function(job.plan, job.stage, job.index)
    _give_back()
    return int(psutil.Process().memory_info().rss)
