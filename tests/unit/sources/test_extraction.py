"""Pages that crash, hang or fill their process cost themselves; the real extractor."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from ixigen_data.core.errors import SourceError
from ixigen_data.sources import extraction
from ixigen_data.sources.extraction import Extractor
from ixigen_data.sources.faults import Problem

FAKE = (sys.executable, str(Path(__file__).with_name("extraction_fakes.py")))
PARAGRAPH = "요금제 변경은 매월 한 번만 할 수 있으며, 변경한 날부터 새 요금이 적용됩니다. "


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor("balanced", FAKE, wait_seconds=5) as opened:
        yield opened


def test_pages_are_answered_in_order(extractor: Extractor) -> None:
    pages = ["a", "", "한글", "nothing", "\ud800", "print", "x" * 300_000]
    assert [extractor.text(page) for page in pages] == ["A", "", "한글", "", "?", "PRINT", "X" * 300_000]


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("crash", "extraction_crashed: signal 11"),
        ("work", "extraction_too_long: more than 60 CPU-seconds"),
        ("raise", "extraction_failed: KeyError"),
        ("memory", "extraction_failed: MemoryError"),
    ],
)
def test_a_bad_page_is_a_problem_and_the_next_one_is_read(extractor: Extractor, page: str, message: str) -> None:
    with pytest.raises(Problem, match=message):
        extractor.text(page)
    assert extractor.text("next") == "NEXT"


def test_a_page_that_waits_for_ever_is_ended_by_the_clock() -> None:
    with Extractor("balanced", FAKE, wait_seconds=0.3) as extractor:
        with pytest.raises(Problem, match="extraction_too_long"):
            extractor.text("sleep")
        assert extractor.text("next") == "NEXT"


def test_what_the_system_does_is_no_fault_of_the_page(extractor: Extractor) -> None:
    with pytest.raises(SourceError, match="the system killed the process that extracts pages, twice; free memory"):
        extractor.text("killed")
    broken = Extractor("balanced", (sys.executable, "-c", "raise SystemExit(3)"))
    with broken, pytest.raises(SourceError, match="ends with status 3; is trafilatura installed"):
        broken.text("a")
    missing = Extractor("balanced", ("/no/such/program",))
    with missing, pytest.raises(SourceError, match=r"cannot be started: .*No such file"):
        missing.text("a")


def test_a_page_beyond_the_limit_is_refused(extractor: Extractor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "PAGE_LIMIT_BYTES", 10)
    with pytest.raises(Problem, match="document_too_long: a page of more than 10 B"):
        extractor.text("x" * 11)


def test_the_real_extractor_keeps_text_and_remembers_nothing() -> None:
    page = f"<html><body><nav><a href=x>메뉴</a></nav><article><p>{PARAGRAPH * 5}</p></article></body></html>"
    with Extractor("balanced") as balanced, Extractor("precision") as precision:
        texts = [balanced.text(page) for _ in range(4)]
        assert set(texts) == {(PARAGRAPH * 5).strip()}
        assert precision.text(page) == texts[0]
        assert balanced.text("") == ""


def test_real_help_pages(corpora: Path) -> None:
    import orjson

    with (corpora / "ko_general" / "libreoffice_help_html.jsonl.zst").open("rb") as stream:
        lines = zstandard.ZstdDecompressor().stream_reader(stream).read(400_000).splitlines()[:30]
    pages = [orjson.loads(line)["text"] for line in lines]
    with Extractor("balanced") as extractor:
        texts = [extractor.text(page) for page in pages]
    assert all(texts)
    assert not any("<p" in text or "<div" in text for text in texts)
    assert sum("LibreOffice" in text for text in texts) > 20
