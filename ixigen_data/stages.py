"""The stages of a build, each made from the plan by its name."""

from functools import partial

from ixigen_data.build_plan import BuildPlan, shape_of
from ixigen_data.clean.stage import CleanOptions, CleanStage
from ixigen_data.core.errors import EngineError
from ixigen_data.dedup.containment.contained_stage import ContainedStage
from ixigen_data.dedup.containment.held_stage import HeldStage
from ixigen_data.dedup.containment.holders_stage import HoldersStage
from ixigen_data.dedup.containment.kept import Kept
from ixigen_data.dedup.drops import drops_by_chunk
from ixigen_data.dedup.exact_stage import DedupStage
from ixigen_data.dedup.index.check_stage import AgainstStage
from ixigen_data.dedup.index.stage import IndexInputs, IndexStage
from ixigen_data.dedup.lines.stage import LinesInputs, LinesStage
from ixigen_data.dedup.near.keepers_stage import KeepersStage
from ixigen_data.dedup.near.pairs_stage import PairsStage
from ixigen_data.dedup.sidecars import sidecars_of
from ixigen_data.engine.stage import Stage
from ixigen_data.mixture.stage import MixInputs, MixStage
from ixigen_data.packing.pack import fitter_of
from ixigen_data.shards.continue_stage import ContinueStage, KeptStores
from ixigen_data.shards.lines import earlier_lines
from ixigen_data.shards.stage import ShardInputs, ShardStage
from ixigen_data.tokens.audit import AuditStage
from ixigen_data.tokens.encode_stage import TokenizeInputs, TokenizeStage
from ixigen_data.tokens.store_stage import StoreStage
from ixigen_data.tokens.tokenizer import open_tokenizer


def make_stage(plan: BuildPlan, name: str) -> Stage:
    """Return a stage of a plan; the marks of the stages before it must stand in the plan."""
    recipe, marks = plan.recipe, plan.marks
    kind, _, source = name.partition("/")
    match kind:
        case "clean":
            beside = sidecars_of(recipe.dedup, source, recipe.sources[source].language)
            options = CleanOptions(beside, keep_dropped=recipe.keep_dropped, strict=plan.strict)
            return CleanStage(source, recipe.sources[source], recipe.chain(), options)
        case "against" | "dedup" | "index":
            return _dedup_stage(plan, kind)
        case "lines":
            return _lines_stage(plan, source)
        case "near":
            return _near_stage(plan, source)
        case "audit":
            upstream = [open_tokenizer(recipe.tokenizer).fingerprint, marks[f"clean/{source}"]]
            return AuditStage(source, recipe.tokenizer, plan.folder(f"clean/{source}"), upstream)
        case "tokenize":
            return _tokenize_stage(plan, source)
        case "store":
            dtype = open_tokenizer(recipe.tokenizer).dtype
            return StoreStage(source, dtype, plan.folder(f"tokenize/{source}"), [marks[f"tokenize/{source}"]])
        case "mix":
            earlier = None if recipe.continues is None else plan.folder("continue")
            dtype = open_tokenizer(recipe.tokenizer).dtype
            mixed = MixInputs(plan.folders("store"), dtype, fitter_of(recipe.packing), earlier)
            upstream = plan.upstream("store") + ([] if recipe.continues is None else [marks["continue"]])
            return MixStage(recipe.mixture, shape_of(recipe), mixed, upstream)
        case "continue":
            assert recipe.continues is not None
            stores = KeptStores(plan.folders("store"), open_tokenizer(recipe.tokenizer), plan.lines_folders())
            return ContinueStage(recipe.continues, stores, plan.upstream("store"))
        case "shards":
            places = ShardInputs(plan.folder("mix"), plan.folders("store"), plan.folders("clean"), plan.placement)
            return ShardStage(recipe.shards, open_tokenizer(recipe.tokenizer), places, plan.out, [marks["mix"]])
    raise EngineError(f"{name}: no such stage")


def _tokenize_stage(plan: BuildPlan, source: str) -> Stage:
    """Return the stage that encodes what deduplication left of a source, without its frequent lines."""
    looked = [*plan.drop_stages(), f"lines/{source}", f"audit/{source}", f"clean/{source}"]
    drops = drops_by_chunk(plan.drop_folders(), plan.corpus(), source)
    lines = plan.lines_folders().get(source)
    inputs = TokenizeInputs(plan.folder(f"clean/{source}"), plan.folder(f"audit/{source}"), drops, lines)
    upstream = [plan.marks[name] for name in looked if name in plan.marks]
    return TokenizeStage(source, plan.recipe.tokenizer, inputs, upstream)


def _dedup_stage(plan: BuildPlan, kind: str) -> Stage:
    """Return a stage of exact deduplication, or of the index that keeps what it and near-deduplication found."""
    settings = plan.recipe.dedup
    if kind == "against":
        return AgainstStage(plan.against)
    if kind == "dedup":
        upstream = [*plan.upstream("clean"), *(known.digest for known in plan.against)]
        return DedupStage(settings.exact, plan.corpus(), upstream)
    inputs = IndexInputs(plan.corpus(), plan.drop_folders())
    return IndexStage(settings.near, inputs, plan.out, [plan.marks[name] for name in plan.drop_stages()])


def _near_stage(plan: BuildPlan, step: str) -> Stage:
    """Return a stage of near-deduplication."""
    settings = plan.recipe.dedup.near
    assert settings is not None
    if step == "pairs":
        upstream = [*plan.upstream("clean"), plan.marks["dedup"]]
        return PairsStage(settings, plan.corpus(), plan.folder("dedup"), upstream)
    if step == "keepers":
        return KeepersStage(settings, plan.corpus(), plan.folder("near/pairs"), [plan.marks["near/pairs"]])
    return _containment_stage(plan, step)


def _containment_stage(plan: BuildPlan, step: str) -> Stage:
    """Return a stage that looks for documents that longer ones hold, among those that the stages before left."""
    settings = plan.recipe.dedup.near
    assert settings is not None
    assert settings.containment is not None
    before = [name for name in plan.drop_stages() if name != "near/contained"]
    kept = Kept(plan.corpus(), [plan.folder(name) for name in before])
    if step == "holders":
        return HoldersStage(kept, [*plan.upstream("clean"), *(plan.marks[name] for name in before)])
    if step == "held":
        return HeldStage(settings.containment, kept, plan.folder("near/holders"), [plan.marks["near/holders"]])
    return ContainedStage(kept, plan.folder("near/held"), [plan.marks["near/held"]])


def _lines_stage(plan: BuildPlan, source: str) -> Stage:
    """Return the stage that finds a source's frequent lines; those of an earlier dataset stay what they were."""
    settings, continues = plan.recipe.dedup.lines, plan.recipe.continues
    assert settings is not None
    upstream = [plan.marks[f"clean/{source}"], *(plan.marks[name] for name in plan.drop_stages())]
    earlier = None
    if continues is not None:
        upstream.append(continues.digest)
        earlier = partial(earlier_lines, continues, source)
    drops = drops_by_chunk(plan.drop_folders(), plan.corpus(), source)
    return LinesStage(source, settings, LinesInputs(plan.folder(f"clean/{source}"), drops, earlier), upstream)
