import re
from xml.etree import ElementTree as ET

import pytest
from markupsafe import Markup

from ixigen_data.report.charts import hues, mixture_chart
from ixigen_data.report.figures import mixture_rows
from ixigen_data.report.svg import Cell, Segment, bar, gauge, nested_bar
from ixigen_data.shards.manifest import Manifest


def widths(svg: Markup, css: str) -> list[float]:
    return [float(width) for width in re.findall(rf'<rect class="{css}" x="[\d.]+%" y="\d+" width="([\d.]+)%"', svg)]


def test_a_bar_is_as_long_as_its_figures() -> None:
    svg = bar([Segment(0.75, "kept"), Segment(0.2, "lost", "a<b"), Segment(0, "none")], "x")
    assert (widths(svg, "kept"), widths(svg, "lost"), widths(svg, "none")) == ([75], [20], [])
    assert "<title>a&lt;b</title>" in svg


def test_a_small_loss_is_never_invisible() -> None:
    svg = bar([Segment(1 - 1e-6, "kept"), Segment(1e-6, "lost")], "x")
    assert (widths(svg, "kept"), widths(svg, "lost")) == ([99.6], [0.4])
    assert bar([], "x").count("rect") == 0


def test_a_gauge_has_a_tick_at_each_whole_epoch() -> None:
    svg = gauge(1.5, 2, 4, "k0", "finance")
    assert (widths(svg, "track"), widths(svg, "k0")) == ([50], [37.5])
    assert svg.count("<line") == 3
    assert gauge(1, 100, 100, "k0", "x").count("<line") == 0


def test_labels_are_left_out_where_there_is_no_room() -> None:
    cell = Cell("a name", "50 % · 5,000,000", "50 %", 0, 0.5, 0, 1, 1.0, "k0")
    wide, narrow, tiny = (nested_bar([Cell(**{**vars(cell), "width": width})], "x") for width in (0.5, 0.08, 0.01))
    texts = [re.findall("<text.*?>(.*?)</text>", svg) for svg in (wide, narrow, tiny)]
    assert texts == [["a name", "50 % · 5,000,000"], ["a name", "50 %"], []]


def test_blocks_of_a_level_meet_and_children_stand_below_their_parent(manifest: Manifest) -> None:
    chart = ET.fromstring(mixture_chart(mixture_rows(manifest)))
    cells = [(float(cell.attrib["x"][:-1]), float(cell.attrib["width"][:-1]), cell.attrib["y"]) for cell in chart]
    finance, replay, ko, en, code = cells
    assert finance[1] == replay[0] == ko[0]
    assert [left[0] + left[1] for left in (ko, en, code)] == pytest.approx([en[0], code[0], 100], abs=0.005)
    assert (finance[2], replay[2], ko[2]) == ("0", "0", "56")


def test_what_was_not_written_is_missing_from_the_strip(manifest: Manifest) -> None:
    half = manifest.parts[0].model_copy(update={"tokens": manifest.parts[0].target_tokens // 2})
    rows = mixture_rows(manifest.model_copy(update={"parts": (half, *manifest.parts[1:]), "nodes": ()}))
    assert widths(mixture_chart(rows), "written")[0] == 50


def test_children_of_the_whole_have_colours_of_their_own(manifest: Manifest) -> None:
    assert set(hues(mixture_rows(manifest)).items()) >= {("finance", "k0"), ("replay", "k1"), ("replay/en", "k1")}
