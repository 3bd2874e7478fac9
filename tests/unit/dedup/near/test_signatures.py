"""Signatures agree with plain Python, say what they should of how much texts share, and do not change."""

import json
import random
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import zstandard
from hypothesis import given
from hypothesis import settings as testing
from hypothesis import strategies as st

from ixigen_data.core.seeds import seed_for
from ixigen_data.dedup.near.bands_kernel import FIRST_BITS, SECOND_BITS
from ixigen_data.dedup.near.classes import classes_of
from ixigen_data.dedup.near.shingles_kernel import BLOCK_UNITS
from ixigen_data.dedup.near.signatures import BAND_ROW, Signed, band_hashes, band_rows, sign, similarity
from ixigen_data.dedup.near.units_kernel import CLASSES, PART
from ixigen_data.dedup.settings import NearSettings, Unit

DEFAULT = NearSettings()
UNITS: tuple[Unit, ...] = ("characters", "words", "tokens")
MASK = (1 << 64) - 1
NOT_SEEN = "\u034f\u115f\u1160\u180b\u180c\u180d\u180f\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10)))


def mixed(number: int) -> int:
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & MASK
    number = (number ^ number >> 27) * 0x94D049BB133111EB & MASK
    return number ^ number >> 31


def kind(character: str, unit: Unit) -> str:
    """The plain form of `classes_of`: "part", "alone", "ends" or "" for nothing."""
    category = unicodedata.category(character)
    if character in NOT_SEEN or category in ("Cf", "Cs", "Co", "Cn", "Me") or ord(character) >= CLASSES:
        return ""
    if category[0] in "LMN" or (unit == "tokens" and category == "Pc"):
        return "part"
    if unit == "characters":
        return ""
    return "ends" if unit == "words" or character.isspace() or category == "Cc" else "alone"


def units_of(text: str, unit: Unit) -> list[str]:
    """The plain form of the units that shingles are runs of."""
    units, word = [], ""
    for character in unicodedata.normalize("NFC", text):
        is_what = kind(character, unit)
        if is_what == "part":
            lower = character if unit == "tokens" or len(character.lower()) > 1 else character.lower()
            word += lower
        if word and (unit == "characters" or is_what in ("alone", "ends")):
            units.append(word)
            word = ""
        if is_what == "alone":
            units.append(character)
    return [*units, word] if word else units


def number_of(piece: str, unit: Unit) -> int:
    if unit == "characters":
        return ord(piece) if not "가" <= piece <= "힣" else int.from_bytes(piece.encode(), "big")
    if kind(piece[0], unit) == "alone":
        return mixed(ord(piece) + 0x9E3779B97F4A7C15 & MASK)
    word = 0
    for character in piece:
        word = (word ^ ord(character)) * 0x9E3779B97F4A7C15 & MASK | 1
    return mixed(word)


def hash_of(shingle: tuple[int, ...], seed: int) -> int:
    rolled = 0
    for number in shingle:
        rolled = rolled * 0xD1342543DE82EF95 + number & MASK
    rolled ^= seed
    rolled = (rolled ^ rolled >> 32) * 0xBF58476D1CE4E5B9 & MASK
    return (rolled ^ rolled >> 29) * 0x94D049BB133111EB & MASK


@cache
def askers(slots: int) -> list[list[int]]:
    """By slot: whom it asks, itself first."""
    keys = [mixed(seed_for(0, "lenders") + (i + 1) * 0x9E3779B97F4A7C15 & MASK) for i in range(slots * slots)]
    return [
        sorted(range(slots), key=lambda other: 0 if other == slot else keys[slot * slots + other])
        for slot in range(slots)
    ]


def shingles_of(text: str, settings: NearSettings, unit: Unit) -> Iterator[tuple[int, ...]]:
    numbers, size = [number_of(piece, unit) for piece in units_of(text, unit)], settings.size_of(unit)
    return (tuple(numbers[start : start + size]) for start in range(len(numbers) - size + 1))


