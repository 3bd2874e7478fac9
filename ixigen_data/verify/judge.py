"""What documents that were read again say of a dataset, beside the tokens of their windows."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ixigen_data.shards.manifest import Manifest
from ixigen_data.verify.draw import Reference
from ixigen_data.verify.findings import Problem
from ixigen_data.verify.pieces import Piece, wrong_course
from ixigen_data.verify.reread import Reread


@dataclass(frozen=True)
class Evidence:
    """Documents as their sources have them, and their pieces in the windows of training and hold-outs."""

    records: Mapping[Reference, Sequence[Reread]]  # one for each record of the id that differs
    pieces: Mapping[Reference, Sequence[Piece]]

    def kept(self, reference: Reference) -> list[Reread]:
        """Return the records of a reference that cleaning keeps."""
        return [record for record in self.records[reference] if record.tokens is not None]

    def only_records(self) -> Iterator[tuple[Reread, Sequence[Piece]]]:
        """Yield the kept documents that no other record shares its id with, and their pieces."""
        for reference, records in self.records.items():
            if len(records) == 1 and records[0].tokens is not None:
                yield records[0], self.pieces.get(reference, ())


def wrong_documents(manifest: Manifest, evidence: Evidence) -> list[Problem]:
    """Return what is wrong with documents as a whole: dropped or held out and trained on, cut, lost, or there twice."""
    return [
        *_dropped(evidence),
        *_in_other_parts(manifest, evidence),
        *_courses(manifest, evidence),
        *_held_out(manifest, evidence),
        *_copies(manifest, evidence),
        *_lost(manifest, evidence),
    ]


def _problem(reference: Reference, message: str) -> Problem:
    return Problem(file=reference.file, message=f"document {reference.document!r} of {reference.source}: {message}")


def _dropped(evidence: Evidence) -> Iterator[Problem]:
    for reference, records in evidence.records.items():
        if records and not evidence.kept(reference) and (pieces := evidence.pieces.get(reference)):
            yield _problem(reference, f"cleaning drops it ({records[0].reason}), but it stands in {pieces[0]}")


def _in_other_parts(manifest: Manifest, evidence: Evidence) -> Iterator[Problem]:
    part_of = {source: part.path for part in manifest.parts for source in part.sources}
    for reference, pieces in evidence.pieces.items():
        expected = part_of.get(reference.source)
        if strays := [piece for piece in pieces if piece.part != expected]:
            yield _problem(reference, f"its source feeds {expected}, not {strays[0].part}: {strays[0]}")


def _courses(manifest: Manifest, evidence: Evidence) -> Iterator[Problem]:
    if manifest.each_generation()[0].continues is not None:
        return  # the dataset that it continues holds the other tokens
    for record, pieces in evidence.only_records():
        assert record.tokens is not None, "only_records yields kept documents"
        for place in sorted({piece.place for piece in pieces}):
            mine = [piece for piece in pieces if piece.place == place]
            for message in wrong_course(mine, len(record.tokens)):
                yield Problem(file=record.reference.file, message=message)


def _held_out(manifest: Manifest, evidence: Evidence) -> Iterator[Problem]:
    """Yield the documents on both sides, and those on the wrong side of the last key that is held out."""
    for record, pieces in evidence.only_records():
        trained = [piece for piece in pieces if not piece.place]
        held = [piece for piece in pieces if piece.place]
        if trained and held:
            yield _problem(record.reference, f"is held out ({held[0].place}), but stands in {trained[0]}")
            continue
        for piece in pieces[:1]:
            entry = manifest.eval.get(piece.part)
            last = None if entry is None else entry.last_key
            if last is not None and (record.key <= last) != bool(piece.place):
                side = "beyond" if piece.place else "up to"
                yield _problem(record.reference, f"its key {record.key} is {side} the hold-out's last, {last}: {piece}")


def _copies(manifest: Manifest, evidence: Evidence) -> Iterator[Problem]:
    recipe = manifest.recipe if isinstance(manifest.recipe, dict) else {}
    dedup = recipe.get("dedup")
    if not isinstance(dedup, dict) or dedup.get("exact") is None:
        return
    by_key: dict[str, list[Reference]] = defaultdict(list)
    for record, pieces in evidence.only_records():
        if pieces:
            by_key[record.key].append(record.reference)
    for references in by_key.values():
        for other in references[1:]:
            first = references[0]
            yield _problem(other, f"has the text of {first.document!r} of {first.source}, and both stand in windows")


def _lost(manifest: Manifest, evidence: Evidence) -> Iterator[Problem]:
    """Yield the kept documents that stand nowhere, of sources of which nothing was dropped later or left unused."""
    complete = {source for part in manifest.parts for source in part.sources if _all_used(manifest, part.path, source)}
    for record, pieces in evidence.only_records():
        if record.reference.source in complete and not pieces:
            yield _problem(record.reference, "is kept by cleaning, and nothing says why it is in no window")


def _all_used(manifest: Manifest, part: str, source: str) -> bool:
    stages = manifest.documents.get(source, {})
    later = [account for stage, account in stages.items() if stage not in ("read", "clean")]
    lost = any(account.dropped or account.quarantined for account in later)
    elsewhere = manifest.continues is not None or len(manifest.each_generation()) > 1
    left = manifest.unused_documents.get(part) or part in manifest.eval
    return bool(stages) and not (lost or elsewhere or left)
