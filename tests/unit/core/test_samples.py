from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ixigen_data.core.samples import Sample, Sampler, read_samples, write_samples


def sample(rank: int, source: str = "wiki", reason: str = "", name: str = "") -> Sample:
    return Sample(
        source=source, rule=reason, reason=reason, key=f"{0:016x}{rank:016x}", id=name or f"{rank}", chars=1, text="가"
    )


def chosen(samples: list[Sample], per_group: int) -> list[Sample]:
    sampler = Sampler(per_group)
    for each in samples:
        sampler.add(each)
    return list(sampler.chosen())


@given(st.lists(st.tuples(st.integers(0, 99), st.sampled_from(["", "short", "long"]))), st.integers(0, 4))
def test_the_lowest_of_every_group_however_they_are_split(found: list[tuple[int, str]], per_group: int) -> None:
    samples = [sample(rank, reason=reason, name=f"{number}") for number, (rank, reason) in enumerate(found)]
    kept = chosen(samples, per_group)
    for reason in ("", "short", "long"):
        ranks = sorted({each.rank for each in samples if each.reason == reason})[:per_group]
        assert [each.rank for each in kept if each.reason == reason] == ranks
    middle = len(samples) // 2
    assert chosen([*chosen(samples[:middle], per_group), *chosen(samples[middle:], per_group)], per_group) == kept


def test_of_equal_texts_the_first_is_kept() -> None:
    assert [each.id for each in chosen([sample(7, name="a"), sample(7, name="b"), sample(3)], 2)] == ["3", "a"]


def test_the_low_half_of_the_key_decides() -> None:
    low = Sample(source="wiki", key=f"{9:016x}{1:016x}", id="low", chars=1, text="")
    high = Sample(source="wiki", key=f"{1:016x}{9:016x}", id="high", chars=1, text="")
    assert [each.id for each in chosen([high, low], 1)] == ["low"]


def test_a_file_of_samples(tmp_path: Path) -> None:
    files = write_samples(str(tmp_path), "00007", [sample(1), sample(2)])
    assert files == {"00007.samples.json": (tmp_path / "00007.samples.json").stat().st_size}
    assert read_samples(str(tmp_path), "00007.samples.json") == (sample(1), sample(2))
    assert write_samples(str(tmp_path), "00008", []) == {}
