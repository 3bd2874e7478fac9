"""The build: stages as a list, in the order in which bytes flow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, JsonValue

from ixigen_data.clean.stage import CleanStage
from ixigen_data.clean.yield_check import require_documents
from ixigen_data.core.digests import digest_value
from ixigen_data.core.errors import EngineError, RecipeError, SourceError, TokenizerError
from ixigen_data.core.files import absolute, join, read_bytes, write_bytes, write_model
from ixigen_data.core.progress import Progress
from ixigen_data.dedup.stage import DedupStage, drops_by_chunk
from ixigen_data.engine.completion import complete_task, is_finished, stage_folder
from ixigen_data.engine.executor import Executor, InlineExecutor
from ixigen_data.engine.local import LocalExecutor
from ixigen_data.engine.locks import lock
from ixigen_data.engine.stage import Stage
from ixigen_data.engine.waves import run_wave
from ixigen_data.mixture.estimate import estimate_source, open_fastest
from ixigen_data.mixture.forecast import Forecast, forecast
from ixigen_data.mixture.plan import plan_mixture
from ixigen_data.mixture.stage import MixStage, Stores, read_mix
from ixigen_data.recipe import LoadedRecipe, Recipe, load_recipe
from ixigen_data.shards.assemble import Provenance, assemble
from ixigen_data.shards.index import write_index
from ixigen_data.shards.layout import Layout
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.output import claim_output, is_built, release_output
from ixigen_data.shards.provenance import (
    ledger_of,
    source_records,
    tokenizer_record,
    without_secrets_in,
    written_shards,
)
from ixigen_data.shards.stage import ShardInputs, ShardStage, eval_folder
from ixigen_data.sources.files import SourceFile, list_files
from ixigen_data.tokens.audit import AuditStage
from ixigen_data.tokens.backends import open_reference
from ixigen_data.tokens.bucket_cache import open_stores
from ixigen_data.tokens.encode_stage import TokenizeInputs, TokenizeStage
from ixigen_data.tokens.store_stage import StoreStage
from ixigen_data.tokens.tokenizer import open_tokenizer
from ixigen_data.verify.dataset import verify, verify_shards

Describe = Callable[[Manifest], Mapping[str, bytes]]


def waves(sources: list[str]) -> list[list[str]]:
    """Return the stages by name, in the order in which bytes flow; those of one wave do not depend on each other."""
    return [
        [f"clean/{source}" for source in sources],  # raw corpora -> cleaned documents and their keys
        ["dedup"],  # keys of all sources -> rows to drop
        [f"audit/{source}" for source in sources],  # a sample -> which tokenizer backend
        [f"tokenize/{source}" for source in sources],  # documents that stay -> tokens
        [f"store/{source}" for source in sources],  # tokens -> the token store, in buckets
        ["mix"],  # supply and weights -> targets, hold-out, order
        ["shards"],  # planned windows -> MDS shards and their lineage, in the output
    ]  # then, in this process: shards -> recount from their bytes -> manifest, index


@dataclass(frozen=True)
class BuildOptions:
    """Where and how fast a dataset is built; nothing here changes a byte of it."""

    out: str
    work: str
    workers: int = 0  # 0: in this process
    executor: str = "local"
    strict: bool = False  # the first record that cannot be read ends the build
    mix_only: bool = False  # the token store must be complete


class BuildPlan(BaseModel):
    """What is built where: all that a worker needs to know, as one file in the work folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipe: Recipe
    work: str
    out: str
    strict: bool
    fingerprints: dict[str, str] = {}  # by stage name, in the order of `waves`

    def folder(self, stage: str) -> str:
        """Return the folder of a stage's output."""
        return stage_folder(self.work, stage, self.fingerprints[stage])

    def folders(self, kind: str) -> dict[str, str]:
        """Return the folders of a kind of stage by source, in recipe order, which is the sources' priority."""
        return {source: self.folder(f"{kind}/{source}") for source in self.recipe.used_sources()}

    def upstream(self, *kinds: str) -> list[str]:
        """Return the fingerprints of whole kinds of stages, in order."""
        return [self.fingerprints[f"{kind}/{source}"] for kind in kinds for source in self.recipe.used_sources()]

    def public_recipe(self) -> JsonValue:
        """Return the recipe in full, without secrets, as manifests carry it."""
        return without_secrets_in(self.recipe.model_dump(mode="json", by_alias=True, exclude_none=True))

    def names(self) -> list[list[str]]:
        """Return the names of this build's stages, by wave."""
        return waves(list(self.recipe.used_sources()))