def signature_of(text: str, settings: NearSettings, unit: Unit) -> tuple[list[int], int]:
    """The plain-Python twin of `sign`."""
    slots, seed = settings.slots, seed_for(0, "shingles", unit, settings.size_of(unit))
    hashes = [hash_of(shingle, seed) for shingle in shingles_of(text, settings, unit)]
    least: dict[int, int] = {}
    for hashed in hashes:
        slot = (hashed >> 32) * slots >> 32
        least[slot] = min(least.get(slot, MASK), hashed)
    if not hashes:
        return [0] * slots, 0
    chosen = [next(other for other in askers(slots)[slot] if other in least) for slot in range(slots)]
    return [least[slot] >> 16 & 0xFFFF for slot in chosen], len(hashes)


def column(texts: list[str]) -> pa.LargeStringArray:
    return pa.array(texts, pa.large_string())


def check(texts: list[str], unit: Unit, settings: NearSettings = DEFAULT) -> None:
    signed = sign(column(texts), settings, unit)
    for text, signature, size in zip(texts, signed.signatures.tolist(), signed.sizes.tolist(), strict=True):
        assert (signature, size) == signature_of(text, settings, unit), text[:100]


def equal(one: Signed, other: Signed) -> bool:
    return np.array_equal(one.signatures, other.signatures) and np.array_equal(one.sizes, other.sizes)


@pytest.mark.parametrize("unit", UNITS)
def test_classes_are_those_of_the_plain_form(unit: Unit) -> None:
    parts = (classes_of(unit) & PART) != 0
    assert parts.tolist() == [kind(chr(point), unit) == "part" for point in range(CLASSES)]
    assert not classes_of(unit).flags.writeable


@pytest.mark.parametrize("unit", UNITS)
def test_every_code_point_among_others(unit: Unit) -> None:
    points = [*range(1, 0x3400, 3), *range(0xAB00, 0xAC10), *range(0xD700, 0xD800), *range(0xF900, 0x10400, 7), 0x1F600]
    points += [0x2FFFF, 0x30001, 0x3FFFF, 0x40000, 0xE0101, 0x10FFFF]
    for start in range(0, len(points), 40):
        check(["".join(f"가나 {chr(point)}B c," for point in points[start : start + 40])], unit)


PIECES = st.sampled_from(
    [
        *" \t\n\raB가힣ᄒ각ㅋ!_é1ⅷ\u3000\u0301\u11ab\ufe0f\u200b樂不👨뷁Σİ𠮷",
        "가나다라 마바사",
        "The same words",
        "x_1 = f(y)",
    ]
)
TEXTS = st.lists(st.lists(PIECES, max_size=40).map("".join), max_size=5)


@pytest.mark.parametrize("unit", UNITS)
@given(texts=TEXTS, bands=st.integers(1, 5), rows=st.integers(1, 9), size=st.integers(2, 9))
@testing(deadline=None, max_examples=60)  # kernels compile in the first example
def test_texts(unit: Unit, texts: list[str], bands: int, rows: int, size: int) -> None:
    check(texts, unit, NearSettings(shingle=size, words=size, tokens=size, bands=bands, rows=rows))


@pytest.mark.parametrize("unit", UNITS)
def test_texts_of_several_blocks(unit: Unit) -> None:
    choose = random.Random(3)
    alphabet = "가나다라마바사아자차카타파하 ab_ c1.,\n樂é"
    texts = ["".join(choose.choices(alphabet, k=choose.randrange(6 * BLOCK_UNITS))) for _ in range(8)]
    texts += ["가" * size for size in range(BLOCK_UNITS - 6, BLOCK_UNITS + 8)]
    texts += ["a." * size for size in range(BLOCK_UNITS // 2 - 4, BLOCK_UNITS // 2 + 5)]
    check([*texts, "x" * 5000, "x " * 5000], unit)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("ko_general/nsmc_reviews", "characters"),
        ("ko_general/law-00", "characters"),
        ("ko_general/president_speech", "characters"),
        ("en_general/gutenberg", "words"),
        ("en_telecom/rfc", "words"),
        ("code/packages", "tokens"),
    ],
)
def test_real_text(corpora: Path, name: str, unit: Unit) -> None:
    with zstandard.open(corpora / f"{name}.jsonl.zst", "rt", encoding="utf-8") as stream:
        check([json.loads(line)["text"][:8_000] for line in islice(stream, 25)], unit)


