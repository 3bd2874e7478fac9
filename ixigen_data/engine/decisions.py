"""Decisions: documents that a task sets aside because working on them ends the worker, whichever way it is tried.

They lie in `decisions/00007.json` of the stage's folder. A task reads its own before it begins: they are an input like
any other, so the build that found them and every later one give the same bytes.
"""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter

from ixigen_data.core.digests import digest_value
from ixigen_data.core.files import exists, join, names_in, read_bytes, write_bytes

_FOLDER = "decisions"
STUCK = "stuck"
MEMORY = "memory"


class Origin(BaseModel):
    """Where a document comes from. It never holds text that was found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str = ""  # URL, without secrets
    offset: int | None = None  # where its record begins in that file
    id: str = ""
    text_bytes: int = 0


class Decision(BaseModel):
    """One document that is set aside."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str
    task: int
    row: int  # of the documents that the task meets, counted from 0
    step: str  # a rule or backend; empty where it is not known
    reason: str  # "SIGSEGV", "SIGABRT", …; "stuck": work without end; "memory": more than any document needs
    origin: Origin = Origin()

    @property
    def told(self) -> str:
        """The reason as ledgers and faults tell it, such as "died:nfc:SIGSEGV"."""
        return ":".join(filter(None, ("died", self.step, self.reason)))

    def __str__(self) -> str:
        place = f" of {self.origin.file}" if self.origin.file else ""
        place += f", at {self.origin.offset}" if self.origin.offset is not None else ""
        name = self.origin.id or f"number {self.row:,}"
        return f"{self.stage}, task {self.task}: document {name}{place} is set aside: {self.told}"


_ALL = TypeAdapter(tuple[Decision, ...])


def decisions_file(task: int) -> str:
    """Return the name of a task's decisions below its stage's folder."""
    return join(_FOLDER, f"{task:05d}.json")


def read_decisions(folder: str, task: int) -> tuple[Decision, ...]:
    """Return the decisions on a task, in the order of its documents."""
    url = join(folder, decisions_file(task))
    return _ALL.validate_json(read_bytes(url)) if exists(url) else ()


def add_decision(folder: str, decision: Decision) -> tuple[Decision, ...]:
    """Write a decision beside the earlier ones on its task, and return all of them."""
    found = sorted((*read_decisions(folder, decision.task), decision), key=lambda each: each.row)
    write_bytes(join(folder, decisions_file(decision.task)), _ALL.dump_json(tuple(found), indent=1) + b"\n")
    return tuple(found)


def decisions_in(folder: str) -> tuple[Decision, ...]:
    """Return the decisions on all tasks of a stage, in their order."""
    names = [name for name in names_in(join(folder, _FOLDER)) if name.endswith(".json")]
    return tuple(found for name in names for found in _ALL.validate_json(read_bytes(join(folder, _FOLDER, name))))


def decided(fingerprint: str, folder: str) -> str:
    """Return what later stages know a stage by: its fingerprint, and with it the documents that were set aside."""
    rows: list[JsonValue] = [[each.task, each.row] for each in decisions_in(folder)]
    return digest_value([fingerprint, rows]) if rows else fingerprint


def plain(decisions: Sequence[Decision]) -> tuple[JsonValue, ...]:
    """Return decisions as manifests carry them."""
    return tuple(decision.model_dump(mode="json") for decision in decisions)
