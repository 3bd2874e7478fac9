"""N8: modern conjoining jamo that stand alone."""

import unicodedata

import pytest

from ixigen_data.korean.conjoining_jamo import ConjoiningJamo


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("가\u1100", "가ㄱ"),
        ("\u110f\u110f\u110f", "ㅋㅋㅋ"),  # what NFKC makes of compatibility jamo
        ("\u1163\u1175", "ㅑㅣ"),
        ("각\u11a8", "각ㄱ"),
        ("가\u11a8", "가ㄱ"),  # NFC comes first and leaves none of these
        ("\u11aa\u11b9", "ㄳㅄ"),
        ("\u1100\u302e", "ㄱ\u302e"),
        ("\u115f\u1161", "ㅏ"),  # the filler stands for the onset that a lone vowel lacks
        ("\u1100\u1160", "ㄱ"),
        ("가\u1160 나", "가 나"),
    ],
)
def test_lone_jamo_are_for_compatibility(before: str, after: str) -> None:
    assert ConjoiningJamo().format(before) == after


@pytest.mark.parametrize(
    "old",
    [
        "\u1112\u119e\u11ab",  # ᄒᆞᆫ
        "나\u11eb",
        "\u1140\u1165",
        "\u1100\u119e",
        "\u115f\u119e",
        "\ua960\u1161",
        "\u1100\u1161\ud7cb",
        "\u1112\u302e\u119e\u11ab",
        "\u1109\u1112\u119e",
        "나랏〮말〯ᄊᆞ미",
    ],
)
def test_old_hangul_stays(old: str) -> None:
    text = unicodedata.normalize("NFC", old)
    assert ConjoiningJamo().format(text) == text


def test_clusters_are_judged_one_by_one() -> None:
    assert ConjoiningJamo().format("\u1112\u119e\u11ab \u1100 가\u1112") == "\u1112\u119e\u11ab ㄱ 가ㅎ"


def test_every_modern_jamo_is_the_one_of_the_same_name() -> None:
    for point in (*range(0x1100, 0x1113), *range(0x1161, 0x1176), *range(0x11A8, 0x11C3)):
        name = unicodedata.name(chr(point)).split()[-1]
        assert unicodedata.name(ConjoiningJamo().format(chr(point))) == f"HANGUL LETTER {name}"