PROSE = "제1조(목적) 이 법은 전기통신사업의 운영을 적정하게 하고, 이용자의 편의를 도모한다. Plan B는 café에서!"


def test_form_case_spacing_and_punctuation_say_nothing() -> None:
    same = [
        PROSE,
        unicodedata.normalize("NFD", PROSE),
        PROSE.upper(),
        PROSE.replace(" ", ""),
        "  \n".join(PROSE),
        PROSE.replace(",", " — ").replace("(", "「").replace(")", "」").replace("!", "…👍\ufe0f\u200d🔥"),
    ]
    signed = sign(column([*same, PROSE.replace("적정", "공정")]), DEFAULT, "characters")
    assert (signed.signatures[:6] == signed.signatures[0]).all()
    assert set(signed.sizes.tolist()) == {int(signed.sizes[0])}
    assert 0.5 < similarity(signed.signatures[0], signed.signatures[6]) < 1


def test_words_have_no_case_and_tokens_have() -> None:
    text = "The quick brown fox, the lazy dog, and the cat's hat."
    as_words = sign(column([text, text.upper().replace(",", " –"), text.replace("fox", "f\u00adox")]), DEFAULT, "words")
    assert (as_words.signatures == as_words.signatures[0]).all()
    code = "def f(x):\n    return x + first_value  # 가나다\n"
    as_tokens = sign(column([code, code.replace(" ", "\t "), code.lower().replace("x", "X")]), DEFAULT, "tokens")
    assert (as_tokens.signatures[0] == as_tokens.signatures[1]).all()
    assert similarity(as_tokens.signatures[0], as_tokens.signatures[2]) < 0.5


def test_texts_shorter_than_a_shingle_have_none() -> None:
    for unit, text in (("characters", "가, 나 다!라"), ("words", "one two three four"), ("tokens", "a = b + c")):
        signed = sign(column(["", text, "?!"]), DEFAULT, unit)  # type: ignore[arg-type]
        assert signed.sizes.tolist() == [0, 0, 0]
        assert not signed.signatures.any()
        assert len(band_rows(band_hashes(signed.signatures, 14), signed.sizes)) == 0


def test_one_shingle_fills_all_slots() -> None:
    signed = sign(column(["가나다라마"]), DEFAULT, "characters")
    assert signed.sizes.tolist() == [1]
    assert len(np.unique(signed.signatures)) == 1


def test_nothing_of_one_unit_is_like_anything_of_another() -> None:
    texts = column(["a b c d e f g h i j k l m n o p q r s t u v w x y z " * 3])
    rows = [sign(texts, DEFAULT, unit).signatures[0] for unit in UNITS]
    rows.append(sign(texts, NearSettings(shingle=6), "characters").signatures[0])
    assert all(similarity(one, other) < 0.05 for i, one in enumerate(rows) for other in rows[:i])


@pytest.mark.parametrize("unit", UNITS)
def test_batches_and_slices_change_nothing(unit: Unit) -> None:
    choose = random.Random(5)
    texts = ["".join(choose.choices("가나다라 ab,\n" + "ᄒ\u1161\u11ab不", k=choose.randrange(300))) for _ in range(60)]
    whole = sign(column(texts), DEFAULT, unit)
    for start, stop in pairwise([0, 1, 7, 40, 60]):
        part = Signed(whole.signatures[start:stop], whole.sizes[start:stop])
        assert equal(sign(column(texts[start:stop]), DEFAULT, unit), part)
        assert equal(sign(column(texts)[start:stop], DEFAULT, unit), part)
    assert sign(column([]), DEFAULT, unit).signatures.shape == (0, 112)


