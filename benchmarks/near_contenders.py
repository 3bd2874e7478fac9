"""Near-duplicates found by datatrove's pipeline and by ours: the same file of texts, each in its own folders on disk.

Both tell by row which documents go and in whose favour. datatrove names no keeper: it is the one of a cluster that
stays. Its word tokenizer for Korean asks for a model that current releases of kiwipiepy no longer carry; it gets the
one that they do carry. It matters little, as it sees conjoining jamo, of which Kiwi knows no word: of both models come
the same eojeols in 93 % of 3,171 documents (sbg of kiwipiepy 0.21.0 against cong of 0.24.1).
"""

import struct
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import orjson
from pydantic import JsonValue, TypeAdapter
from typing_extensions import TypedDict

from benchmarks.harness import Work, measure
from ixigen_data.clean.stage import CleanOptions, CleanStage
from ixigen_data.dedup.drops import read_drops
from ixigen_data.dedup.exact_stage import DedupStage
from ixigen_data.dedup.near.keepers_stage import KeepersStage
from ixigen_data.dedup.near.pairs_stage import PairsStage
from ixigen_data.dedup.near.sidecar import Signatures
from ixigen_data.dedup.places import Corpus
from ixigen_data.dedup.settings import ExactSettings, NearSettings
from ixigen_data.engine.completion import complete_task, gather_outcomes, plan_tasks, stage_folder
from ixigen_data.engine.stage import Stage
from ixigen_data.sources.settings import SourceSettings

PEER = "datatrove"


class Drop(TypedDict):
    """A document that goes, by row, the one that stays for it, and how alike both are said to be."""

    row: int
    keeper: int
    similarity: float


def write_texts(path: Path, texts: list[str]) -> None:
    """Write texts as JSON lines; a text's number is its row."""
    with path.open("wb") as out:
        for row, text in enumerate(texts):
            out.write(orjson.dumps({"id": f"{row:08d}", "text": text}, option=orjson.OPT_APPEND_NEWLINE))


def datatrove(path: str, language: str) -> Work:
    """The peer: its four steps for near-duplicates with its defaults for the language, one after the other."""
    from datatrove.data import Document
    from datatrove.pipeline.dedup import (
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.utils.logging import logger
    from datatrove.utils.word_tokenizers import KiwiTokenizer

    logger.disable("datatrove")
    words = KiwiTokenizer("cong") if language == "ko" else "eng"
    with Path(path).open("rb") as lines:
        documents = [Document(text=orjson.loads(line)["text"], id=str(row)) for row, line in enumerate(lines)]
    folder = tempfile.mkdtemp()
    signatures, buckets, removed = (f"{folder}/{name}" for name in ("signatures", "buckets", "removed"))

    def work() -> JsonValue:
        step = MinhashDedupSignature(signatures, language=words)
        step.run(documents, 0, 1)
        for bucket in range(step.config.num_buckets):
            MinhashDedupBuckets(signatures, buckets).run(None, bucket, step.config.num_buckets)
        MinhashDedupCluster(buckets, removed, save_cluster_id=True).run(None, 0, 1)
        kept = {int(document.id) for document in MinhashDedupFilter(removed).run(documents, 0, 1)}
        return _with_keepers(Path(removed, "000000.clusters"), kept)

    return work


def _with_keepers(clusters: Path, kept: set[int]) -> JsonValue:
    pairs = list(struct.iter_unpack("<2I", clusters.read_bytes())) if clusters.exists() else []
    keeper_of = {cluster: row for row, cluster in pairs if row in kept}
    return [{"row": row, "keeper": keeper_of[cluster], "similarity": 1.0} for row, cluster in pairs if row not in kept]


def ixigen(path: str, language: str, settings: list[dict[str, JsonValue]]) -> Work:
    """Ours: the stages of a build, from raw lines to what goes, with each of several `NearSettings`."""
    folder = tempfile.mkdtemp()
    source = SourceSettings(path=path, id="id", language=language)

    def work() -> JsonValue:
        found = [drops_of(source, NearSettings.model_validate(each), folder) for each in settings]
        return TypeAdapter(list[list[Drop]]).dump_python(found, mode="json")

    return work


def name_of(settings: NearSettings) -> str:
    """Return what results call ours with these settings."""
    return f"{settings.bands}×{settings.rows} {settings.threshold:.2f}"


def run_all(path: Path, language: str, tried: Sequence[NearSettings]) -> dict[str, list[Drop]]:
    """Return what the peer, and ours with each of the settings, drop of a file of texts, by contender."""
    theirs = measure(datatrove, str(path), language).result
    ours = measure(ixigen, str(path), language, [each.model_dump(mode="json") for each in tried]).result
    told = [theirs, *TypeAdapter(list[JsonValue]).validate_python(ours)]
    names = [PEER, *map(name_of, tried)]
    return {name: TypeAdapter(list[Drop]).validate_python(drops) for name, drops in zip(names, told, strict=True)}


def drops_of(source: SourceSettings, settings: NearSettings, work: str) -> list[Drop]:
    """Return what the stages drop of a source, by row of its file: equal texts, and those that are alike."""
    beside = CleanOptions(sidecars=(Signatures(settings, settings.unit_of(source.language)),))
    cleaned = finish(CleanStage("texts", source, [], beside), work)
    corpus = Corpus({"texts": cleaned})
    copies = finish(DedupStage(ExactSettings(), corpus, []), work)
    pairs = finish(PairsStage(settings, corpus, copies, [str(settings)]), work)
    keepers = finish(KeepersStage(settings, corpus, pairs, [str(settings)]), work)
    places = corpus.places()
    first = np.cumsum([0, *(place.documents for place in places)])
    found = np.concatenate([read_drops(stage, chunk) for stage in (copies, keepers) for chunk in range(len(places))])
    rows, keeper_rows = (first[found[f"{of}chunk"]] + found[f"{of}row"] for of in ("", "keeper_"))
    told = zip(rows.tolist(), keeper_rows.tolist(), found["similarity"].tolist(), strict=True)
    return [{"row": row, "keeper": keeper, "similarity": similarity} for row, keeper, similarity in told]


def finish(stage: Stage, work: str) -> str:
    """Run a stage to its end in this process and return its folder."""
    folder = stage_folder(work, stage.name, stage.fingerprint)
    tasks = plan_tasks(stage, folder)
    for task in tasks:
        complete_task(stage, task.index, folder)
    gather_outcomes(folder, tasks)
    return folder
