"""From a recipe to a folder that ranks can be started on; or to a folder whose run goes on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import JsonValue

from ixigen_data.core.errors import IxigenError
from ixigen_data.core.files import is_local, local_path, without_secrets, write_bytes
from ixigen_train.checkpoints.going_on import must_be_unchanged
from ixigen_train.checkpoints.mirror import Mirror
from ixigen_train.checkpoints.place import Place, library_versions
from ixigen_train.foundry.render import Config, render, to_yaml
from ixigen_train.pretrain.checks import check_job
from ixigen_train.pretrain.job import Job, open_job
from ixigen_train.pretrain.machines import Machines
from ixigen_train.recipe.schedule import learning_rate
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.runs.claim import LEEWAY_SECONDS, wait_until_free
from ixigen_train.runs.folder import RunFolder
from ixigen_train.runs.run_file import RunFile, Start
from ixigen_train.windows.plan import resumed


@dataclass(frozen=True)
class Prepared:
    """A run that may be started: everything was looked at, nothing was written."""

    job: Job
    folder: RunFolder
    machines: Machines
    step: int  # finished steps that it goes on from
    config: Config
    mirror: Mirror | None = None  # where --out is an object store
    warning: str | None = None  # of what going on changes

    @property
    def is_finished(self) -> bool:
        """Whether no step is left."""
        return self.step == self.job.course.steps

    def write(self, device: str) -> None:
        """Write the run's folder. device: its name, as the driver tells it, or "cpu"."""
        self.folder.make()
        if self.mirror is not None and self.step:
            self.mirror.fetch_files(self.folder.root, self.machines.number)
        plain = self.job.recipe.model_dump(mode="json")
        write_bytes(str(self.folder.recipe), yaml.safe_dump(plain, sort_keys=False, allow_unicode=True).encode())
        write_bytes(str(self.folder.configuration), to_yaml(self.config).encode())
        if self.machines.number == 0:
            self._write_run(device)

    def _write_run(self, device: str) -> None:
        start = Start(step=self.step, ranks=self.machines.ranks, device=device, versions=library_versions())
        course: JsonValue = self.job.course.model_dump(mode="json")
        if self.folder.run_file.exists():
            RunFile.load(self.folder.run_file).resumed(start, course).write(self.folder.run_file)
            return
        recipe = self.job.recipe
        run = RunFile(
            name=recipe.name,
            model=recipe.model.path,
            model_folder=_folder_of(recipe.model.path),
            recipe_digest=recipe.digest(),
            course=course,
            starts=(start,),
        )
        run.write(self.folder.run_file)


def prepare(recipe: TrainRecipe, shards: str, out: str, machines: Machines) -> Prepared:
    """Look at everything that a run needs, from its beginning or from its last checkpoint.

    Args:
        recipe: of the run.
        shards: URL of the dataset.
        out: the run's folder, or its URL on an object store: then it is worked on locally, and mirrored there.
        machines: where it runs.

    Raises:
        IxigenError: every mistake that can be seen before the start.
    """
    _must_be_apart(shards, out)
    _must_be_public({"--shards": shards} | {f"stages.{n}.shards": each.shards for n, each in enumerate(recipe.stages)})
    mirror = _mirror(out, recipe)
    here = Path(local_path(out).absolute())
    folder = RunFolder(here) if mirror is None else RunFolder(mirror.working_folder, mirror.url)
    _must_be_ours(folder, recipe)
    wait_until_free(folder, machines.number, machines.grace_seconds + LEEWAY_SECONDS)
    place = _place(folder) if mirror is None else mirror.last_place()
    if place is not None:
        must_be_unchanged(recipe, place)
    course = None if place is None else resumed(place.course, place.step, shards, recipe.steps)
    job = open_job(recipe, shards, machines.ranks, course=course)
    check_job(job, folder)
    step = 0 if place is None else place.step
    warning = None if place is None else stretched(place, job)
    config = render(job.recipe, job.course, job.seq_len, folder, job.ranks)
    return Prepared(job, folder, machines, step, config, mirror, warning)


def _folder_of(model: str) -> str | None:
    return str(Path(model).absolute()) if Path(model).is_dir() else None


def _mirror(out: str, recipe: TrainRecipe) -> Mirror | None:
    if is_local(out):
        return None
    _must_be_public({"--out": out})
    return Mirror(out, recipe.checkpoints.keep)


def _must_be_apart(shards: str, out: str) -> None:
    """Check that a run does not write into the dataset that it reads: it would travel with it."""
    if is_local(shards) and is_local(out):
        dataset, run = (local_path(url).resolve() for url in (shards, out))
        if run.is_relative_to(dataset):
            raise IxigenError(f"--out: {out}: lies in the dataset {shards}; name a folder beside it")


def _must_be_public(urls: Mapping[str, str]) -> None:
    """Check that URLs may be written down: they stand in the run's folder and in every checkpoint."""
    for where, url in urls.items():
        if not is_local(url) and without_secrets(url) != url:
            told = "carries a password, which would be written into the run's folder"
            raise IxigenError(f"{where}: {without_secrets(url)}: {told}; use the environment (AWS_ACCESS_KEY_ID …)")


def _must_be_ours(folder: RunFolder, recipe: TrainRecipe) -> None:
    """Check that a folder which holds a run holds this one."""
    if not folder.run_file.exists() or folder.saved_steps():  # of a checkpoint, every key is compared
        return
    run = RunFile.load(folder.run_file)
    if run.recipe_digest != recipe.digest():
        told = (
            f"holds the run {run.name!r} of another recipe (digest {run.recipe_digest}, this one is {recipe.digest()})"
        )
        raise IxigenError(f"--out: {folder.root}: {told}; name another folder, or the recipe {folder.recipe}")


def stretched(place: Place, job: Job) -> str | None:
    """Return what is told where the dataset has grown under a run: its learning rate is a function of all steps."""
    before, now, recipe = place.course.steps, job.course.steps, job.recipe
    if before == now or recipe.schedule.kind == "constant":
        return None
    rates = [learning_rate(recipe.schedule, recipe.optimizer.lr, place.step, steps) for steps in (before, now)]
    return (
        f"the course has {now:,} steps and had {before:,}: the learning rate's curve is drawn anew over all of them, "
        f"and goes on at {rates[1]:.3g} instead of {rates[0]:.3g}; `stages` in the recipe would have planned it in one"
    )


def _place(folder: RunFolder) -> Place | None:
    steps = folder.saved_steps()
    return Place.of(folder.checkpoint(steps[-1])) if steps else None
