"""Everything that is counted of a step, and the record that comes of it."""

import math
from collections.abc import Mapping

import torch

from ixigen_train.foundry.hooks.not_finite import told_not_finite
from ixigen_train.metering.finite import WindowLosses, gathered
from ixigen_train.metering.ledger import Ledger
from ixigen_train.metering.pace import Pace
from ixigen_train.metering.part_sums import PartSums, StepSums
from ixigen_train.runs.folder import RunFolder
from ixigen_train.runs.records import PartStep, StepRecord
from ixigen_train.windows.course import Course


class Meter:
    """Counts on the device while a step is taken; the host is told once, when it ends."""

    def __init__(self, course: Course, ledger: Ledger, pace: Pace, sums: PartSums) -> None:
        self.course = course
        self.ledger = ledger
        self.pace = pace
        self._sums = sums
        self._windows = WindowLosses()

    def begin(self) -> None:
        """Get ready for a step."""
        self._windows.clear()

    def add(self, nll: torch.Tensor, labels: torch.Tensor, part: torch.Tensor) -> None:
        """Add a microbatch; shapes as in `PartSums.add`."""
        self._sums.add(nll, labels, part)
        self._windows.add(nll)

    def finish(self, step: int, lr: float, norm: torch.Tensor | None) -> StepRecord:
        """Return the record of a step, finite or not; every rank calls it: one reduction over ranks.

        Args:
            step: finished steps, this one included.
            lr: the rate that it was taken with.
            norm: of the gradients, before clipping.
        """
        sums = self._sums.reduced()
        self.ledger.add(sums.tokens)
        measures = self.pace.measures(sum(sums.tokens))
        if norm is not None:
            measures["grad_norm"] = float(norm)
        return StepRecord(step, self.ledger.total, lr, self._parts(sums), self.course.windows_of(step - 1), measures)

    def fault(self, record: StepRecord, folder: RunFolder) -> str | None:
        """Return why a step has made the weights worthless; None where it has not. All ranks call it and get the same.

        Args:
            record: from `finish`.
            folder: the run's, whose last checkpoint the sentence names.
        """
        numbers = [part.nll for part in record.parts.values()] + [record.measures.get("grad_norm", 0.0)]
        if all(map(math.isfinite, numbers)):
            return None
        places = gathered(self._windows.not_finite())
        saved = folder.saved_steps()
        return told_not_finite(self.course, record, places, str(folder.checkpoint(saved[-1])) if saved else None)

    def _parts(self, sums: StepSums) -> Mapping[str, PartStep]:
        values = zip(sums.nll, sums.labels, sums.bytes, self.ledger.tokens.values(), strict=True)
        return {path: PartStep(*value) for path, value in zip(self.course.parts, values, strict=True)}
