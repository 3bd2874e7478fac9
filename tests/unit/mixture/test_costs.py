"""What stages take adds up, whatever the machine."""

from dataclasses import replace

import pytest

from ixigen_data.dedup.settings import NearSettings
from ixigen_data.mixture.costs import (
    PARENT_BYTES,
    WORKER_BYTES,
    Demand,
    StageCost,
    measure_pace,
    on_machine,
    scaled,
    stage_costs,
)
from ixigen_data.mixture.estimate import SourceEstimate
from ixigen_data.mixture.plan import MixPlan, Shape, outline
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.mixture.supply import Supply

SOURCE = SourceEstimate(
    source="raw",
    files=40,
    stored_bytes=2 << 30,
    text_bytes=4 << 30,
    packed_bytes=2 << 30,
    documents=1_000_000,
    tokens=1_200_000_000,
    copies=1_000,
    tasks=32,
    longest_task=1 / 32,
    read_seconds=20.0,
    clean_seconds=30.0,
    encode_seconds=80.0,
    sampled=0.01,
)
SETTINGS = MixtureSettings.model_validate(
    {"total_tokens": {"part": "all", "epochs": 1}, "parts": {"all": {"weight": 1, "from": ["raw"]}}}
)


def plan(method: str = "concat") -> MixPlan:
    supply = {"all": Supply(SOURCE.tokens, SOURCE.documents)}
    shape = Shape(2048, 0, "best_fit") if method == "best_fit" else Shape(2048, 0)
    return outline(SETTINGS, shape, supply)


def costs(
    *sources: SourceEstimate, pace: float = 1.0, method: str = "concat", near: NearSettings | None = None
) -> dict[str, StageCost]:
    return {stage.stage: stage for stage in stage_costs(sources, Demand(plan(method), 4, 0, near, pace))}


def test_stages_stand_in_the_order_of_a_build() -> None:
    assert list(costs(SOURCE)) == ["clean", "dedup", "audit", "tokenize", "store", "mix", "shards", "recount"]


def test_near_duplicates_take_time_and_disk() -> None:
    before, after = costs(SOURCE), costs(SOURCE, near=NearSettings())
    assert list(after)[:3] == ["clean", "dedup", "near"]
    added = after["clean"].disk_bytes - before["clean"].disk_bytes
    assert added == (SOURCE.documents + SOURCE.copies) * (112 * 2 + 16 * 12), "signatures and the hashes of bands"
    assert after["clean"].cpu_seconds > before["clean"].cpu_seconds
    assert after["near"].cpu_seconds == pytest.approx(4.3e-6 * SOURCE.documents)


def test_what_the_sample_took_is_taken_over() -> None:
    slower = replace(SOURCE, clean_seconds=130.0, encode_seconds=180.0)
    before, after = costs(SOURCE), costs(slower)
    assert after["clean"].cpu_seconds - before["clean"].cpu_seconds == pytest.approx(100)
    assert after["tokenize"].cpu_seconds - before["tokenize"].cpu_seconds == pytest.approx(100)
    assert after["shards"] == before["shards"]


def test_a_slower_machine_takes_longer() -> None:
    before, after = costs(SOURCE), costs(SOURCE, pace=2.0)
    for stage in ("dedup", "audit", "store", "mix", "shards", "recount"):
        assert after[stage].cpu_seconds == pytest.approx(2 * before[stage].cpu_seconds)
    assert 0.2 < measure_pace() < 20


def test_fitting_takes_time() -> None:
    assert costs(SOURCE, method="best_fit")["mix"].cpu_seconds > costs(SOURCE)["mix"].cpu_seconds + 0.2


def test_disk_by_stage() -> None:
    found = costs(SOURCE)
    assert found["clean"].disk_bytes == pytest.approx(SOURCE.packed_bytes, rel=0.05)
    assert found["tokenize"].disk_bytes == found["store"].disk_bytes == pytest.approx(4 * SOURCE.tokens, rel=0.05)
    assert found["shards"].disk_bytes == pytest.approx(4.13 * SOURCE.tokens, rel=0.02)


def test_workers_share_what_is_shared_out() -> None:
    stage = StageCost("clean", cpu_seconds=100.0, disk_bytes=0, tasks=10, longest_seconds=20.0)
    assert [stage.wall_seconds(workers) for workers in (1, 2, 4, 8, 96)] == [100, 50, 25, 20, 20]
    assert replace(stage, tasks=1, longest_seconds=100.0).wall_seconds(96) == 100


def test_more_processors_are_never_slower() -> None:
    stages = tuple(costs(SOURCE).values())
    times = [on_machine(stages, cores).wall_seconds for cores in (1, 2, 16, 96)]
    assert times == sorted(times, reverse=True)
    assert times[0] / times[2] > 8
    machine = on_machine(stages, 16)
    assert machine.memory_bytes == PARENT_BYTES + 16 * WORKER_BYTES
    written = sum(stage.disk_bytes for stage in stages)
    assert machine.write_bytes_second * machine.wall_seconds == pytest.approx(written, rel=0.001)


def test_a_larger_corpus_has_more_tasks_and_the_mixture_stays_one() -> None:
    before, after = costs(SOURCE), {stage.stage: stage for stage in scaled(tuple(costs(SOURCE).values()), 100)}
    assert after["clean"].tasks == 100 * before["clean"].tasks
    assert after["clean"].longest_seconds == before["clean"].longest_seconds
    assert after["mix"].tasks == 1
    assert after["mix"].wall_seconds(96) == pytest.approx(100 * before["mix"].cpu_seconds)
    assert after["shards"].disk_bytes == 100 * before["shards"].disk_bytes
