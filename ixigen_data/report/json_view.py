"""The report for machines: the figures of the tables as one JSON value."""

from collections.abc import Mapping

from pydantic import JsonValue

from ixigen_data.report.alike import copies_by_reason
from ixigen_data.report.exactness import error_rows
from ixigen_data.report.figures import MixtureRow, license_of, mixture_rows, settlement_rows, shard_figures, total_error
from ixigen_data.report.funnel import Funnel, account, exact_copies, funnels, looks_for_personal_data
from ixigen_data.report.license_terms import demands, terms_of
from ixigen_data.report.matrix import edit_rows, reason_rows
from ixigen_data.report.texts import TextRow, text_rows
from ixigen_data.shards.manifest import Manifest, SourceRecord
from ixigen_data.shards.statistics import Statistics


def report_json(manifest: Manifest, statistics: Statistics | None = None) -> JsonValue:
    """Return what the report shows; shards and lineage are summed up, the recipe is left to the manifest.

    Samples are left to the file of statistics; without statistics, what needs them is null.
    """
    licenses = {name: license_of(manifest, name) for name in manifest.sources}
    return {
        "name": manifest.name,
        "digest": manifest.digest or manifest.digest_of(),
        "seed": manifest.seed,
        "seq_len": manifest.seq_len,
        "total_tokens": manifest.total_tokens,
        "total_windows": manifest.total_windows,
        "error_tokens": total_error(manifest),
        "mixture": [_node(row) for row in mixture_rows(manifest)],
        "settlement_windows": [
            {
                "window": row.window,
                "owner": row.owner,
                "pieces": [{"part": path, "tokens": tokens} for path, tokens in row.pieces],
            }
            for row in settlement_rows(manifest)
        ],
        "holdout": {
            path: {"windows": entry.windows, "tokens": entry.tokens, "documents": entry.documents}
            for path, entry in manifest.eval.items()
        },
        "documents": _documents(manifest),
        "edits": None if statistics is None else {row.name: dict(row.by_source) for row in edit_rows(statistics)},
        "drops": {row.name: dict(row.by_source) for row in reason_rows(manifest)},
        "texts": None if statistics is None else {row.source: _text(row) for row in text_rows(manifest, statistics)},
        "prefix_errors": _errors(statistics),
        **_dedup(manifest, statistics),
        "personal_data": dict(manifest.pii) if looks_for_personal_data(manifest) or manifest.pii else None,
        "personal_data_by_source": None if statistics is None else _by_source(statistics.personal_data),
        "sources": {name: _source(source, licenses[name]) for name, source in manifest.sources.items()},
        "license_demands": {demand.what: list(demand.sources) for demand in demands(licenses)},
        "shards": _shards(manifest),
        "tokenizer": manifest.tokenizer.model_dump(mode="json"),
        "fingerprints": dict(manifest.fingerprints),
    }


def _by_source(counts: Mapping[str, Mapping[str, int]]) -> JsonValue:
    return {source: dict(found) for source, found in counts.items()}


def _dedup(manifest: Manifest, statistics: Statistics | None) -> dict[str, JsonValue]:
    return {
        "exact_copies": exact_copies(manifest),
        "copies": _by_source(copies_by_reason(manifest)),
        "near_duplicates": dict(manifest.near_duplicates) or None,
        "near_duplicate_clusters": _clusters(statistics),
        "indexes": [index.model_dump(mode="json") for index in manifest.indexes or ()],
        "contamination": _contamination(manifest, statistics),
        "frequent_lines": _lines(statistics),
    }


def _clusters(statistics: Statistics | None) -> JsonValue:
    """Return the clusters without their texts."""
    near = statistics.near if statistics else None
    return None if near is None else near.model_dump(mode="json", exclude={"largest"})


def _contamination(manifest: Manifest, statistics: Statistics | None) -> JsonValue:
    if manifest.contamination is None:
        return None
    met = statistics.contamination if statistics else None
    return {
        "suites": {suite: found.model_dump(mode="json") for suite, found in manifest.contamination.items()},
        "by_source": None if met is None else _by_source(met.by_source),
        "items": None if met is None else [item.model_dump(mode="json") for item in met.items],
    }


def _lines(statistics: Statistics | None) -> JsonValue:
    lines = statistics.lines if statistics else None
    return None if lines is None else {source: found.model_dump(mode="json") for source, found in lines.items()}


def _node(row: MixtureRow) -> JsonValue:
    node: dict[str, JsonValue] = {
        "path": row.path,
        "weight": row.weight,
        "share": row.share,
        "target_tokens": row.target_tokens,
        "tokens": row.tokens,
        "error_tokens": row.error,
        "windows": row.windows,
        "unused_tokens": row.unused_tokens,
    }
    if row.part is not None:
        node |= row.part.model_dump(
            mode="json",
            include={
                "sources",
                "unique_tokens",
                "repeated_tokens",
                "supply_tokens",
                "documents",
                "epochs",
                "max_epochs",
            },
        )
    return node


def _source(source: SourceRecord, named: str | None) -> JsonValue:
    return {
        "language": source.language,
        "license": named,
        "license_terms": {question: answer.value for question, answer in vars(terms_of(named)).items()},
        "files": source.files,
        "bytes": source.bytes,
    }


def _text(row: TextRow) -> JsonValue:
    return {
        "documents": row.documents,
        "text_bytes": row.text_bytes,
        "words": row.words,
        "tokens": row.tokens,
        "tokens_per_word": row.tokens_per_word,
        "bytes_per_token": row.bytes_per_token,
        "mean_tokens": row.mean,
        "median_tokens": row.median,
        "lengths": {str(edge): documents for edge, documents in row.lengths.items()},
    }


def _errors(statistics: Statistics | None) -> JsonValue:
    if statistics is None or statistics.trace is None:
        return None
    return {row.path: {"largest": row.largest, "bound": row.bound} for row in error_rows(statistics)}


def _documents(manifest: Manifest) -> JsonValue:
    whole = account(manifest)
    return {
        "read": whole.read,
        "dropped": whole.lost,
        "kept": whole.kept,
        "used": whole.trained,
        "held_out": whole.held_out,
        "not_used": whole.unused,
        "closes": whole.closes,
        "sources": {funnel.source: _funnel(funnel) for funnel in funnels(manifest)},
    }


def _funnel(funnel: Funnel) -> JsonValue:
    return [
        {
            "stage": step.stage,
            "in": step.documents_in,
            "out": step.documents_out,
            "dropped": {loss.reason: loss.documents for loss in step.losses},
        }
        for step in funnel.steps
    ]


def _shards(manifest: Manifest) -> JsonValue:
    figures = shard_figures(manifest)
    return {
        "shards": figures.shards,
        "bytes": figures.size_bytes,
        "stored_bytes": figures.stored_bytes,
        "hashes": list(figures.hashes),
    }
