"""What ended a rank, left in the run's folder for the command that started it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

from ixigen_data.core.errors import IxigenError
from ixigen_data.core.files import write_model
from ixigen_data.core.settings import Settings
from ixigen_train.runs.folder import RunFolder

_OUT_OF_MEMORY = "OutOfMemoryError"


class Fault(Settings):
    """An exception of a rank."""

    rank: int
    kind: str  # of the exception
    message: str
    told: bool  # it says all that a user needs to know

    @classmethod
    def of(cls, rank: int, error: BaseException) -> Self:
        """Return the fault that an exception is; one that wraps an `IxigenError` is that error."""
        inner: BaseException | None = error
        while inner is not None and not isinstance(inner, IxigenError):
            inner = inner.__cause__ or inner.__context__
        found = error if inner is None else inner
        return cls(rank=rank, kind=type(found).__name__, message=str(found), told=inner is not None)

    def write(self, folder: RunFolder) -> None:
        """Leave the fault in a run's folder."""
        write_model(str(_file(folder, self.rank)), self)

    def sentence(self, folder: RunFolder) -> str:
        """Return what is told of the fault."""
        if self.told:
            return self.message
        log = folder.log(self.rank)
        if self.kind == _OUT_OF_MEMORY:
            advice = "use a smaller batch.microbatch, fsdp.activation_checkpointing: true, or more ranks"
            return f"rank {self.rank} has no memory left on its device; {advice} (see {log})"
        first = self.message.strip().splitlines() or [""]
        return f"rank {self.rank}: {self.kind}: {first[0]} (see {log})"


def faults_in(folder: RunFolder) -> list[Fault]:
    """Return what ranks have left, first what says all, then what was there first; the others follow from it."""
    files = sorted(folder.logs.glob("rank-*.fault.json"), key=_modified)
    return sorted((Fault.model_validate_json(file.read_bytes()) for file in files), key=lambda fault: not fault.told)


def clear_faults(folder: RunFolder, ranks: Iterable[int] | None = None) -> None:
    """Remove what ranks of an earlier start have left. ranks: those alone; None: all."""
    for file in folder.logs.glob("rank-*.fault.json") if ranks is None else (_file(folder, rank) for rank in ranks):
        file.unlink(missing_ok=True)


def _file(folder: RunFolder, rank: int) -> Path:
    return folder.log(rank).with_suffix(".fault.json")


def _modified(file: Path) -> int:
    return file.stat().st_mtime_ns
