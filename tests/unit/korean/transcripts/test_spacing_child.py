"""Where words are divided and put together, without the analyser."""

from dataclasses import dataclass

import pytest

from ixigen_data.korean.transcripts.spacing_child import has_torn_words, rejoined, spaced


@dataclass
class Piece:
    tag: str
    start: int
    end: int


def pieces_of(*marked: str) -> tuple[str, list[Piece]]:
    """Return a line and its tokens; "요금/NNG" follows without a space, " 달/NNG" with one."""
    line, tokens = "", []
    for each in marked:
        form, tag = each.rsplit("/", 1)
        line += " " if form.startswith(" ") else ""
        tokens.append(Piece(tag, len(line), len(line) + len(form.strip())))
        line += form.strip()
    return line, tokens


@pytest.mark.parametrize(
    ("marked", "edited"),
    [
        (("요금제/NNG", "를/JKO", "바꾸/VV", "고/EC"), "요금제를 바꾸고"),
        (("바꾸/VV", "고/EC", "싶/VX", "습니다/EF"), "바꾸고싶습니다"),
        (("요금제/NNG", "이/VCP", "라고/EC", "하/VV", "는데/EC"), "요금제이라고 하는데"),
        (("결합/NNG", "할인/NNG", "요금제/NNG"), "결합할인요금제"),
        (("새/MM", "스마트/NNG", "요금제/NNG"), "새 스마트요금제"),
        (("한/MM", "개/NNB", "월/NNB", "동안은/NNG"), "한개월동안은"),
        (("5/SN", "G/SL", "요금제/NNG", "로/JKB"), "5G요금제로"),
        (("요금/NNG", "이/JKS", "5/SN", "만원/NNG"), "요금이 5만원"),
        (("요금/NNG", "이/JKS", "$/SW", "오십오/NR"), "요금이$오십오"),
        (("집/NNG", "에/JKB", "가/VV", "다/EF"), "집에가다"),
        ((" 집/NNG", "에/JKB", " 나가/VV", "다/EF"), " 집에 나가다"),
    ],
)
def test_words_are_divided_where_it_is_certain(marked: tuple[str, ...], edited: str) -> None:
    line, tokens = pieces_of(*marked)
    assert spaced(line, lambda text: tokens) == edited


def test_morphemes_that_share_a_syllable_are_not_divided() -> None:
    tokens = [Piece("VV", 0, 1), Piece("ETM", 0, 1), Piece("NNB", 1, 2), Piece("VA", 2, 3), Piece("EF", 3, 6)]
    assert spaced("할수있습니다", lambda text: tokens) == "할 수있습니다"


@pytest.mark.parametrize(
    ("line", "edited"),
    [
        ("그 렇 게", "그렇게"),
        ("그 렇 게 하면", "그 렇 게 하면"),
        ("또 보 게 되 는 영화", "또보게되는 영화"),
        ("그래서 또 보 게 되 는 영화 였다", "그래서 또보게되는 영화 였다"),
        ("더 잘 살 수 있는 나라", "더 잘 살 수 있는 나라"),
        ("가 나", "가 나"),
    ],
)
def test_torn_words(line: str, edited: str) -> None:
    assert rejoined(line, lambda words: words.replace(" ", "")) == edited
    assert has_torn_words(line) is (line != edited)
