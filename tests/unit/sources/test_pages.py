"""Trees of web pages."""

import gzip

from ixigen_data.sources.settings import SourceSettings
from tests.unit.sources.conftest import Reading, Writing

BODY = "요금제 변경은 매월 한 번만 할 수 있으며, 변경한 날부터 새 요금이 적용됩니다."


def page(charset: str) -> bytes:
    html = f'<html><head><meta charset="{charset}"><script>no</script></head><body><p>{BODY}</p></body></html>'
    return html.encode("cp949" if charset == "euc-kr" else charset)


def test_a_tree_of_pages_in_several_encodings(source: Writing, reading: Reading) -> None:
    source("help/a.html", page("utf-8"))
    source("help/b/c.htm", page("euc-kr"))
    source("help/d.xhtml.gz", gzip.compress(page("utf-8")))
    source("help/e.html", b"\xff\xfe\xfd")
    source("help/f.html", b"")
    source("help/g.html", b"<html><body><script>only code</script></body></html>")
    root = source("help/h.html", page("utf-8")[:60]).parent
    rows, faults = reading(SourceSettings(path=f"{root}/**"))
    assert [(row[0], row[1]) for row in rows[:3]] == [("a.html", BODY), ("b/c.htm", BODY), ("d.xhtml.gz", BODY)]
    assert [row[1] for row in rows[3:]] == ["", "", ""]
    assert faults.reasons == {"encoding_unknown": 1}


def test_pages_as_text_are_left_as_they_are(source: Writing, reading: Reading) -> None:
    path = source("a.html", page("utf-8"))
    rows, _ = reading(SourceSettings(path=str(path), format="text"))
    assert rows[0][1] == page("utf-8").decode()
