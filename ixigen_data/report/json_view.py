"""The report for machines: the figures of the tables as one JSON value."""

from pydantic import JsonValue

from ixigen_data.report.figures import MixtureRow, license_of, mixture_rows, settlement_rows, shard_figures, total_error
from ixigen_data.report.funnel import Funnel, account, funnels
from ixigen_data.shards.manifest import Manifest


def report_json(manifest: Manifest) -> JsonValue:
    """Return what the report shows; shards and lineage are summed up, the recipe is left to the manifest."""
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
        "sources": {
            name: {
                "language": source.language,
                "license": license_of(manifest, name),
                "files": source.files,
                "bytes": source.bytes,
            }
            for name, source in manifest.sources.items()
        },
        "shards": _shards(manifest),
        "tokenizer": manifest.tokenizer.model_dump(mode="json"),
        "fingerprints": dict(manifest.fingerprints),
    }


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
