import re
from html.parser import HTMLParser

import pytest

from ixigen_data.report.page import html_page
from ixigen_data.shards.manifest import Manifest

VOID = {"meta", "rect", "line"}  # the last two close themselves


class Page(HTMLParser):
    """Tags, attributes and text of a page; raises where tags do not pair."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(source)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID - {"rect"}:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_well_formed_and_needs_nothing_else(manifest: Manifest) -> None:
    source = html_page(manifest)
    page = Page(source)
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert not {"src", "href", "srcset"} & {name for name, _ in page.attributes}
    assert not re.search(r"url\(|@import|@font-face", source)


def test_both_colour_schemes_and_print(manifest: Manifest) -> None:
    source = html_page(manifest)
    assert "@media screen and (prefers-color-scheme: dark)" in source
    assert "@media print" in source


@pytest.mark.parametrize(
    "text",
    [
        "3,891,200",
        "replay/한국어",
        "Apache-2.0",
        "xxh3_128",
        "151,665",
        "length short 12, empty 1",
        "min_chars: 200",
        "연설문",
    ],
)
def test_the_page_says(manifest: Manifest, text: str) -> None:
    assert text in Page(html_page(manifest)).text


def test_names_cannot_get_out(hostile: Manifest) -> None:
    page = Page(html_page(hostile))
    assert "script" not in page.tags
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert "<script>alert('x')</script>" in page.text


def test_a_mixture_that_is_off_and_an_account_that_does_not_close_are_said(manifest: Manifest) -> None:
    first = manifest.parts[0].model_copy(update={"tokens": manifest.parts[0].tokens + 2})
    off = manifest.model_copy(update={"parts": (first, *manifest.parts[1:]), "unused_documents": {}})
    text = Page(html_page(off)).text
    assert "Not as planned. A node of the mixture is 2 tokens off its target." in text
    assert "The documents do not add up" in text


def test_what_is_optional_may_be_missing(manifest: Manifest) -> None:
    tokenizer = manifest.tokenizer.model_copy(
        update={"bos": "<s>", "bos_id": 1, "backends": {}, "literal_specials": {}}
    )
    update: dict[str, object] = {
        "eval": {}, "settlement_windows": (), "recipe": None, "documents": {}, "shards": (), "versions": {},
        "unused_tokens": {}, "tokenizer": tokenizer, "quarantine": tuple({"task": number} for number in range(25)),
    }  # fmt: skip
    text = Page(html_page(manifest.model_copy(update=update))).text
    assert "Begin of document" in text
    assert "and 5 more in manifest.json" in text


def test_the_same_manifest_gives_the_same_page_whatever_the_shards(manifest: Manifest) -> None:
    many = manifest.model_copy(update={"digest": "0" * 32, "shards": manifest.shards * 20_000})
    assert html_page(many) == html_page(many)
    assert len(html_page(many)) < 60_000