def edited(text: str, ratio: float, choose: random.Random) -> str:
    return "".join(chr(choose.randrange(0xAC00, 0xB000)) if choose.random() < ratio else each for each in text)


def exact(one: str, other: str, settings: NearSettings, unit: Unit) -> float:
    mine, its = set(shingles_of(one, settings, unit)), set(shingles_of(other, settings, unit))
    return len(mine & its) / len(mine | its)


@pytest.mark.parametrize(("length", "pairs"), [(2000, 60), (60, 400), (12, 600)])
def test_the_estimate_is_that_of_the_exact_similarity(length: int, pairs: int) -> None:
    choose = random.Random(length)
    one = ["".join(chr(choose.randrange(0xAC00, 0xB000)) for _ in range(length)) for _ in range(pairs)]
    other = [edited(text, choose.choice([0, 0.01, 0.02, 0.05, 0.1, 0.3]), choose) for text in one]
    true = np.array([exact(*pair, DEFAULT, "characters") for pair in zip(one, other, strict=True)])
    estimates = similarity(*(sign(column(texts), DEFAULT, "characters").signatures for texts in (one, other)))
    # As many values are independent as shingles fell into different slots, and no more than there are slots.
    slots = DEFAULT.slots
    independent = slots * (1 - (1 - 1 / slots) ** (length - 4))
    deviation = np.sqrt(true * (1 - true) * (2 / independent))
    if length > slots:  # else they are so few that their number is far from normal
        assert (np.abs(estimates - true) <= 5 * deviation + 1e-6).all()
    assert abs(np.mean(estimates - true)) <= 5 * np.sqrt(np.mean(deviation**2) / pairs)
    assert (estimates[true == 1] == 1).all()


def test_slots_of_unlike_texts_are_seldom_equal() -> None:
    choose = random.Random(11)
    texts = ["".join(chr(choose.randrange(0xAC00, 0xD7A4)) for _ in range(400)) for _ in range(2000)]
    rows = sign(column(texts), DEFAULT, "characters").signatures
    equal_slots = int((rows[1:] == rows[:-1]).sum())
    expected = rows[1:].size / 65_536
    assert abs(equal_slots - expected) <= 5 * expected**0.5


def test_bands_agree_with_plain_python() -> None:
    rows = np.random.default_rng(1).integers(0, 1 << 16, (50, 112), np.uint16)
    numbers = [mixed(seed_for(0, "bands") + (i + 1) * 0x9E3779B97F4A7C15 & MASK) | 1 for i in range(14 * 9)]
    hashes = [
        [
            mixed(numbers[9 * band + 8] + sum(row[8 * band + i] * numbers[9 * band + i] for i in range(8)) & MASK)
            for band in range(14)
        ]
        for row in rows.tolist()
    ]
    assert band_hashes(rows, 14).tolist() == hashes


def test_bands_of_equal_values_differ_by_their_number() -> None:
    assert len(np.unique(band_hashes(np.full((1, 112), 7, np.uint16), 14))) == 14


@pytest.mark.parametrize("documents", [0, 1, 40, 3000])
def test_bands_are_sorted(documents: int) -> None:
    numbers = np.random.default_rng(documents)
    hashes = numbers.integers(0, 1 << 64, (documents, 14), np.uint64)
    hashes[: documents // 3] = hashes[:1]  # equal
    hashes[documents // 2 :, 3] >>= np.uint64(FIRST_BITS + SECOND_BITS)  # in one bucket
    sizes = numbers.integers(0, 3, documents, np.uint32)
    records = band_rows(hashes, sizes)
    expected = sorted((hashed, row) for row in range(documents) if sizes[row] for hashed in hashes[row].tolist())
    assert records.dtype == BAND_ROW
    assert records.tolist() == expected
