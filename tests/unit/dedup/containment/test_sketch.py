"""Samples agree with plain Python, and do not depend on how a text is written or cut into batches."""

import unicodedata
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as testing
from hypothesis import strategies as st

from ixigen_data.core.seeds import seed_for
from ixigen_data.dedup.containment.sketch import (
    ASKED,
    RATE,
    SAMPLE,
    SAMPLED,
    Sketches,
    asks,
    between,
    read_sketch,
    sample,
)
from ixigen_data.dedup.settings import NearSettings, Unit
from tests.unit.dedup.near.test_signatures import hash_of, shingles_of

DEFAULT = NearSettings(containment=0.9)
UNITS: tuple[Unit, ...] = ("characters", "words", "tokens")
TEXTS = st.lists(
    st.text(st.sampled_from("가나다라마바사아자차 .,aB한\u1112\u1161\u11ab_=1\n"), max_size=300), max_size=6
)


def samples_of(text: str, unit: Unit) -> set[int]:
    """The plain form of `sample`."""
    seed = seed_for(0, "shingles", unit, DEFAULT.size_of(unit))
    hashes = {hash_of(shingle, seed) for shingle in shingles_of(text, DEFAULT, unit)}
    return {hashed for hashed in hashes if hashed < 2**64 // RATE}


def sketch(texts: list[str], unit: Unit = "characters") -> list[tuple[int, int]]:
    records = sample(pa.array(texts, pa.large_string()), DEFAULT.size_of(unit), unit)
    assert (np.diff(records["row"].astype(np.int64)) >= 0).all()
    return records.tolist()


@pytest.mark.parametrize("unit", UNITS)
@testing(deadline=None)  # kernels compile in the first example
@given(texts=TEXTS)
def test_samples_agree_with_the_plain_form(unit: Unit, texts: list[str]) -> None:
    assert set(sketch(texts, unit)) == {
        (hashed, row) for row, text in enumerate(texts) for hashed in samples_of(text, unit)
    }


def test_a_long_text_is_sampled_across_blocks() -> None:
    text = "".join(chr(0xAC00 + number * 7919 % 11172) for number in range(20_000))
    found = {hashed for hashed, _ in sketch([text])}
    assert found == samples_of(text, "characters")
    assert len(found) == pytest.approx(11_172 / RATE, rel=0.1)


def test_neither_spaces_nor_case_nor_form_change_a_sample() -> None:
    text = "The 나라의 말이 중국과 달라 문자와 서로 통하지 아니하므로. " * 1 + "".join(
        map(chr, range(0xAC00, 0xAC00 + 400))
    )
    wanted = {hashed for hashed, _ in sketch([text])}
    assert wanted
    for other in (text.upper(), text.replace(" ", ""), unicodedata.normalize("NFD", text)):
        assert set(sketch([text, other])) == {(hashed, row) for hashed in wanted for row in (0, 1)}


def test_a_text_of_repeats_has_few_samples() -> None:
    """Else one document of 64 MB whose one shingle is sampled would take a gigabyte."""
    texts = [chr(0xAC00 + number) * 5_000 for number in range(64)]
    found = sketch(texts)
    assert 0 < len(found) <= 64


def test_a_sketch_is_sorted_and_distinct(tmp_path: Path) -> None:
    texts = ["".join(chr(0xAC00 + (number * step) % 3000) for number in range(2000)) for step in (7, 11, 7, 13)]
    file = Sketches(DEFAULT, "characters").open()
    for first in range(0, 4, 2):
        file.add(pa.array(texts[first : first + 2], pa.large_string()))
    files = file.write(str(tmp_path), "00000-000")
    records = read_sketch(str(tmp_path), "00000-000")
    assert records.dtype == SAMPLE
    assert files == {"00000-000.sketch.npy": (tmp_path / "00000-000.sketch.npy").stat().st_size}
    assert records.tolist() == sorted(
        {(h, row) for row, text in enumerate(texts) for h in samples_of(text, "characters")}
    )
    half = SAMPLED // 2
    assert [record for record in records.tolist() if record[0] < half] == between(records, 0, half).tolist()
    assert [record for record in records.tolist() if record[0] >= half] == between(records, half, SAMPLED).tolist()


def test_what_a_sketch_is_made_of_is_its_mark() -> None:
    marks = [Sketches(NearSettings(containment=ratio), "characters").mark for ratio in (0.8, 0.9)]
    assert marks[0] == marks[1]  # the ratio is for later stages
    assert Sketches(NearSettings(shingle=6), "characters").mark != marks[0]
    assert Sketches(NearSettings(), "words").mark != marks[0]


def test_a_long_document_asks_for_some_of_its_samples() -> None:
    hashes = np.sort(np.random.default_rng(0).integers(0, SAMPLED, 50_000, np.uint64))
    for size, expected in ((100, 50_000), (RATE * ASKED, 50_000), (RATE * 50_000, ASKED)):
        asking = asks(hashes, np.full(len(hashes), size, np.uint32))
        assert asking.sum() == pytest.approx(expected, rel=0.3)
        assert asking[: asking.sum()].all()
