"""Which encoding a page is in."""

import codecs

import pytest

from ixigen_data.sources.faults import Problem
from ixigen_data.sources.page_encoding import decode_page

KOREAN = "한글 문서 똠방각하"


def page(charset: str) -> str:
    return f'<html><head><script>var a = "charset";</script><meta charset="{charset}"></head>{KOREAN}</html>'


@pytest.mark.parametrize(
    "label", ["euc-kr", "EUC-KR", "ks_c_5601-1987", "x-windows-949", "korean", "utf-8", "nonsense"]
)
def test_korean_pages_are_read_whatever_they_say(label: str) -> None:
    for codec in ("cp949", "utf-8"):
        assert KOREAN in decode_page(page(label).encode(codec), "auto")


def test_what_pages_declare_counts_where_bytes_prove_nothing() -> None:
    http_equiv = '<meta http-equiv="Content-Type" content="text/html; charset=shift_jis"><p>日本語'
    assert "日本語" in decode_page(http_equiv.encode("shift_jis"), "auto")
    assert "日本語" in decode_page('<?xml version="1.0" encoding="euc-jp"?>日本語'.encode("euc-jp"), "auto")
    assert "café" in decode_page('<meta charset="iso-8859-1"><p>café'.encode("latin-1"), "auto")
    assert "한글" in decode_page("한글".encode("iso-2022-kr"), "auto", "iso-2022-kr")
    assert "привет" in decode_page("привет".encode("koi8-r"), "auto", '"koi8-r"')


def test_a_byte_order_mark_decides() -> None:
    assert decode_page(codecs.BOM_UTF8 + "한".encode(), "auto", "euc-kr") == "한"
    assert decode_page(codecs.BOM_UTF16_LE + "한".encode("utf-16-le"), "auto") == "한"
    assert decode_page(codecs.BOM_UTF16_BE + "한".encode("utf-16-be"), "auto") == "한"


def test_a_recipe_decides_before_the_page() -> None:
    assert decode_page(page("utf-8").encode("cp949"), "cp949") == page("utf-8")
    with pytest.raises(Problem, match="encoding_unknown: not utf-8"):
        decode_page(page("euc-kr").encode("cp949"), "utf-8")


def test_bytes_that_are_no_text_are_a_problem() -> None:
    with pytest.raises(Problem, match="encoding_unknown: not UTF-8, not cp949, and not euc_jp"):
        decode_page(b"<meta charset=euc-jp>\xff\xff\xfe", "auto")
    with pytest.raises(Problem, match="encoding_unknown: not UTF-8, not cp949, and not declared"):
        decode_page(b"<meta charset=hex>\xff\xff\xfe", "auto")
