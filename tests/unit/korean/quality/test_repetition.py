"""What repeats itself goes; the kernel measures what plain Python does, in linear time."""

import random
import time

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ixigen_data.core.documents import text_buffers
from ixigen_data.korean.quality.repetition import KoreanRepetition, repeated_of
from ixigen_data.korean.quality.repetition_kernel import (
    DUP_5_GRAMS,
    DUP_LINES,
    INK,
    LINES,
    NUM_REPEATED,
    TOP_2_GRAM,
    TOP_LINE,
    TOP_WINDOW,
    measure,
)
from tests.unit.korean.quality.test_quality import GOOD

_UNITS = ["가", "나가 ", "다 ", " ", "\t", "\n", "\n\n", "- ", "a1", "é樂", "가나다라마바사아자차", "👨"]
TEXTS = st.lists(st.sampled_from(_UNITS), max_size=40).map("".join)
WORDS = [f"{head}{tail}" for head in "가나다라마바사아자차카타파하" for tail in "강물산들숲길집문"]


def measured(texts: list[str], piece_bytes: int = 1 << 20, least_window: float = 0) -> np.ndarray:
    data, offsets = text_buffers(pa.array(texts, pa.large_string()))
    repeated = np.zeros((len(texts), NUM_REPEATED), np.int64)
    measure(data, offsets, piece_bytes, 0, least_window, repeated)
    return repeated


def words(count: int, seed: int = 1) -> str:
    choose = random.Random(seed)
    return " ".join(f"{choose.choice(WORDS)}{choose.choice(WORDS)}" for _ in range(count))


@settings(deadline=None)  # kernels compile in the first example
@given(st.lists(TEXTS, max_size=4), st.sampled_from([12, 40, 1 << 20]), st.sampled_from([0, 0.3]))
def test_the_kernel_measures_as_plain_python(texts: list[str], piece_bytes: int, least_window: float) -> None:
    told = [repeated_of(text, piece_bytes, least_window).tolist() for text in texts]
    assert measured(texts, piece_bytes, least_window).tolist() == told


def test_what_is_counted() -> None:
    (row,) = measured(["가 나 다\n가  나\t다\n라\n\n가 나 다\n"])
    assert (row[INK], row[LINES], row[DUP_LINES], row[TOP_LINE]) == (10, 4, 2, 3)
    assert row[TOP_2_GRAM : TOP_2_GRAM + 3].tolist() == [6, 9, 0]
    (row,) = measured([" ".join([*"가나다라마", "바", *"가나다라마"])])
    assert row[DUP_5_GRAMS : DUP_5_GRAMS + 2].tolist() == [5, 0]
    (row,) = measured(["가 나 다 라 마 " * 4])
    assert row[DUP_5_GRAMS] == 15  # overlaps count once
    (row,) = measured(["가나다라마바사아자차" * 3])
    assert row[TOP_WINDOW] == 30


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GOOD, None),
        (words(300), None),
        (f"{GOOD}\n" + "구독과 좋아요\n" * 6, "korean_dup_lines"),
        (f"{GOOD}\n{words(100)}\n" + f"{words(30, 2)}\n" * 4, "korean_dup_line_chars"),
        (f"{GOOD}\n\n{GOOD}\n\n" + "\n".join(words(2, seed) for seed in range(20)), "korean_dup_line_chars"),
        (
            f"{words(200)}\n" * 1 + f"{words(15, 2)}\n" * 4 + "\n".join(words(1, n) for n in range(9)),
            "korean_top_line_chars",
        ),
        ("가나 다라 " * 30 + words(60), "korean_top_2_gram"),
        (f"{words(60)} {words(60)} {words(60)}", "korean_dup_5_grams"),
        ("무료상담환영합니다지금" * 50, "korean_top_window"),
    ],
)
def test_reasons(text: str, reason: str | None) -> None:
    rule = KoreanRepetition()
    assert rule.reason(text) == reason
    assert rule.reason_all(pa.array(["", text, GOOD], pa.large_string())).get(1) == reason


def test_paragraphs() -> None:
    rule = KoreanRepetition(max_dup_lines=None, max_dup_line_chars=None)
    assert rule.reason(f"{GOOD}\n\n{GOOD}\n\n") == "korean_dup_paragraph_chars"
    assert rule.reason(f"{GOOD}\n{GOOD}\n") == "korean_dup_6_grams"  # half of a text and no more repeats 5


def test_settings() -> None:
    text = f"{words(60)} {words(60)} {words(60)}"
    assert KoreanRepetition(dup_n_grams=((10, 0.3),)).reason(text) == "korean_dup_10_grams"
    off = KoreanRepetition(dup_n_grams=(), top_n_grams=(), max_top_window=None)
    assert off.reason(text) is None
    assert off.reason_all(pa.array([text], pa.large_string())) == {}
    assert KoreanRepetition().reason("가나 " * 20) is None  # too short to judge
    assert KoreanRepetition(judged_from=20).reason("가나 " * 20) == "korean_top_2_gram"
    with pytest.raises(ValidationError, match="11 is no length that is measured here; use 5 to 10"):
        KoreanRepetition(dup_n_grams=((11, 0.3),))

    with pytest.raises(ValidationError, match="5 is no length that is measured here; use 2 to 4"):
        KoreanRepetition(top_n_grams=((5, 0.3),))


@settings(deadline=None)  # kernels compile in the first example
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_a_document_is_judged_alike_alone_and_in_a_batch(texts: list[str]) -> None:
    rule = KoreanRepetition(judged_from=4, judged_lines=1)
    together = rule.reason_all(pa.array(texts, pa.large_string()))
    assert [together.get(row) for row in range(len(texts))] == [rule.reason(text) for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        "가" * (22 << 20),  # one line of 66 MB
        " ".join(map(str, range(1_000_000))),  # as many eojeols, all different
        "가 " * (4 << 20),
        "\n" * (32 << 20),
        "\n".join(map(str, range(1_000_000))),
    ],
)
def test_hostile_text_takes_linear_time_and_bounded_memory(text: str) -> None:
    KoreanRepetition().reason_all(pa.array(["가"], pa.large_string()))
    start = time.process_time()
    KoreanRepetition().reason_all(pa.array([text], pa.large_string()))
    assert time.process_time() - start < 10
