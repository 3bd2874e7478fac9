"""The scan agrees with plain Python, for every code point and for texts."""

import random
import unicodedata

import numpy as np
import pyarrow as pa

from ixigen_data.clean import codepoints as cp
from ixigen_data.clean.profile import profile
from ixigen_data.clean.scan_kernel import (
    CONTROL,
    INK,
    INVISIBLE,
    LINE_END,
    NFC_MAYBE,
    SPACE,
    TABLE_SIZE,
    WHITESPACE,
    has_odd,
)

EVERY_POINT = [point for point in range(0x110000) if not 0xD800 <= point < 0xE000]


_BITS = {
    point: bit
    for characters, bit in (
        (" \t\n", 0),
        (cp.CONTROLS, CONTROL),
        (cp.LINE_ENDS, LINE_END),
        (cp.INVISIBLES + cp.JOINER, INVISIBLE),
        (cp.SPACES + cp.FILLERS, SPACE),
    )
    for point in cp.members(characters)
}
_NFC_MAYBE = cp.nfc_maybe(range(TABLE_SIZE))


def classes_of(text: str) -> int:
    """The plain-Python twin of `scan`'s classes."""
    found = 0
    for point in map(ord, text):
        found |= _BITS.get(point, INK) | (NFC_MAYBE if point in _NFC_MAYBE else 0)
    white = "\t" in text or any(run in text for run in ("  ", " \n", "\n ", "\n\n\n"))
    return found | (WHITESPACE if white or text != text.strip(" \n") else 0)


def test_every_code_point_by_itself() -> None:
    texts = pa.array(map(chr, EVERY_POINT), pa.large_string())
    found = profile(texts)
    assert found.classes.tolist() == [classes_of(chr(point)) for point in EVERY_POINT]
    assert (found.chars == 1).all()


def test_every_code_point_among_others() -> None:
    # Within a text the quick filter sees a code point's bytes at other places than at its end.
    texts = [f"가{chr(point)}나다" for point in EVERY_POINT if point < TABLE_SIZE or point % 97 == 0]
    assert profile(pa.array(texts, pa.large_string())).classes.tolist() == list(map(classes_of, texts))


def test_random_texts() -> None:
    choose = random.Random(7)
    alphabet = " \t\n\r\x00ab가힣ㅋ각ᄀ\u1161\u11a8\u0301é·“…①樂（\u200b\u200d\u3000\u3164\ufeff👨🏴"
    texts = ["".join(choose.choices(alphabet, k=choose.randrange(12))) for _ in range(20_000)]
    found = profile(pa.array(texts, pa.large_string()))
    assert found.classes.tolist() == [classes_of(text) for text in texts]
    assert found.chars.tolist() == [len(text) for text in texts]


def test_texts_of_several_blocks() -> None:
    texts = [
        f"{filling * 700}{odd}{filling * 700}"
        for filling in ("가", " ", "é", "a")
        for odd in ("", "\u3000", "👨", "樂")
    ]
    assert profile(pa.array(texts, pa.large_string())).classes.tolist() == list(map(classes_of, texts))


def test_a_slice_of_a_column() -> None:
    texts = pa.array(["\x00", "가", "\t", ""], pa.large_string()).slice(1, 2)
    found = profile(texts)
    assert found.classes.tolist() == [INK, WHITESPACE]
    assert found.chars.tolist() == [1, 1]


def test_the_filter_spares_common_text() -> None:
    text = "제1조(목적) 이 법은 「민법」 제2조에 따라 ‘요금’과 “단말기”를… ①㎡㈜ ＡＢ 漢字 カナ·ㅋㅋ"
    assert not has_odd(np.frombuffer(text.encode(), np.uint8))


def test_the_table_covers_what_nfc_changes() -> None:
    maybe = cp.nfc_maybe(EVERY_POINT)
    assert max(maybe) < TABLE_SIZE
    assert maybe == _NFC_MAYBE
    assert all(point in maybe for point in EVERY_POINT if unicodedata.normalize("NFC", chr(point)) != chr(point))
