"""Suites that are missing, empty, damaged, or change while a build runs."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zstandard

from ixigen_data.clean.stage import CleanStage
from ixigen_data.core.errors import DedupError
from ixigen_data.dedup.decontaminate import items, rule
from ixigen_data.dedup.decontaminate.rule import Decontaminate
from ixigen_data.sources.settings import SourceSettings

QUESTION = "흡연자분들은 발코니가 있는 방이면 발코니에서 흡연이 가능합니까?"
ITEM = json.dumps({"id": "q1", "question": QUESTION}, ensure_ascii=False)
Written = Callable[[bytes], Decontaminate]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(data: bytes, name: str = "hotel.jsonl") -> Decontaminate:
        (tmp_path / name).write_bytes(data)
        suite = {"name": "hotel", "path": str(tmp_path / name), "fields": ["question"], "id": "id"}
        return Decontaminate.model_validate({"suites": [suite]})

    return write


@pytest.fixture(autouse=True)
def _no_memory() -> Iterator[None]:
    """Begin as a process of its own does."""
    forget()
    yield
    forget()


def forget() -> None:
    items._read_files.cache_clear()
    rule._index_of.cache_clear()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", r"empty source: .*hotel\.jsonl matches nothing but empty files"),
        (b"\n\n", r"no item in .*hotel\.jsonl; a suite has one at least"),
        (f'{ITEM}\n{{"id": "q2", "quest'.encode(), r"hotel\.jsonl, line 2: json_broken .*every item must be whole"),
        (f'{ITEM}\n{{"id": "q2"}}\n'.encode(), r"hotel\.jsonl, line 2: text_missing.*with a text in 'question'"),
        (f'{ITEM}\n{{"id": "q2", "question": 3}}\n'.encode(), r"hotel\.jsonl, line 2: .*with a text in 'question'"),
        (f"{ITEM}\n".encode() + b'{"id": "q2", "question": "\xff\xfe"}\n', r"hotel\.jsonl, line 2: .*"),
    ],
)
def test_a_suite_that_is_not_whole_is_refused(written: Written, data: bytes, told: str) -> None:
    with pytest.raises(DedupError, match=f"suite hotel: .*{told}"):
        written(data).index()


def test_a_file_that_breaks_off_is_refused(written: Written, tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl.zst"
    path.write_bytes(zstandard.compress(ITEM.encode() * 1000)[:-9])
    suite = {"name": "hotel", "path": str(path), "fields": ["question"]}
    with pytest.raises(DedupError, match=r"suite hotel: .*cut\.jsonl\.zst"):
        Decontaminate.model_validate({"suites": [suite]}).index()


@pytest.mark.parametrize("digest_as_planned", [True, False])
def test_a_suite_that_changes_behind_the_plan_is_refused(
    written: Written, tmp_path: Path, digest_as_planned: bool
) -> None:
    (tmp_path / "calls.jsonl").write_text(json.dumps({"text": QUESTION}, ensure_ascii=False) + "\n", "utf-8")
    source = SourceSettings(path=str(tmp_path / "calls.jsonl"))
    stage = CleanStage("calls", source, [written(f"{ITEM}\n".encode())])
    (task,) = stage.tasks()
    assert stage.fingerprint
    if not digest_as_planned:
        written(f"{ITEM.replace('q1', 'q2')}\n".encode())
    forget()  # a worker reads the suites itself
    (tmp_path / "out").mkdir()
    if digest_as_planned:
        stage.run(task, str(tmp_path / "out"))
        return
    with pytest.raises(
        DedupError, match=r"suite hotel: its items have the digest [0-9a-f]{32}, not [0-9a-f]{32}; give"
    ):
        stage.run(task, str(tmp_path / "out"))


def test_a_suite_that_is_gone_behind_the_plan_is_refused(written: Written, tmp_path: Path) -> None:
    (resolved,) = written(f"{ITEM}\n".encode()).resolved(None)
    assert isinstance(resolved, Decontaminate)
    (tmp_path / "hotel.jsonl").unlink()
    forget()
    with pytest.raises(DedupError, match=r"suite hotel: no file matches .*hotel\.jsonl"):
        resolved.index()
