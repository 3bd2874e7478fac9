"""The end of a build: shards recounted from their bytes, then what readers look for, manifest and index last."""

from collections.abc import Callable, Mapping

from ixigen_data.build_plan import BuildPlan
from ixigen_data.core.digests import digest_bytes
from ixigen_data.core.errors import EngineError
from ixigen_data.core.files import join, read_bytes, sizes_below, without_secrets, write_bytes
from ixigen_data.core.progress import Progress
from ixigen_data.dedup.index.manifest import IndexManifest, KnownIndex
from ixigen_data.dedup.index.stage import IndexedRecipe, index_of
from ixigen_data.dedup.lines.stage import read_frequent
from ixigen_data.engine.completion import is_finished
from ixigen_data.engine.decisions import plain
from ixigen_data.mixture.earlier_files import FILE_NAME as SERVED
from ixigen_data.mixture.stage import read_mix
from ixigen_data.shards.assemble import Provenance, assemble
from ixigen_data.shards.deduplication import Deduplication
from ixigen_data.shards.duplicates import near_duplicates
from ixigen_data.shards.earlier import open_earlier
from ixigen_data.shards.generations import with_generation
from ixigen_data.shards.index import write_index
from ixigen_data.shards.layout import Layout
from ixigen_data.shards.lines import write_lines
from ixigen_data.shards.manifest import ContinuesRecord, Manifest, StoredFile
from ixigen_data.shards.output import release_output
from ixigen_data.shards.provenance import ledger_of, source_records, tokenizer_record, written_shards
from ixigen_data.shards.settings import ShardSettings
from ixigen_data.shards.stage import eval_folder
from ixigen_data.shards.statistics import Statistics
from ixigen_data.shards.survey import Surveyed, survey
from ixigen_data.verify.dataset import verify_shards

Describe = Callable[[Manifest, Statistics], Mapping[str, bytes]]


def publish(plan: BuildPlan, base: Manifest | None, workers: int, progress: Progress, describe: Describe) -> Manifest:
    """Recount what was written, then write what readers look for, and return the manifest.

    Args:
        base: the dataset that this build adds a generation to, if it does.
    """
    planned = read_mix(plan.folder("mix"))
    written = written_shards(plan.folder("shards"))
    provenance, dedup = _provenance(plan), _deduplication(plan)
    first_window = plan.placement.first_window
    tables = {source: read_frequent(folder) for source, folder in plan.lines_folders().items()}
    stages = Surveyed(plan.folders("clean"), plan.folders("tokenize"), provenance.ledger, first_window, tables)
    statistics = survey(stages, planned.plan, planned.order, plan.recipe.samples)
    statistics = statistics.model_copy(update={"near": dedup.near(), "contamination": dedup.contamination()})
    if base is not None and (earlier := Statistics.load(plan.out, base)) is not None:
        statistics = statistics.behind(earlier)
    record = statistics.stored()
    write_bytes(join(plan.out, record.file), statistics.data())
    lines = write_lines(plan.out, tables, {} if base is None else base.lines)
    added = {"statistics": record, "quarantine": plain(plan.decisions()), "lines": lines}
    added |= dict(dedup.write(plan.out, base, first_window))
    manifest = assemble(planned.plan, provenance, written).model_copy(update=added)
    manifest = manifest if base is None else with_generation(base, manifest)
    counted = {
        "pii": statistics.personal_data_by_kind(),
        "near_duplicates": near_duplicates(manifest.documents, statistics.near),
    }
    manifest = manifest.model_copy(update=counted).sealed()
    verify_shards(plan.out, manifest, progress, max(workers, 1)).raise_if_wrong()
    for name, data in describe(manifest, statistics).items():
        write_bytes(join(plan.out, name), data)
    manifest.write(plan.out)
    write_indexes(plan.out, manifest, plan.recipe.shards)
    return manifest


def _provenance(plan: BuildPlan) -> Provenance:
    return Provenance(
        name=plan.recipe.name,
        recipe=plan.public_recipe(),
        tokenizer=tokenizer_record(plan.recipe.tokenizer, plan.folders("audit"), plan.folders("tokenize")),
        sources=source_records(plan.recipe.used_sources(), plan.folders("clean"), plan.folders("store")),
        ledger=ledger_of([plan.folder(name) for names in plan.names() for name in names]),
        fingerprints=plan.fingerprints,
        continues=_continued(plan),
    )


def _deduplication(plan: BuildPlan) -> Deduplication:
    dedup = plan.recipe.dedup
    keepers = None if dedup.near is None else plan.folder("near/keepers")
    return Deduplication(dedup, plan.corpus(), plan.drop_folders(), keepers)


def write_indexes(url: str, manifest: Manifest, settings: ShardSettings) -> None:
    """Write the indexes of a dataset whose manifest stands, the training windows' last, and release its folder."""
    layout = Layout(manifest.seq_len, settings)
    for path, held in manifest.eval.items():
        if held.shards:
            write_index(url, eval_folder(path), held.shards, layout)
    write_index(url, "", manifest.shards, layout)
    release_output(url)


def _continued(plan: BuildPlan) -> ContinuesRecord | None:
    """Return the record of the dataset that was continued, whose file is put into this one."""
    settings = plan.recipe.continues
    if settings is None:
        return None
    earlier = open_earlier(settings)
    data = read_bytes(join(plan.folder("mix"), SERVED))
    file = SERVED if not plan.placement.first_window else f"served.{plan.placement.first_window}.parquet"
    write_bytes(join(plan.out, file), data)
    window = earlier.total_windows if settings.at is None else settings.at
    served = StoredFile(file=file, bytes=len(data), digests={"xxh3_128": digest_bytes(data)})
    return ContinuesRecord(name=earlier.name, digest=settings.digest, window=window, served=served)


def publish_index(plan: BuildPlan) -> IndexManifest:
    """Write `index.json` of an index whose chunks stand, and return it."""
    manifest = _index_of(plan)
    manifest.write(plan.out)
    release_output(plan.out)
    return manifest


def standing_index(plan: BuildPlan, progress: Progress) -> IndexManifest:
    """Return the index that stands where one is to be written.

    Raises:
        EngineError: it is not the one that was asked for, or not known to be.
        DedupError: it is damaged.
    """
    stands = IndexManifest.load(plan.out)
    if not is_finished(plan.folder("index")) or _index_of(plan) != stands:
        raise EngineError(
            f"{without_secrets(plan.out)}: another index stands here already; name another folder with --out, or "
            "delete this one"
        )
    KnownIndex(url=plan.out, digest=stands.digest).must_be_whole(sizes_below(plan.out))
    progress.note(f"{plan.out}: this very index stands there already")
    return stands


def _index_of(plan: BuildPlan) -> IndexManifest:
    languages = {name: source.language for name, source in plan.recipe.used_sources().items()}
    return index_of(IndexedRecipe(plan.recipe.name, languages, plan.recipe.dedup.near), plan.folder("index"))