def make_stage(plan: BuildPlan, name: str) -> Stage:
    """Return a stage of a plan; the fingerprints of the stages before it must stand in the plan."""
    recipe, marks = plan.recipe, plan.fingerprints
    kind, _, source = name.partition("/")
    match kind:
        case "clean":
            settings = recipe.sources[source]
            return CleanStage(source, settings, recipe.clean, strict=plan.strict, keep_dropped=recipe.keep_dropped)
        case "dedup":
            return DedupStage(recipe.dedup, plan.folders("clean"), plan.upstream("clean"))
        case "audit":
            upstream = [open_tokenizer(recipe.tokenizer).fingerprint, marks[f"clean/{source}"]]
            return AuditStage(source, recipe.tokenizer, plan.folder(f"clean/{source}"), upstream)
        case "tokenize":
            upstream = [marks["dedup"], marks[f"audit/{source}"], marks[f"clean/{source}"]]
            drops = drops_by_chunk(plan.folder("dedup"), plan.folders("clean"), source)
            inputs = TokenizeInputs(plan.folder(f"clean/{source}"), plan.folder(f"audit/{source}"), drops)
            return TokenizeStage(source, recipe.tokenizer, inputs, upstream)
        case "store":
            dtype = open_tokenizer(recipe.tokenizer).dtype
            return StoreStage(source, dtype, plan.folder(f"tokenize/{source}"), [marks[f"tokenize/{source}"]])
        case "mix":
            stores = Stores(plan.folders("store"), open_tokenizer(recipe.tokenizer).dtype)
            return MixStage(recipe.mixture, recipe.packing.seq_len, recipe.seed, stores, plan.upstream("store"))
        case "shards":
            places = ShardInputs(plan.folder("mix"), plan.folders("store"), plan.folders("clean"))
            return ShardStage(recipe.shards, open_tokenizer(recipe.tokenizer), places, plan.out, [marks["mix"]])
    raise EngineError(f"{name}: no such stage")


def run_task(plan_url: str, name: str, index: int) -> None:
    """Run one task of a plan; what workers, here or on a cluster, call.

    Raises:
        IxigenError: the task met a mistake of the user's.
    """
    plan = _read_plan(plan_url)
    complete_task(_stage_of(plan_url, name), index, plan.folder(name))


def build_dataset(loaded: LoadedRecipe, options: BuildOptions, progress: Progress, describe: Describe) -> Manifest:
    """Build a dataset, or go on with a build that was interrupted, and return its manifest.

    Args:
        describe: from the manifest to further files of the dataset by name, such as its data card.

    Raises:
        IxigenError: what is wrong with the recipe, a source, the output, or the machine.
    """
    options = replace(options, out=absolute(options.out), work=absolute(options.work))
    with lock(options.out):
        plan = resolve(loaded.recipe, options)
        if is_built(plan.out, plan.fingerprints["shards"], plan.public_recipe()):
            verify(plan.out, progress, max(options.workers, 1)).raise_if_wrong()
            progress.note(f"{plan.out}: this very dataset stands there already, and its bytes are right")
            return Manifest.load(plan.out)
        plan_url = join(plan.work, "plans", f"{digest_value(plan.model_dump(mode='json', by_alias=True))[:16]}.json")
        write_model(plan_url, plan)
        if options.mix_only:
            _require_store(plan)
        with _open_executor(options, progress) as executor:
            for names in plan.names():
                if names == ["shards"]:
                    claim_output(plan.out, plan.fingerprints["shards"])
                run_wave(plan_url, plan.work, [_stage_of(plan_url, name) for name in names], executor, progress)
                if names[0].startswith("clean/"):
                    for source, folder in plan.folders("clean").items():
                        require_documents(source, folder, strict=plan.strict)
        return _publish(plan, options.workers, progress, describe)


def resolve(recipe: Recipe, options: BuildOptions) -> BuildPlan:
    """Return the plan of a build: every stage's fingerprint, from the sources as they are now.

    Raises:
        SourceError: a source is missing, empty or unreadable.
        TokenizerError: the tokenizer is not one.
    """
    plan = BuildPlan(recipe=recipe, work=options.work, out=options.out, strict=options.strict)
    for name in [name for names in plan.names() for name in names]:
        fingerprint = make_stage(plan, name).fingerprint
        plan = plan.model_copy(update={"fingerprints": {**plan.fingerprints, name: fingerprint}})
    return plan


