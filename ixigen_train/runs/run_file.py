"""`run.json`: what a run is, when it was started on what, and how it stands."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, JsonValue, ValidationError

from ixigen_data.core.errors import IxigenError
from ixigen_data.core.files import read_bytes, without_secrets, write_model
from ixigen_data.core.settings import Settings, first_mistake


def now() -> str:
    """Return the time, in UTC, to the second: "2026-11-23T04:37:06+00:00"."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Start(Settings):
    """A time at which the ranks were started."""

    at: str = Field(default_factory=now)
    step: int = Field(ge=0, description="Finished steps that it went on from.")
    ranks: int = Field(ge=1)
    device: str = Field(examples=["NVIDIA H100 80GB HBM3", "cpu"])
    versions: dict[str, str] = Field(default_factory=dict)  # of libraries that have a hand in the weights


class RunFile(Settings):
    """A run. "running" may also be one that was killed: nobody was left to write it down."""

    name: str
    model: str  # as the recipe names it
    model_folder: str | None = None  # where that was, absolute; None for one of the hub
    recipe_digest: str
    course: JsonValue  # the windows' plan: `windows/course.py`
    starts: tuple[Start, ...] = Field(min_length=1)
    status: Literal["running", "finished", "failed"] = "running"
    reason: str | None = None  # of the failure, as it was told
    ended: str | None = None

    @classmethod
    def load(cls, place: Path | str) -> Self:
        """Return the file of a run by its path or URL.

        Raises:
            IxigenError: there is none, or it is not one.
        """
        try:
            return cls.model_validate_json(read_bytes(str(place)))
        except (FileNotFoundError, NotADirectoryError):
            told = "not found; name the folder that `ixigen-train pretrain` got as --out"
        except ValidationError as error:
            told = first_mistake(error)
        raise IxigenError(f"{without_secrets(str(place))}: {told}")

    def write(self, path: Path) -> None:
        """Write the file whole, atomically."""
        write_model(str(path), self)

    def resumed(self, start: Start, course: JsonValue) -> Self:
        """Return the run as it goes on; its course may have grown."""
        told: dict[str, JsonValue] = {"status": "running", "reason": None, "ended": None}
        return self.model_copy(update={**told, "course": course, "starts": (*self.starts, start)})

    def finished(self) -> Self:
        """Return the run as it ends well."""
        return self.model_copy(update={"status": "finished", "reason": None, "ended": now()})

    def failed(self, reason: str) -> Self:
        """Return the run as it ends badly."""
        return self.model_copy(update={"status": "failed", "reason": reason, "ended": now()})
