from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from ixigen_data.report.table import dedup_tables, funnel_table, mixture_table, summary_lines, text_table
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import Statistics

MIXTURE = """
mixture  weight    share   planned   written error epochs windows     unused
────────────────────────────────────────────────────────────────────────────
all             100.00 % 3,891,200 3,891,200     0          1,900 16,799,831
finance    24.5  46.23 % 1,798,762 1,798,762     0   1.99     878          0
replay     28.5  53.77 % 2,092,438 2,092,438     0          1,020 16,799,831
  한국어     20  37.74 % 1,468,377 1,468,377     0   0.10     716 12,708,675
  en        5.5  10.38 %   403,804   403,804     0   0.29     197    992,506
  code        3   5.66 %   220,257   220,257     0   0.07     107  3,098,650
"""
FUNNEL = """
documents    read  dropped    kept  why
────────────────────────────────────────────────────────────────────────────────
portone       548        7     541  length short 5, exact duplicate 2
speeches    8,771       16   8,755  length short 12, exact duplicate 3, empty 1
django        643        4     639  length short 4
stdlib        868       21     847  length short 9, empty 7, quarantined 3,
                                    exact duplicate 2
all        10,830       48  10,782
"""
SUMMARY = [
    "finance-demo: 3,891,200 tokens in 1,900 windows of 2,048, 2 shards, 15.3 MiB",
    "mixture exact: 0 tokens of error at every node; 4 parts, 2 settlement windows",
    "documents: 10,830 read, 48 dropped (length short 30, empty 8, exact duplicate 7, quarantined 3)",
    "of 10,782 kept: 1,681 in windows, 9,062 not used, 39 held out",
]


def printed(table: RenderableType, width: int) -> str:
    stream = StringIO()
    Console(file=stream, width=width, highlight=False).print(table)
    return "\n" + "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def widen(manifest: Manifest, factor: int) -> Manifest:
    """Return the manifest with `factor` times the tokens."""
    counts = ("target_tokens", "tokens", "windows")
    parts = [part.model_copy(update={name: getattr(part, name) * factor for name in counts}) for part in manifest.parts]
    update = {"parts": tuple(parts), "nodes": (), "total_tokens": manifest.total_tokens * factor}
    return manifest.model_copy(update=update)


def test_the_mixture_on_80_columns(manifest: Manifest) -> None:
    assert printed(mixture_table(manifest), 80) == MIXTURE


def test_the_funnel_on_80_columns(manifest: Manifest) -> None:
    assert printed(funnel_table(manifest), 80) == FUNNEL


@pytest.mark.parametrize(
    ("width", "last"),
    [(100, "unused"), (76, "unused"), (75, "windows"), (60, "epochs"), (56, "error"), (50, "error")],
)
def test_columns_leave_in_their_order(manifest: Manifest, width: int, last: str) -> None:
    assert mixture_table(manifest, width).columns[-1].header == last


def test_ten_billion_tokens_are_not_cut_on_80_columns(manifest: Manifest) -> None:
    text = printed(mixture_table(widen(manifest, 10_000)), 80)
    assert text.count("38,912,000,000") == 2
    assert "…" not in text
    assert all(cell_len(line) <= 80 for line in text.splitlines())


def test_a_part_that_is_off_is_said(manifest: Manifest) -> None:
    first = manifest.parts[0].model_copy(update={"tokens": manifest.parts[0].tokens - 5})
    off = manifest.model_copy(update={"parts": (first, *manifest.parts[1:])})
    assert "-5" in printed(mixture_table(off), 80)
    assert summary_lines(off)[1].startswith("mixture NOT as planned: up to 5 tokens off")


def test_names_are_not_taken_for_markup(hostile: Manifest) -> None:
    assert "[red]" in printed(funnel_table(hostile), 120)
    assert "<script>" in printed(mixture_table(hostile, 120), 120)


def test_the_summary(manifest: Manifest) -> None:
    assert summary_lines(manifest) == [*SUMMARY, f"digest {manifest.digest}"]


def test_documents_that_do_not_add_up_are_said(manifest: Manifest) -> None:
    lines = summary_lines(manifest.model_copy(update={"unused_documents": {}}))
    assert lines[4].startswith("documents DO NOT ADD UP")


TEXTS = """
texts      documents       tokens   half below   tokens/word   bytes/token
──────────────────────────────────────────────────────────────────────────
portone          541      919,795          609          3.00          3.00
speeches       8,755   14,193,436          609          3.00          3.00
django           639    1,412,694          609          3.00          3.00
stdlib           847    3,335,291          609          3.00          3.00
"""


def test_the_texts_by_source(manifest: Manifest, statistics: Statistics) -> None:
    assert printed(text_table(manifest, statistics), 80) == TEXTS


def test_the_summary_says_how_exact_the_way_is(manifest: Manifest, statistics: Statistics) -> None:
    line = summary_lines(manifest, statistics)[2]
    assert line == "on the way: no node more than 0.70 windows from its share of those above it"


def test_tables_of_deduplication(deduplicated: tuple[Manifest, Statistics], manifest: Manifest) -> None:
    assert dedup_tables(manifest, None) == []
    stream = StringIO()
    for table in dedup_tables(*deduplicated):
        Console(width=80, file=stream).print(table)
    rows = [line.split() for line in stream.getvalue().splitlines()]
    assert ["8", "to", "15", "documents", "1", "12"] in rows
    assert ["portone", "14", "831", "412", "20.5", "KiB"] in rows
    assert ["kmmlu", "3", "5", "–"] in rows