@dataclass(frozen=True)
class Checked:
    """A recipe without a mistake, and what was found on the way."""

    recipe: Recipe
    warnings: list[str]
    files: dict[str, list[SourceFile]]  # by source


def check_recipe(url: str) -> Checked:
    """Check a recipe with its sources and its tokenizer.

    Raises:
        RecipeError: everything that is wrong.
    """
    loaded = load_recipe(url)
    mistakes, files = [], {}
    for name, source in loaded.recipe.sources.items():
        try:
            files[name] = list_files(name, source)
        except SourceError as error:
            mistakes.append(loaded.mistake(("sources", name, "path"), str(error)))
    try:
        open_reference(open_tokenizer(loaded.recipe.tokenizer))
    except TokenizerError as error:
        key, _, message = str(error).removeprefix("tokenizer.").partition(": ")
        mistakes.append(loaded.mistake(("tokenizer", key), message))
    if mistakes:
        raise RecipeError(mistakes, url)
    return Checked(loaded.recipe, loaded.recipe.warnings(), files)


def forecast_build(recipe: Recipe, work: str, progress: Progress) -> Forecast:
    """Return what a build will take and give.

    Supply is estimated from a sample of the sources, or counted in their token store where that is finished.

    Raises:
        IxigenError: a source or the tokenizer is not what the recipe says, or a total that follows from supply has
        none.
    """
    tokenizer = open_tokenizer(recipe.tokenizer)
    backend = open_fastest(tokenizer)
    sources = recipe.used_sources()
    progress.begin("sample", len(sources), "sources")
    estimates = []
    for name, settings in sources.items():
        estimates.append(estimate_source(name, settings, recipe.clean, tokenizer, backend))
        progress.advance("sample", 1)
    progress.end("sample")
    found = forecast(recipe.mixture, recipe.packing.seq_len, recipe.seed, estimates, tokenizer.dtype.itemsize)
    plan = resolve(recipe, BuildOptions(out="", work=absolute(work)))
    if not _unfinished(plan):
        stores = open_stores(plan.folders("store"), tokenizer.dtype)
        exact, _ = plan_mixture(recipe.mixture, recipe.packing.seq_len, recipe.seed, stores)
        found = replace(found, plan=exact, exact=True, warnings=())
    return found


def _publish(plan: BuildPlan, workers: int, progress: Progress, describe: Describe) -> Manifest:
    """Recount what was written, then write what readers look for: manifest and index last."""
    mix, _ = read_mix(plan.folder("mix"))
    written = written_shards(plan.folder("shards"))
    tokenizer = tokenizer_record(plan.recipe.tokenizer, plan.folders("audit"), plan.folders("tokenize"))
    provenance = Provenance(
        name=plan.recipe.name,
        recipe=plan.public_recipe(),
        tokenizer=tokenizer,
        sources=source_records(plan.recipe.used_sources(), plan.folders("clean")),
        ledger=ledger_of([plan.folder(name) for names in plan.names() for name in names]),
        fingerprints=plan.fingerprints,
    )
    manifest = assemble(mix, provenance, written).sealed()
    verify_shards(plan.out, manifest, progress, max(workers, 1)).raise_if_wrong()
    for name, data in describe(manifest).items():
        write_bytes(join(plan.out, name), data)
    layout = Layout(mix.seq_len, plan.recipe.shards)
    for path, held in manifest.eval.items():
        write_index(plan.out, eval_folder(path), held.shards, layout)
    manifest.write(plan.out)
    write_index(plan.out, "", manifest.shards, layout)
    release_output(plan.out)
    return manifest


def _require_store(plan: BuildPlan) -> None:
    """Raise unless every stage up to the token store is complete.

    Raises:
        EngineError: names the first that is not.
    """
    if missing := _unfinished(plan):
        raise EngineError(
            f"{missing[0]}: not finished in {plan.work}; run `ixigen-data build` with this recipe once, "
            "then mix as often as you like"
        )


def _unfinished(plan: BuildPlan) -> list[str]:
    """Return the stages up to the token store that are not finished."""
    names = [name for names in plan.names() for name in names if name not in ("mix", "shards")]
    return [name for name in names if not is_finished(plan.folder(name))]


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
