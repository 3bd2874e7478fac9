"""Near-duplicates: how many copies datatrove's pipeline and ours find, and how many documents they drop wrongly.

Pools are seeded (near_pools.py, edits.py), and both contenders get the same. A copy is found where it or its original
goes. A document is lost where all texts of its group go: whatever is dropped of texts that share a block, as none is a
copy of another. Natural copies are judged by the exact Jaccard similarity of their 5-character shingles, counted here
apart from our kernels. Ours runs as the stages of a build do, with several settings.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from benchmarks import edits
from benchmarks.harness import write_results
from benchmarks.near_contenders import PEER, Drop, name_of, run_all, write_texts
from benchmarks.near_natural import Natural, Templates, compare_versions, find_templates
from benchmarks.near_pools import CODE, ENGLISH, KOREAN, Corpus, Pool, edited, read_passages, sharing
from ixigen_data.dedup.settings import NearSettings

DEFAULT = NearSettings()
# Both divisions have 112 slots: one signature, cut in more bands of fewer rows.
TRIED = (
    *(NearSettings(bands=16, rows=7, threshold=threshold) for threshold in (0.5, 0.6, 0.65, 0.7, 0.75, 0.8)),
    *(NearSettings(bands=14, rows=8, threshold=threshold) for threshold in (0.6, 0.65)),
)
PASSAGES = {"ko": 125, "en": 200, "code": 200}  # of each corpus and length class, before those alike are left out
MARKS = {"particles 2 %": 0.99, "particles 5 %": 0.97, "particles 10 %": 0.78, "spaces 5 %": 0.99, "spaces 20 %": 0.99}
EDITS: Mapping[str, tuple[tuple[str, edits.Edit, float], ...]] = {
    "ko": (
        ("particles 2 %", edits.change_particles, 0.02),
        ("particles 5 %", edits.change_particles, 0.05),
        ("particles 10 %", edits.change_particles, 0.10),
        ("spaces 5 %", edits.remove_spaces, 0.05),
        ("spaces 20 %", edits.remove_spaces, 0.20),
    ),
    "en": (
        ("words 1 %", edits.replace_words, 0.01),
        ("words 2 %", edits.replace_words, 0.02),
        ("words 5 %", edits.replace_words, 0.05),
    ),
    "code": (
        ("names 2 %", edits.rename_identifiers, 0.02),
        ("names 5 %", edits.rename_identifiers, 0.05),
        ("layout", edits.reformat, 0.5),
    ),
}
BLOCKS = ((0.5, 2), (0.7, 2), (0.5, 10), (0.7, 10))  # ratio of the text; texts that share one
CORPORA_OF: Mapping[str, tuple[Corpus, ...]] = {"ko": KOREAN, "en": ENGLISH, "code": CODE}


@dataclass(frozen=True)
class Score:
    """What a contender made of a pool."""

    contender: str
    recall: float | None  # of pairs of copies; none where the pool has no copies
    recall_by_class: dict[str, float]  # by characters of the passage
    lost: float  # the share of groups of which nothing stays
    dropped: int


@dataclass(frozen=True)
class Result:
    """All contenders on one pool."""

    pool: str
    language: str
    texts: int
    text_bytes: int
    scores: list[Score]

    def score(self, contender: str) -> Score:
        """Return one contender's score."""
        return next(each for each in self.scores if each.contender == contender)


def main(quick: bool) -> bool:
    """Measure, print tables and write the figures; return whether the marks are met. A quick run has small pools."""
    with tempfile.TemporaryDirectory() as folder:
        results = [compare(pool, folder) for pool in pools(quick)]
        show(results)
        versions = compare_versions(folder, (DEFAULT, TRIED[-1]), 4 << 20 if quick else 1 << 30)
        templates = find_templates(folder, DEFAULT, 1 << 20 if quick else 16 << 20)
    show_natural(versions, templates)
    if quick:
        return True
    written = {
        "default": name_of(DEFAULT),
        "pools": TypeAdapter(list[Result]).dump_python(results, mode="json"),
        "versions": TypeAdapter(list[Natural]).dump_python(versions, mode="json"),
        "templates": TypeAdapter(list[Templates]).dump_python(templates, mode="json"),
    }
    print(f"figures: {write_results('near', written)}")
    return all(met(result) for result in results)


