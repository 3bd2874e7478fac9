"""What follows from the deaths of a task's workers: try again, search for a document, set one aside, or give up.

A task is tried twice. Where its worker ended twice at work on the same documents, or once because the work had no end,
a search runs that work piece by piece, in a worker of its own each time one ends, until one document is left that
ends its worker by itself. That is a decision. SIGKILL never leads to one: the kernel sends it when the machine's
memory is full, or a person does, and neither says anything of the document.
"""

import signal
from dataclasses import dataclass

from pydantic import ValidationError

from ixigen_data.core.errors import EngineError
from ixigen_data.engine.decisions import MEMORY, STUCK, Decision, Origin, add_decision
from ixigen_data.engine.executor import Job
from ixigen_data.engine.slate import Range, Slate

ATTEMPTS = 3  # deaths of a task that are put down to bad luck
MAX_DECISIONS = 100  # of a task: beyond this it is the step that is broken, not the documents
KILLED = signal.SIGKILL.name
_NAMES = {signal.SIGXCPU.name: STUCK}


def death_of(exit_code: int | None) -> str:
    """Return what to call the end of a process: a signal's name, "stuck", or "status 3"."""
    if exit_code is None or exit_code >= 0:
        return f"status {exit_code}"
    name = signal.Signals(-exit_code).name
    return _NAMES.get(name, name)


@dataclass(frozen=True)
class _Hunt:
    """A search that is under way: what it looks at now, and where it ends."""

    now: Range
    stop: int
    found: bool = False


class Inquest:
    """The deaths of one task's workers so far, and what to do next."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._unexplained = 0
        self._places: set[Range] = set()
        self._in_vain: set[Range] = set()
        self._hunt: _Hunt | None = None
        self._batch: Range | None = None

    @property
    def search(self) -> Range | None:
        """What the next worker is to search; None: it is to do the task."""
        return None if self._hunt is None else self._hunt.now

    def died(self, slate: Slate, how: str) -> str:
        """Take in a death, and return what is done about it, in words.

        Args:
            slate: as the worker left it.
            how: see `death_of`; "memory" where it was refused memory.

        Raises:
            EngineError: nothing can be done.
        """
        place = slate.at
        if self._hunt is not None:
            return self._died_in_search(self._hunt, slate, how)
        told = f"{self._name()}: its worker died ({how})" + (f" at work on {place}" if place else "")
        if place is not None and place in self._in_vain:
            raise EngineError(f"{told} again, and none of them ends it alone; {self._advice()}")
        if place is not None and (place in self._places or how in (STUCK, MEMORY)):
            self._begin(place)
            return f"{told}; looking for the document"
        if place is not None:
            self._places.add(place)
        self._count(told)
        return f"{self._name()}: its worker died; the task is repeated"

    def searched(self) -> str:
        """Take in that a search ended, and return what it came to, in words."""
        assert self._hunt is not None
        assert self._batch is not None
        found, self._hunt = self._hunt.found, None
        if found:
            return f"{self._name()}: repeated without what is set aside"
        self._in_vain.add(self._batch)
        return f"{self._name()}: no document ends a worker by itself; the task is repeated"

    def _begin(self, place: Range) -> None:
        self._batch = place
        self._places.clear()
        self._hunt = _Hunt(place, place.stop)
        self._unexplained = 0

    def _died_in_search(self, hunt: _Hunt, slate: Slate, how: str) -> str:
        place = slate.at
        if place is None or how == KILLED:
            self._count(f"{self._name()}: the worker that searched {hunt.now} died ({how})")
            return f"{self._name()}: a worker died ({how}) in the search for a document; it goes on"
        if len(place) > 1:
            self._hunt = _Hunt(place, hunt.stop, hunt.found)
            return f"{self._name()}: it is among {place}"
        decision = self._decide(place.first, slate, how)
        rest = Range(place.stop, hunt.stop)
        self._hunt = _Hunt(rest, hunt.stop, found=True) if len(rest) else None
        return str(decision)

    def _decide(self, row: int, slate: Slate, how: str) -> Decision:
        try:
            origin = Origin.model_validate_json(slate.origin)
        except ValidationError:  # longer than a slate
            origin = Origin()
        decision = Decision(
            stage=self._job.stage, task=self._job.index, row=row, step=slate.step, reason=how, origin=origin
        )
        found = add_decision(self._job.folder, decision)
        if len(found) > MAX_DECISIONS:
            raise EngineError(
                f"{self._name()}: more than {MAX_DECISIONS} documents end their workers ({how} in {slate.step!r}), so "
                "it is the step that is broken; leave it out, or look at its library, delete the decisions in "
                f"{self._job.folder} and start again"
            )
        return decision

    def _count(self, told: str) -> None:
        self._unexplained += 1
        if self._unexplained >= ATTEMPTS:
            raise EngineError(f"{self._name()}: its worker died {ATTEMPTS} times; the last: {told}. {self._advice()}")

    def _name(self) -> str:
        return f"{self._job.stage}, task {self._job.index}"

    def _advice(self) -> str:
        job = self._job
        return (
            "Out of memory, or a crash in native code: use fewer --workers, or see why with "
            f"`PYTHONFAULTHANDLER=1 ixigen-data task {job.plan} {job.stage} {job.index}`"
        )
