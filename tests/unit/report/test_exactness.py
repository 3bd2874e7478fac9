from ixigen_data.report.exactness import error_rows, leaves, stages, worst
from ixigen_data.shards.manifest import Manifest, ScheduleRecord, StretchRecord
from ixigen_data.shards.statistics import Statistics


def test_every_node_at_its_worst(statistics: Statistics) -> None:
    rows = error_rows(statistics)
    assert [(row.path, row.largest, row.at, row.within) for row in rows] == [
        ("finance", 0.5, 0, True),
        ("replay", 0.5, 0, True),
        ("replay/한국어", 0.7, 0, True),
        ("replay/en", 0.625, 0, True),
        ("replay/code", 0.2, 950, True),
    ]
    found = worst(rows)
    assert found is not None
    assert found.path == "finance"  # 0.5 of 0.5
    assert (worst([]), error_rows(None)) == (None, [])


def test_an_only_child_has_no_error_to_show(statistics: Statistics) -> None:
    assert statistics.trace is not None
    trace = statistics.trace.model_copy(update={"nodes": statistics.trace.nodes[:3]})
    rows = error_rows(statistics.model_copy(update={"trace": trace}))
    assert [row.path for row in rows] == ["finance", "replay"]


def test_a_node_that_takes_turns_in_whole_stretches_has_no_slack(statistics: Statistics) -> None:
    assert statistics.trace is not None
    alone = statistics.trace.nodes[0].model_copy(update={"bound": 0.0, "lowest": (0.0, 0.0), "highest": (0.0, 0.0)})
    trace = statistics.trace.model_copy(update={"nodes": (alone, *statistics.trace.nodes[1:])})
    row = error_rows(statistics.model_copy(update={"trace": trace}))[0]
    assert (row.path, row.largest, row.strain, row.within) == ("finance", 0, 0, True)


def test_a_node_beyond_its_bound(statistics: Statistics) -> None:
    assert statistics.trace is not None
    off = statistics.trace.nodes[0].model_copy(update={"lowest": (-0.4, -0.51)})
    trace = statistics.trace.model_copy(update={"nodes": (off, statistics.trace.nodes[1])})
    row, _ = error_rows(statistics.model_copy(update={"trace": trace}))
    assert (row.within, row.largest, row.at) == (False, 0.51, 950)


def test_parts_in_their_order(manifest: Manifest, statistics: Statistics) -> None:
    assert [node.path for node in leaves(manifest, statistics)] == [part.path for part in manifest.parts]
    assert leaves(manifest, statistics.model_copy(update={"trace": None})) == []


def test_stages_are_placed_on_the_whole(manifest: Manifest) -> None:
    named = (StretchRecord(name="broad", start=0, stop=1_425), StretchRecord(name="last", start=1_425, stop=1_900))
    schedule = ScheduleRecord(stages=named, borders=(0, 1_425, 1_900), ratios={})
    assert stages(manifest.model_copy(update={"schedule": schedule})) == [("broad", 0, 0.75), ("last", 0.75, 0.25)]
    assert stages(manifest) == []