def pools(quick: bool) -> Iterator[Pool]:
    """Yield all pools of all languages."""
    for language, corpora in CORPORA_OF.items():
        passages = [read_passages(corpus, 10 if quick else PASSAGES[language]) for corpus in corpora]
        for name, edit, share in EDITS[language]:
            yield edited(passages, name, edit, share)
        for ratio, per_block in BLOCKS:
            yield sharing(passages, f"block {ratio:.0%}, {per_block} texts", ratio, per_block)


def compare(pool: Pool, folder: str) -> Result:
    """Run all contenders on one pool."""
    path = Path(folder, "texts.jsonl")
    write_texts(path, list(pool.texts))
    scores = [score(pool, name, drops) for name, drops in run_all(path, pool.language, TRIED).items()]
    return Result(pool.name, pool.language, len(pool.texts), sum(len(text.encode()) for text in pool.texts), scores)


def score(pool: Pool, contender: str, drops: Sequence[Drop]) -> Score:
    """Return how a contender did, judged by what it drops."""
    group = np.array(pool.group)
    gone = np.zeros(len(group), np.int64)
    gone[[drop["row"] for drop in drops]] = 1
    sizes, gone_of_group = np.bincount(group), np.bincount(group, gone)
    copied = sizes > 1
    label_of_group = dict(zip(pool.group, pool.length_class, strict=True))
    pairs, found = Counter[str](), Counter[str]()
    for number in np.flatnonzero(copied).tolist():
        pairs[label_of_group[number]] += 1
        found[label_of_group[number]] += bool(gone_of_group[number])
    recall = found.total() / pairs.total() if copied.any() else None
    by_class = {label: found[label] / count for label, count in pairs.items()}
    return Score(contender, recall, by_class, float((gone_of_group == sizes).mean()), int(gone.sum()))


def met(result: Result) -> bool:
    """Return whether ours reaches a pool's mark with the default settings, and loses no more than the peer does."""
    ours, theirs = result.score(name_of(DEFAULT)), result.score(PEER)
    recalled = ours.recall is None or ours.recall >= MARKS.get(result.pool, 0.0)
    return recalled and (ours.recall is not None or ours.lost <= theirs.lost)


def show(results: Sequence[Result]) -> None:
    """Print recall, and what is lost, by pool and settings, and recall by length class."""
    columns = [PEER, *map(name_of, TRIED)]
    table = Table(
        "", "texts", "", *columns, "mark", title="Found of copies, and documents lost: bands × rows, threshold"
    )
    by_class = Table("", "contender", *results[0].scores[0].recall_by_class, title="Recall by characters")
    for result in results:
        name, scores = f"{result.language} {result.pool}", result.scores
        if scores[0].recall is not None:
            recalls = [f"{each.recall:.4f}" for each in scores]
            mark = f"{MARKS[result.pool]:g}" if result.pool in MARKS else ""
            table.add_row(name, str(result.texts), "recall", *recalls, mark)
            for each in (result.score(PEER), result.score(name_of(DEFAULT))):
                by_class.add_row(name, each.contender, *(f"{share:.4f}" for share in each.recall_by_class.values()))
        table.add_row(name, str(result.texts), "lost", *(f"{each.lost:.4f}" for each in scores), "")
    console = Console(width=170)
    console.print(table)
    console.print(by_class)


def show_natural(versions: Sequence[Natural], templates: Sequence[Templates]) -> None:
    """Print what became of natural copies."""
    table = Table(
        "", "dropped", "right", "missed", "pairs in it", "precision", "recall", "of a chain", "across chains",
        title="Versions of telecom laws, by exact Jaccard of 5-character shingles",
    )  # fmt: skip
    for each in versions:
        counts = [str(each.dropped), f"{each.right:.4f}", str(each.missed), str(each.pairs)]
        shares = [f"{each.precision:.4f}", f"{each.recall:.4f}", f"{each.of_chain:.4f}", f"{each.across:.4f}"]
        table.add_row(
            f"{each.contender} at {each.threshold:g}" if each.contender == PEER else each.contender, *counts, *shares
        )
    console = Console(width=170)
    console.print(table)
    for found in templates:
        print(f"{found.contender}: {found.dropped:,} of {found.documents:,} reviews go, in {found.clusters:,} clusters")
        for example in found.largest:
            print(f"  {example.size:5d} × {' | '.join(example.texts)}")
