"""The plan of a build: its stages by name, and what a worker needs to know to run one of their tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from ixigen_data.dedup.index.manifest import KnownIndex
from ixigen_data.dedup.places import Corpus
from ixigen_data.dedup.settings import DedupSettings
from ixigen_data.engine.completion import is_finished, stage_folder
from ixigen_data.engine.decisions import Decision, decided, decisions_in
from ixigen_data.mixture.plan import Shape
from ixigen_data.recipe import Recipe
from ixigen_data.shards.generations import Placement

Goal = Literal["dataset", "index"]


def waves(
    sources: list[str], dedup: DedupSettings, lined: Sequence[str] = (), continues: bool = False
) -> list[list[str]]:
    """Return the stages by name, in the order in which bytes flow; those of one wave do not depend on each other.

    Args:
        lined: the sources of which frequent lines are cut.
    """
    return [
        *([["against"]] if dedup.against else []),  # indexes of earlier datasets -> they are what was written
        [f"clean/{source}" for source in sources],  # raw corpora -> cleaned documents and their keys
        ["dedup"],  # keys -> copies
        *([["near/pairs"], ["near/keepers"]] if dedup.near else []),  # signatures -> which are alike -> which stay
        *([["near/holders"], ["near/held"], ["near/contained"]] if dedup.contains else []),  # samples -> the longer
        # documents that hold each -> those that hold most of a document -> which stay
        *([[f"lines/{source}" for source in lined]] if lined else []),  # lines of what stays -> the frequent ones
        [f"audit/{source}" for source in sources],  # a sample -> which tokenizer backend
        [f"tokenize/{source}" for source in sources],  # documents that stay -> tokens
        [f"store/{source}" for source in sources],  # tokens -> the token store, in buckets
        *([["continue"]] if continues else []),  # an earlier dataset -> what it served
        ["mix"],  # supply and weights -> targets, hold-out, order
        ["shards"],  # planned windows -> MDS shards and their lineage, in the output
    ]  # then, in this process: shards -> recount from their bytes -> manifest, index


def index_waves(sources: list[str], dedup: DedupSettings) -> list[list[str]]:
    """Return the stages that make an index of the documents that stay: those before the tokenizer's audit."""
    found = waves(sources, dedup)
    return [*takewhile(lambda names: not names[0].startswith("audit/"), found), ["index"]]


@dataclass(frozen=True)
class BuildOptions:
    """Where and how fast a dataset is built; nothing here changes a byte of it."""

    out: str
    work: str
    workers: int = 0  # 0: in this process
    executor: str = "local"
    strict: bool = False  # the first record that cannot be read ends the build
    mix_only: bool = False  # the token store must be complete
    append: bool = False  # a generation more of the dataset that stands at `out`


class BuildPlan(BaseModel):
    """What is built where: all that a worker needs to know, as one file in the work folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipe: Recipe
    work: str
    out: str
    strict: bool
    goal: Goal = "dataset"
    placement: Placement = Placement()
    against: tuple[KnownIndex, ...] = ()  # the recipe's indexes as they were found
    fingerprints: dict[str, str] = {}  # by stage name, in the order of `waves`
    marks: dict[str, str] = {}  # what later stages know each by: its fingerprint, and the decisions on its documents

    def folder(self, stage: str) -> str:
        """Return the folder of a stage's output."""
        return stage_folder(self.work, stage, self.fingerprints[stage])

    def folders(self, kind: str) -> dict[str, str]:
        """Return the folders of a kind of stage by source, in recipe order, which is the sources' priority."""
        return {source: self.folder(f"{kind}/{source}") for source in self.recipe.used_sources()}

    def corpus(self) -> Corpus:
        """Return what is deduplicated."""
        return Corpus(self.folders("clean"), self.against)

    def drop_folders(self) -> list[str]:
        """Return the folders of the stages that drop copies."""
        return [self.folder(name) for name in self.drop_stages()]

    def drop_stages(self) -> list[str]:
        """Return the stages that drop copies, by name."""
        dedup = self.recipe.dedup
        return [
            "dedup",
            *(["near/keepers"] if dedup.near else []),
            *(["near/contained"] if dedup.contains else []),
        ]

    def upstream(self, *kinds: str) -> list[str]:
        """Return the marks of whole kinds of stages, in order."""
        return [self.marks[f"{kind}/{source}"] for kind in kinds for source in self.recipe.used_sources()]

    def decisions(self) -> tuple[Decision, ...]:
        """Return what was set aside because it ended workers, in the order of the stages."""
        return tuple(found for names in self.names() for name in names for found in decisions_in(self.folder(name)))

    def with_stage(self, name: str, fingerprint: str) -> "BuildPlan":
        """Return the plan with one more stage, and the decisions on it that stand."""
        fingerprints = {**self.fingerprints, name: fingerprint}
        mark = decided(fingerprint, stage_folder(self.work, name, fingerprint))
        return self.model_copy(update={"fingerprints": fingerprints, "marks": {**self.marks, name: mark}})

    def public_recipe(self) -> JsonValue:
        """Return the recipe in full, without secrets, as manifests carry it.

        A generation's record says what it continues; its recipe need not name the place that it stands in itself.
        """
        return (self.recipe.without_continues() if self.placement.first_window else self.recipe).public()

    def names(self) -> list[list[str]]:
        """Return the names of this build's stages, by wave."""
        sources, dedup = list(self.recipe.used_sources()), self.recipe.dedup
        if self.goal == "index":
            return index_waves(sources, dedup)
        return waves(sources, dedup, list(self.lined()), self.recipe.continues is not None)

    def lined(self) -> tuple[str, ...]:
        """Return the sources of which frequent lines are cut, in recipe order."""
        lines, used = self.recipe.dedup.lines, self.recipe.used_sources()
        return tuple(name for name, source in used.items() if lines and lines.applies_to(name, source.language))

    def lines_folders(self) -> dict[str, str]:
        """Return the folders of the lines stages by source."""
        return {source: self.folder(f"lines/{source}") for source in self.lined()}

    def unfinished(self) -> list[str]:
        """Return the stages up to the token store that are not finished."""
        names = [name for names in self.names() for name in names if name not in ("continue", "mix", "shards")]
        return [name for name in names if not is_finished(self.folder(name))]


def shape_of(recipe: Recipe) -> Shape:
    """Return what a recipe's windows look like."""
    return Shape(recipe.packing.seq_len, recipe.seed, recipe.packing.method)
