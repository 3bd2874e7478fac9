"""Bytes to text: strictly, or not at all (KOREAN N0)."""

import pytest

from ixigen_data.clean.mojibake import Mojibake
from ixigen_data.sources.encoding import decode
from ixigen_data.sources.settings import Encoding, SourceSettings
from tests.unit.sources.conftest import Reading, Writing

SENTENCE = "고객님, 5G 요금제를 변경하시겠습니까? ㆍ월 69,000원(부가세 포함)"


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        (SENTENCE.encode(), "auto", SENTENCE),
        (SENTENCE.encode("utf-8-sig"), "auto", SENTENCE),
        (SENTENCE.encode("cp949"), "auto", SENTENCE),
        (SENTENCE.encode("cp949"), "cp949", SENTENCE),
        (SENTENCE.encode("cp949"), "utf-8", None),
        ("뷁, 펲시맨".encode("cp949"), "auto", "뷁, 펲시맨"),  # not in EUC-KR
        (b"", "auto", ""),
        (b"plain \x00", "auto", "plain \x00"),
        ("\ufeff\ufeff가".encode(), "auto", "\ufeff가"),  # the second is the text's own
        ("가\ud800나".encode(errors="surrogatepass"), "auto", None),  # a lone surrogate
        (b"\xc0\x80", "auto", None),  # a zero in more bytes than it needs
        ("가나".encode()[:-2], "auto", None),
        ("가나".encode("cp949")[:3], "auto", None),
        ("한글".encode("utf-16"), "auto", None),
        ("Café Müller".encode("latin-1"), "auto", None),
        (b"\x89PNG\r\n\x1a\n\xff\xd8", "auto", None),
    ],
)
def test_no_byte_is_replaced(data: bytes, encoding: Encoding, text: str | None) -> None:
    assert decode(data, encoding) == text


def test_every_character_of_cp949() -> None:
    known = [chr(point) for point in range(0x10000) if not 0xD800 <= point < 0xE000]
    encoded = [character.encode("cp949", "ignore") for character in known]
    assert sum(map(bool, encoded)) > 17_000
    for character, data in zip(known, encoded, strict=True):
        if data:
            assert decode(data + b" ", "cp949") == f"{character} "


def test_a_file_of_two_encodings_is_a_fault(source: Writing, reading: Reading) -> None:
    path = source("mixed.txt", SENTENCE.encode() + b"\n" + SENTENCE.encode("cp949"))
    rows, faults = reading(SourceSettings(path=str(path)))
    assert (rows, faults.reasons) == ([], {"encoding_unknown": 1})
    assert faults.kept[0].detail == "not UTF-8 and not cp949"


def test_a_file_of_two_encodings_that_is_cp949_by_chance_is_restored(source: Writing, reading: Reading) -> None:
    path = source("mixed.txt", "고객\n".encode() + "고객님".encode("cp949"))
    ((_, text, _, _),), _ = reading(SourceSettings(path=str(path)))
    assert text == "怨좉컼\n고객님"
    assert Mojibake().revise(text).text == "고객\n고객님"


def test_lines_of_two_encodings_are_decoded_one_by_one(source: Writing, reading: Reading) -> None:
    texts = [f"{SENTENCE} {number}" for number in range(200)]
    encodings = ["utf-8", "cp949"]
    lines = [b'{"text": "%s"}\n' % text.encode(encodings[number % 2]) for number, text in enumerate(texts)]
    lines[100] = '{"text": "Müller"}\n'.encode("latin-1")
    rows, faults = reading(SourceSettings(path=str(source("a.jsonl", b"".join(lines)))))
    assert [text for _, text, _, _ in rows] == texts[:100] + texts[101:]
    assert [(fault.line, fault.reason) for fault in faults.kept] == [(101, "encoding_unknown")]
