"""`place.json`: where a run stands in its course, and what lies in the checkpoint beside it."""

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, JsonValue, ValidationError

from ixigen_data.core.errors import IxigenError
from ixigen_data.core.settings import Settings, first_mistake
from ixigen_train.runs.checkpoint_names import PLACE
from ixigen_train.windows.course import CoursePlan

_LIBRARIES = ("ixigen", "torch", "transformers", "mosaicml", "llm-foundry")


class CheckpointError(IxigenError):
    """A checkpoint that could not be written, or one that cannot be loaded; names the last good one."""


class StateFile(Settings):
    """A file of a checkpoint."""

    name: str
    bytes: int = Field(ge=0)
    xxh3_128: str


def library_versions() -> dict[str, str]:
    """Return the versions of what has a hand in the weights, of what is installed."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


class Place(Settings):
    """Where a run stands, as plain data; everything else that a run needs to go on is weights and optimizer."""

    version: Literal[1] = 1
    step: int = Field(ge=0, description="Finished steps.")
    tokens: dict[str, int]  # consumed by part, pad left out
    course: CoursePlan
    recipe: dict[str, JsonValue]  # `TrainRecipe.deciding`: a run that goes on may change nothing there
    ranks: int = Field(ge=1)
    versions: dict[str, str] = Field(default_factory=library_versions)
    files: tuple[StateFile, ...] = ()  # filled in when it is saved

    @classmethod
    def of(cls, checkpoint: Path) -> Self:
        """Return the place of a checkpoint.

        Raises:
            CheckpointError: there is none, or it is not one.
        """
        try:
            return cls.model_validate_json((checkpoint / PLACE).read_bytes())
        except OSError as error:
            raise CheckpointError(f"{checkpoint}: {PLACE}: {error.strerror}") from None
        except ValidationError as error:
            raise CheckpointError(f"{checkpoint}: {PLACE} is damaged: {first_mistake(error)}") from None
