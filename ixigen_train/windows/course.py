"""The course of a run: which dataset serves each step. One dataset, or several that follow one another."""

from dataclasses import dataclass

from pydantic import Field

from ixigen_data.core.settings import Settings


class Stretch(Settings):
    """Steps that one dataset serves, from one of its windows on."""

    shards: str  # URL of the dataset
    digest: str  # of its manifest: a dataset that has changed is refused
    first_window: int = Field(default=0, ge=0)
    steps: int = Field(ge=0)


class CoursePlan(Settings):
    """Everything that decides which windows are served when; plain data, part of a configuration."""

    stretches: tuple[Stretch, ...] = Field(min_length=1)
    batch_windows: int = Field(ge=1, description="Windows of a step, over all ranks.")


@dataclass(frozen=True)
class Share:
    """The windows of one rank at one step."""

    stretch: int
    windows: range  # of that stretch's dataset
