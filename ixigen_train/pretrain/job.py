"""A run as it will be started: the recipe with what it names, opened."""

from dataclasses import dataclass
from pathlib import Path

from ixigen_data.core.files import is_local
from ixigen_data.shards.manifest import Manifest
from ixigen_train.pretrain.model_files import ModelFiles, read_model_files
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.sizing.shape import ModelShape, shape_of
from ixigen_train.windows.course import CoursePlan, opened
from ixigen_train.windows.plan import plan_course


@dataclass(frozen=True)
class Job:
    """A recipe, its model's small files, its datasets, and which windows are served when."""

    recipe: TrainRecipe
    model: ModelFiles
    course: CoursePlan
    manifests: tuple[Manifest, ...]  # of the course's stretches
    ranks: int  # over all machines

    @property
    def seq_len(self) -> int:
        """Tokens of a window."""
        return self.manifests[0].seq_len

    @property
    def shape(self) -> ModelShape | None:
        """The model's, where its type is known; raises as `shape_of`."""
        return shape_of(self.model.config)

    @property
    def share_windows(self) -> int:
        """Windows of a rank and step, rounded up where the batch cannot be divided."""
        return -(-self.course.batch_windows // self.ranks)

    @property
    def fetched_bytes(self) -> int:
        """Bytes of all shards that are not on the local disk, uncompressed."""
        distant = [
            manifest
            for stretch, manifest in zip(self.course.stretches, self.manifests, strict=True)
            if not is_local(stretch.shards) or any(shard.stored for shard in manifest.shards)
        ]
        return sum(shard.bytes for manifest in distant for shard in manifest.shards)

    def cache(self, out: Path) -> Path:
        """Return where fetched shards are kept, of a run in the folder `out`."""
        return out / "cache" if self.recipe.data.cache is None else Path(self.recipe.data.cache)


def open_job(
    recipe: TrainRecipe, shards: str, ranks: int, config: str | None = None, course: CoursePlan | None = None
) -> Job:
    """Open what a recipe names.

    Args:
        recipe: of the run.
        shards: URL of the dataset.
        ranks: over all machines.
        config: see `read_model_files`.
        course: that of a run which goes on; None: from the beginning.

    Raises:
        IxigenError: the model is missing, a dataset is, or they do not fit the recipe.
    """
    model = read_model_files(recipe.model, config)
    course = plan_course(recipe, shards) if course is None else course
    manifests = tuple(opened(stretch.shards, stretch.digest) for stretch in course.stretches)
    return Job(recipe, model, course, manifests, ranks)
