"""What a stage and its tasks are, as plain data and one protocol."""

from collections.abc import Sequence
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from ixigen_data.core.ledger import Ledger


class Task(BaseModel):
    """A piece of a stage, planned before the stage runs. Its output is a function of its payload and inputs only."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    index: int
    name: str  # for people: "wiki 00012"
    work: int  # in the stage's unit, for progress and ETA
    payload: JsonValue = None


class Outcome(BaseModel):
    """What a finished task leaves: its files with their sizes in bytes, its account, and a summary for later stages."""

    model_config = ConfigDict(extra="forbid")

    files: dict[str, int] = Field(default_factory=dict)
    ledger: Ledger = Field(default_factory=Ledger)
    summary: JsonValue = None


class Stage(Protocol):
    """A stage: what runs, on what, and a fingerprint that names its output.

    The fingerprint covers the settings, an integer `BYTES` raised by hand when the output changes, and the
    fingerprints of the stages before. `tasks` must not depend on the number of workers, on time or on the host.
    """

    @property
    def name(self) -> str:
        """Its folder below the work folder, such as "clean/wiki"."""

    @property
    def unit(self) -> str:
        """What `Task.work` counts: "bytes", "tokens", "keys", "windows"."""

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits."""

    def tasks(self) -> Sequence[Task]:
        """Return the tasks, in order, numbered from 0."""

    def outputs(self, folder: str) -> str:
        """Return the URL that an outcome's files are relative to: `folder`, but for shards, which go to the dataset."""

    def run(self, task: Task, folder: str) -> Outcome:
        """Do one task, writing its files below `outputs(folder)`; the engine writes the completion record after it."""
