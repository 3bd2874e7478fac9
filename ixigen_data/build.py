"""The build: stages as a list, in the order in which bytes flow."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache

from ixigen_data.build_plan import BuildOptions, BuildPlan, Goal
from ixigen_data.clean.yield_check import require_documents
from ixigen_data.core.digests import digest_value
from ixigen_data.core.errors import EngineError, IxigenError
from ixigen_data.core.files import absolute, exists, join, read_bytes, write_model
from ixigen_data.core.progress import Progress
from ixigen_data.dedup.index.against import open_against
from ixigen_data.dedup.index.held import held_notes
from ixigen_data.dedup.index.manifest import IndexManifest
from ixigen_data.engine.completion import complete_task
from ixigen_data.engine.executor import Executor, InlineExecutor, Job
from ixigen_data.engine.local import LocalExecutor
from ixigen_data.engine.locks import lock
from ixigen_data.engine.stage import Stage
from ixigen_data.engine.waves import run_wave
from ixigen_data.publish import Describe, publish, publish_index, standing_index, write_indexes
from ixigen_data.recipe import Recipe
from ixigen_data.shards.earlier import must_not_hold, open_earlier
from ixigen_data.shards.generations import Placement, must_keep_parts, must_match
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.output import claim_output, is_built, is_indexed, may_append
from ixigen_data.stages import make_stage
from ixigen_data.tokens.tokenizer import open_tokenizer
from ixigen_data.verify.dataset import verify


def run_task(plan_url: str, name: str, index: int) -> None:
    """Run one task of a plan; what workers, here or on a cluster, call.

    Raises:
        IxigenError: the task met a mistake of the user's.
    """
    plan = _read_plan(plan_url)
    complete_task(_stage_of(plan_url, name), index, plan.folder(name))


def supervise_task(plan_url: str, name: str, index: int, progress: Progress) -> None:
    """Run one task of a plan in a process of its own, as local workers do: what ends it is found and set aside.

    Raises:
        EngineError: the process died, and no document is to blame.
        IxigenError: the task met a mistake of the user's.
    """
    folder = _read_plan(plan_url).folder(name)
    with LocalExecutor(run_task, 1, progress) as executor:
        executor.run([Job(plan_url, name, index, 0, folder)], lambda _: None)


def build_dataset(recipe: Recipe, options: BuildOptions, progress: Progress, describe: Describe) -> Manifest:
    """Build a dataset, or go on with a build that was interrupted, and return its manifest.

    Args:
        describe: from manifest and statistics to further files of the dataset by name, such as its data card.

    Raises:
        IxigenError: what is wrong with the recipe, a source, the output, or the machine.
    """
    options = replace(options, out=absolute(options.out), work=absolute(options.work))
    recipe = recipe.pinned()  # the manifest tells which evaluation items were looked for
    with lock(options.out):
        base = Manifest.load(options.out) if options.append else None
        chosen = recipe if base is None else going_on(recipe, options.out, base)
        if chosen is None or (base is None and _stands(chosen, options)):
            return _checked_again(recipe, options, progress)
        plan = resolve(chosen, options, Placement() if base is None else Placement.behind(base))
        if base is not None:
            pad_id = open_tokenizer(recipe.tokenizer).pad_id
            must_match(base, recipe.packing.seq_len, recipe.packing.method, recipe.shards, pad_id)
            must_keep_parts(base, recipe.sources_by_part())
            may_append(plan.out, plan.fingerprints["shards"])
        plan = _run(plan, options, progress)
        return publish(plan, base, options.workers, progress, describe)


def going_on(recipe: Recipe, out: str, base: Manifest) -> Recipe | None:
    """Return a recipe as it continues the dataset that stands at `out`; None where it is its last generation already.

    Raises:
        EngineError: the recipe continues something else.
    """
    if base.generations and base.recipe == recipe.without_continues().public():
        return None
    asked = recipe.continues
    if asked is not None and (absolute(asked.dataset), asked.digest) != (out, base.digest):
        raise EngineError(f"continues: --append goes on from the dataset at --out, digest {base.digest}; leave it out")
    return recipe.continuing(out, base.digest or "")


def _stands(recipe: Recipe, options: BuildOptions) -> bool:
    """Return whether the dataset of a recipe stands finished at its place."""
    plan = resolve(recipe, options)
    return is_built(plan.out, plan.fingerprints["shards"], plan.public_recipe())


def _checked_again(recipe: Recipe, options: BuildOptions, progress: Progress) -> Manifest:
    """Return the manifest of a dataset that stands, recounted; a build that ended before its index gets it now."""
    manifest = Manifest.load(options.out)
    if options.append:
        write_indexes(options.out, manifest, recipe.shards)
    verify(options.out, progress, max(options.workers, 1)).raise_if_wrong()
    progress.note(f"{options.out}: this very dataset stands there already, and its bytes are right")
    return manifest


def _run(plan: BuildPlan, options: BuildOptions, progress: Progress, last: str = "shards") -> BuildPlan:
    """Run the stages of a plan up to one of them, and return the plan as it stands with what they decided."""
    if options.mix_only:
        _require_store(plan)
    with _open_executor(options, progress) as executor:
        for wave, names in enumerate(plan.names()):
            if names in (["shards"], ["index"]):
                claim_output(plan.out, plan.fingerprints[names[0]])
            plan_url = _written(plan)
            run_wave(plan_url, plan.work, [_stage_of(plan_url, name) for name in names], executor, progress)
            plan = _settled(plan, wave)
            if names[0].startswith("clean/"):
                for source, folder in plan.folders("clean").items():
                    require_documents(source, folder, strict=plan.strict)
            if plan.against and names == plan.drop_stages()[-1:]:
                for note in held_notes(plan.drop_folders()):
                    progress.note(note)
            if names == [last]:
                break
    return plan


def _written(plan: BuildPlan) -> str:
    """Write a plan for the workers, and return its URL."""
    url = join(plan.work, "plans", f"{digest_value(plan.model_dump(mode='json', by_alias=True))[:16]}.json")
    if not exists(url):
        write_model(url, plan)
    return url


def _settled(plan: BuildPlan, wave: int) -> BuildPlan:
    """Return a plan as it goes on behind a wave: decisions on documents change what later stages know a stage by."""
    waves = plan.names()
    settled = plan
    for name in waves[wave]:
        settled = settled.with_stage(name, plan.fingerprints[name])
    if settled.marks == plan.marks:
        return plan
    for name in [name for names in waves[wave + 1 :] for name in names]:
        settled = settled.with_stage(name, make_stage(settled, name).fingerprint)
    return settled


def build_variants(
    variants: Mapping[str, Recipe], options: BuildOptions, progress: Progress, describe: Describe
) -> dict[str, Manifest]:
    """Mix every variant of a recipe from one token store, each into a folder of its name below `options.out`.

    All of them are planned before the first shard of any is written.

    Raises:
        IxigenError: see `build_dataset`; the message begins with the variant's name.
    """
    chosen = replace(options, out=absolute(options.out), work=absolute(options.work), mix_only=True)
    for name, recipe in variants.items():
        with _named(name):
            plan = resolve(recipe, replace(chosen, out=join(chosen.out, name)))
            _require_store(plan)
            _run(plan, replace(chosen, workers=0), progress, last="mix")
    found = {}
    for name, recipe in variants.items():
        with _named(name):
            progress.note(f"variant {name}")
            found[name] = build_dataset(recipe, replace(chosen, out=join(chosen.out, name)), progress, describe)
    return found


def build_index(recipe: Recipe, options: BuildOptions, progress: Progress) -> IndexManifest:
    """Write an index of the documents that a recipe keeps to `options.out`, or go on with one that was interrupted.

    Raises:
        IxigenError: see `build_dataset`.
    """
    options = replace(options, out=absolute(options.out), work=absolute(options.work))
    with lock(options.out):
        plan = resolve(recipe, options, goal="index")
        if is_indexed(plan.out, plan.fingerprints["index"]):
            return standing_index(plan, progress)
        return publish_index(_run(plan, options, progress, last="index"))


@contextmanager
def _named(variant: str) -> Iterator[None]:
    """Tell which variant of a sweep an error is about."""
    try:
        yield
    except IxigenError as error:
        raise EngineError(f"variant {variant!r}: {error}") from error


def resolve(
    recipe: Recipe, options: BuildOptions, placement: Placement | None = None, goal: Goal = "dataset"
) -> BuildPlan:
    """Return the plan of a build: every stage's fingerprint, from the sources as they are now.

    Args:
        placement: where the shards stand; at the beginning of their dataset if left out.

    Raises:
        SourceError: a source is missing, empty or unreadable.
        TokenizerError: the tokenizer is not one.
        DedupError: an index that the recipe names is none, is damaged or does not fit.
    """
    against = open_against(recipe.dedup, [source.language for source in recipe.used_sources().values()])
    if recipe.continues is not None and against and goal == "dataset":
        must_not_hold(open_earlier(recipe.continues), against)
    plan = BuildPlan(
        recipe=recipe,
        work=options.work,
        out=options.out,
        strict=options.strict,
        goal=goal,
        placement=placement or Placement(),
        against=against,
    )
    for name in [name for names in plan.names() for name in names]:
        plan = plan.with_stage(name, make_stage(plan, name).fingerprint)
    return plan


def _require_store(plan: BuildPlan) -> None:
    """Raise unless every stage up to the token store is complete.

    Raises:
        EngineError: names the first that is not.
    """
    if missing := plan.unfinished():
        raise EngineError(
            f"{missing[0]}: not finished in {plan.work}; run `ixigen-data build` with this recipe once, "
            "then mix as often as you like"
        )


def _open_executor(options: BuildOptions, progress: Progress) -> Executor:
    if options.executor != "local":
        raise EngineError(f"executor {options.executor!r} is not known; use local")
    return LocalExecutor(run_task, options.workers, progress) if options.workers else InlineExecutor(run_task)


@lru_cache(maxsize=1)
def _read_plan(url: str) -> BuildPlan:
    return BuildPlan.model_validate_json(read_bytes(url))


@lru_cache(maxsize=2)
def _stage_of(plan_url: str, name: str) -> Stage:
    # Kept between tasks: a stage may hold opened stores and plans.
    return make_stage(_read_plan(plan_url), name)
