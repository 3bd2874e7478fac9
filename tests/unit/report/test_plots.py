from xml.etree import ElementTree as ET

import pytest

from ixigen_data.report.charts import length_place, length_range, length_ticks, position_chart
from ixigen_data.report.plots import Band, Column, Layer, band, columns, stack
from ixigen_data.report.texts import text_rows
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import Statistics


def paths(svg: str) -> list[str]:
    return [element.attrib["d"] for element in ET.fromstring(svg).iter() if element.tag.endswith("path")]


def test_layers_stand_one_upon_the_other() -> None:
    svg = stack([Layer("a<b", "k0", [0.25, 0.5]), Layer("c", "k1", [0.75, 0.5])], [0, 10, 30], "x")
    assert paths(svg) == ["M0 0V0H10V0H30V50H10V25H0Z", "M0 25V25H10V50H30V100H10V100H0Z"]
    assert 'viewBox="0 0 30 100"' in svg
    assert "a&lt;b" in svg


def test_a_band_lies_between_its_curves_and_shows_its_bound() -> None:
    svg = band(Band([-0.5, 0], [0, 1], 0.5), [100, 110, 120], "k0", "x")
    assert paths(svg) == ["M100 50V50H110V0H120V50H110V75H100Z"]
    lines = [element.attrib for element in ET.fromstring(svg).iter() if element.tag.endswith("line")]
    assert [(line["class"], line["y1"]) for line in lines] == [("zero", "50"), ("bound", "25"), ("bound", "75")]
    assert 'viewBox="100 0 20 100"' in svg


def test_a_column_that_is_not_empty_is_never_invisible() -> None:
    svg = columns([Column(1, "a"), Column(0, "b"), Column(1e-9, "c")], "k0", "x")
    assert paths(svg) == ["M0.06 100V0H0.94V100Z", "M2.06 100V98.5H2.94V100Z"]


def test_shares_by_position_sum_to_one(manifest: Manifest, statistics: Statistics) -> None:
    assert statistics.trace is not None
    parts = [node for node in statistics.trace.nodes if node.path != "replay"]
    svg = position_chart(parts, statistics.trace.borders, {node.path: "k0" for node in parts})
    assert paths(svg)[0].startswith("M0 0V0H950V0H1900V46.21H950V46.21H0Z")
    assert paths(svg)[-1].endswith("V100H950V100H0Z")


def test_the_axis_of_lengths(manifest: Manifest, statistics: Statistics) -> None:
    edges = length_range(text_rows(manifest, statistics))
    assert (edges[0], edges[-1], len(edges)) == (512, 16_384, 11)
    assert length_ticks(edges) == [("512", 0), ("2,048", 4 / 11), ("8,192", 8 / 11)]
    assert length_place(edges, 2_048) == 4 / 11
    place = length_place(edges, 609)
    assert place == pytest.approx(0.5 / 11, abs=0.001)
    assert (length_place(edges, 511), length_place(edges, 23_171), length_place([], 5)) == (None, None, None)
    assert (length_range([]), length_ticks([])) == ([], [])
