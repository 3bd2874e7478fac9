"""What differs between two datasets: their data, their tokens by part, their recipes, their documents."""

from pydantic import BaseModel, ConfigDict

from ixigen_data.report.lineage_diff import DocumentDiff
from ixigen_data.report.recipe_diff import Change, RecipeDiff, diff_recipes
from ixigen_data.shards.manifest import Manifest, PartRecord


class PartAmounts(BaseModel):
    """What a dataset holds of a part."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens: int
    windows: int
    documents: int
    epochs: float

    @classmethod
    def of(cls, part: PartRecord) -> "PartAmounts":
        """Return the amounts in a manifest's record."""
        return cls(tokens=part.tokens, windows=part.windows, documents=part.documents, epochs=part.epochs)


class PartChange(BaseModel):
    """A part of either dataset; None where a side does not have it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    before: PartAmounts | None
    after: PartAmounts | None


class DatasetDiff(BaseModel):
    """What differs between two datasets; `parts` holds all parts of both."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    same_data: bool  # the digests agree
    parts: tuple[PartChange, ...]
    facts: tuple[Change, ...]  # of the manifests: totals, tokenizer, what sources hold
    recipe: RecipeDiff
    documents: tuple[DocumentDiff, ...] = ()


def diff_manifests(before: Manifest, after: Manifest) -> DatasetDiff:
    """Return what two manifests say differently; documents are another matter, `lineage_diff`."""
    sides = [{part.path: PartAmounts.of(part) for part in manifest.parts} for manifest in (before, after)]
    return DatasetDiff(
        same_data=before.digest_of() == after.digest_of(),
        parts=tuple(
            PartChange(path=path, before=sides[0].get(path), after=sides[1].get(path))
            for path in dict.fromkeys([*sides[0], *sides[1]])
        ),
        facts=tuple(_facts(before, after)),
        recipe=diff_recipes(before.recipe, after.recipe),
    )


def _facts(before: Manifest, after: Manifest) -> list[Change]:
    sides = [_told(manifest) for manifest in (before, after)]
    return [
        Change(path=path, before=sides[0].get(path), after=sides[1].get(path))
        for path in dict.fromkeys([*sides[0], *sides[1]])
        if sides[0].get(path) != sides[1].get(path)
    ]


def _told(manifest: Manifest) -> dict[str, str | int]:
    """Return what a manifest says beside its recipe, by a path for readers."""
    facts: dict[str, str | int] = {
        "digest": manifest.digest or "",
        "total_tokens": manifest.total_tokens,
        "total_windows": manifest.total_windows,
        "shards": len(manifest.shards),
        "settlement_windows": len(manifest.settlement_windows),
        "tokenizer.fingerprint": manifest.tokenizer.fingerprint,
    }
    for name, source in manifest.sources.items():
        facts |= {f"sources.{name}.files": source.files, f"sources.{name}.bytes": source.bytes}
        facts[f"sources.{name}.content_digest"] = source.content_digest
        stages = manifest.documents.get(name, {})
        facts |= {f"sources.{name}.{stage}.documents": account.documents_out for stage, account in stages.items()}
    return facts | {f"eval.{path}.tokens": entry.tokens for path, entry in manifest.eval.items()}
