"""Supervised local workers.

Each worker is a pool of one process, so a dead worker names its task: an inquest says what becomes of that task, and
the others go on.
Workers are renewed when they have grown large, and end by themselves when their parent is gone, however it went.
"""

import ctypes
import multiprocessing
import os
import resource
import signal
import threading
import time
from collections import deque
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
from ixigen_data.engine.decisions import MEMORY
from ixigen_data.engine.executor import Job, TaskFunction
from ixigen_data.engine.guard import attend
from ixigen_data.engine.inquest import Inquest, death_of
from ixigen_data.engine.slate import Range, Slate

RENEW_BYTES = 1 << 30  # resident size after a task above which a worker is replaced
_POLL_SECONDS = 1.0
IDLE_LOOKS = 600  # at a worker that sleeps on a document: looks, not seconds, so that a stopped machine counts none
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
        self._inquests: dict[Job, Inquest] = {}

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
        while len(self._idle) < min(self._workers, len(jobs)):
            self._idle.append(_Worker(self._function))
        while pending or self._busy:
            while pending and self._idle:
                worker, job = self._idle.pop(), pending.popleft()
                inquest = self._inquests.get(job)
                self._busy[worker.start(job, inquest.search if inquest else None)] = (worker, job)
            done, running = wait(self._busy, _POLL_SECONDS, return_when=FIRST_COMPLETED)
            for future in running:
                self._busy[future][0].look()
            for future in done:
                worker, job = self._busy.pop(future)
                self._idle.append(worker)
                if self._settle(future, worker, job):
                    finished(job)
                else:
                    pending.appendleft(job)

    def _settle(self, future: Future[int], worker: "_Worker", job: Job) -> bool:
        """Return whether a job is done; False asks for its repetition, or for a search."""
        try:
            if future.result() > RENEW_BYTES:
                worker.renew()
        except BrokenProcessPool:
            return self._died(worker, job, death_of(worker.exit_code()))
        except MemoryError:
            return self._died(worker, job, MEMORY)
        except IxigenError:
            raise
        except Exception as fault:
            raise EngineError(f"{job.stage}, task {job.index}: {type(fault).__name__}: {fault}") from fault
        inquest = self._inquests.get(job)
        if inquest is None or inquest.search is None:
            return True
        self._progress.note(inquest.searched())
        return False

    def _died(self, worker: "_Worker", job: Job, how: str) -> bool:
        inquest = self._inquests.setdefault(job, Inquest(job))
        self._progress.note(inquest.died(worker.slate, how))
        worker.renew()
        return False


class _Worker:
    """One process, replaced when it dies or has grown."""

    def __init__(self, function: TaskFunction) -> None:
        self._function = function
        self._pool: ProcessPoolExecutor | None = None
        self._process: multiprocessing.process.BaseProcess | None = None
        self._shared = Slate.allocate(_context())
        self._idle = _Idle()
        self.slate = Slate(self._shared)

    def start(self, job: Job, search: Range | None) -> Future[int]:
        """Give the worker a job, or a part of it to search; the result is its resident size in bytes afterwards."""
        self.slate.begin(search)
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1, mp_context=_context(), initializer=_begin, initargs=(os.getpid(), dict(os.environ), self._shared)
            )
        future = self._pool.submit(_run, self._function, job)
        (self._process,) = self._pool._processes.values()  # noqa: SLF001  # no public way to a pool's processes before 3.14
        return future

    def look(self) -> None:
        """End the process if it has slept at work on the same documents whenever it was looked at, time and again."""
        assert self._process is not None
        assert self._process.pid is not None
        if self._idle.seen(self._process.pid, self.slate) >= IDLE_LOOKS:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGXCPU)

    def exit_code(self) -> int | None:
        """Return the exit code of a process that has ended; a signal is negative."""
        assert self._pool is not None
        assert self._process is not None
        # The pool's own thread waits for the process too, and whichever of two readers comes second is told 255.
        self._pool.shutdown(wait=True)
        return self._process.exitcode

    def renew(self) -> None:
        """Let the process go; the next job starts another."""
        self.kill()

    def kill(self) -> None:
        """End the process at once."""
        if self._pool is None or self._process is None:
            return
        self._process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = self._process = None


class _Idle:
    """Counts how often in a row a process was found asleep at work on the same documents, hardly having worked between.

    What waits for a disk, or is stopped, does not sleep.
    """

    def __init__(self) -> None:
        self._since: tuple[int, Range, str] | None = None
        self._worked = 0.0
        self._looks = 0

    def seen(self, pid: int, slate: Slate) -> int:
        """Look once more, and return the count."""
        now, worked = None, 0.0
        at = slate.at
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            if at is not None and process.status() == psutil.STATUS_SLEEPING:
                now, worked = (pid, at, slate.step), process.cpu_times().user
        # The thread that watches for the parent's end works a little.
        if now is None or now != self._since or worked - self._worked > _POLL_SECONDS * (1 + self._looks) / 100:
            self._since, self._worked, self._looks = now, worked, 0
        else:
            self._looks += 1
        return self._looks


def _context() -> multiprocessing.context.BaseContext:
    # A fork server that has imported the heavy packages once starts a worker in milliseconds and carries no threads
    # over.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def _begin(parent: int, environment: dict[str, str], shared: object) -> None:
    """Prepare a worker: one thread, interrupts are the parent's to handle, an orphan ends, and a death leaves no core.

    The fork server's environment is that of its own start, which may be older than a build's credentials.
    """
    os.environ.clear()
    os.environ.update(environment)
    for pool in _THREAD_POOLS:
        os.environ[pool] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    attend(Slate(shared))
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
