"""The frequent lines of a source: listed by chunk, counted over all, kept in a small table."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from ixigen_data.clean.chunks import ChunkWriter
from ixigen_data.core.documents import Documents
from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import join
from ixigen_data.dedup.lines import frequent as frequent_lines
from ixigen_data.dedup.lines import stage as lines_stage
from ixigen_data.dedup.lines.frequent import FrequentLines, most_frequent, nothing_frequent
from ixigen_data.dedup.lines.sidecar import LINE_ROW, LineCounts, read_lines
from ixigen_data.dedup.lines.stage import LinesInputs, LinesStage, read_frequent
from ixigen_data.dedup.settings import DedupSettings, LinesSettings
from ixigen_data.dedup.sidecars import sidecars_of
from ixigen_data.engine.completion import complete_task, gather_outcomes, plan_tasks
from ixigen_data.engine.stage import Outcome, Stage, Task

SETTINGS = LinesSettings(min_documents=3, min_share=0.1)
PAGES = [
    f"Home > News {n}\nviews {n * 1000:,}\nbody of its own {'x' * n}\nanother line {'y' * n}\nall rights reserved"
    for n in range(12)
]


class Cleaned:
    """A clean stage that writes texts as they are, a chunk for each group."""

    name, unit, fingerprint = "clean/web", "bytes", "0" * 32

    def __init__(self, groups: Sequence[Sequence[str]], settings: LinesSettings) -> None:
        self._groups = groups
        self._settings = settings

    def tasks(self) -> Sequence[Task]:
        return [Task(index=number, name=str(number), work=1) for number in range(len(self._groups))]

    def outputs(self, folder: str) -> str:
        return folder

    def run(self, task: Task, folder: str) -> Outcome:
        with ChunkWriter(folder, task.index, (LineCounts(self._settings),)) as writer:
            for text in self._groups[task.index]:
                column = pa.array([text], pa.large_string())
                writer.add(Documents(column, column, np.zeros(1, np.int32), np.zeros(1, np.int64)))
        return Outcome(files=writer.files, summary=writer.summary([]).model_dump(mode="json"))


def finish(stage: Stage, work: Path) -> str:
    folder = join(str(work), stage.name)
    tasks = plan_tasks(stage, folder)
    for task in tasks:
        complete_task(stage, task.index, folder)
    gather_outcomes(folder, tasks)
    return folder


def found(
    work: Path,
    groups: Sequence[Sequence[str]],
    drops: dict[int, list[int]] | None = None,
    settings: LinesSettings = SETTINGS,
) -> FrequentLines:
    clean = finish(Cleaned(groups, settings), work)
    inputs = LinesInputs(clean, lambda chunk: np.array((drops or {}).get(chunk, []), np.uint32))
    return read_frequent(finish(LinesStage("web", settings, inputs, []), work))


def told(table: FrequentLines) -> dict[str, int]:
    return dict(zip(table.lines, table.documents.tolist(), strict=True))


def test_lines_of_many_documents_are_found_with_numbers_and_capitals_alike(tmp_path: Path) -> None:
    table = found(tmp_path, [PAGES])
    assert told(table) == {"home > news 0": 12, "views 0": 12, "all rights reserved": 12}
    assert (table.of_documents, table.depth) == (12, 32)
    assert table.hashes.tolist() == sorted(table.hashes.tolist())


@pytest.mark.parametrize("rows", [1_000, 7])
def test_neither_chunks_nor_partitions_decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    whole = found(tmp_path / "whole", [PAGES])
    monkeypatch.setattr(lines_stage, "ROWS_PER_PARTITION", rows)
    parts = found(tmp_path / "parts", [PAGES[:5], PAGES[5:6], [], PAGES[6:]])
    assert parts.data() == whole.data()
    files = list((tmp_path / "parts" / "lines/web").glob("*.parquet"))
    assert len(files) == (1 if rows == 1_000 else 16)


def test_copies_do_not_make_lines_frequent(tmp_path: Path) -> None:
    groups = [["one story\ntold twice\nin four lines\nof text"] * 4, PAGES[:2]]
    assert told(found(tmp_path / "all", groups)).keys() >= {"one story", "of text"}
    table = found(tmp_path / "kept", groups, drops={0: [1, 2, 3]})
    assert (told(table), table.of_documents) == ({}, 3)


def test_a_line_counts_once_a_document_and_short_documents_not_at_all(tmp_path: Path) -> None:
    groups = [["menu\nmenu\nmenu\nmenu\nown"] * 1 + ["menu\nfoot\nfoot"] * 9 + ["menu\na b\nc d\ne f"]]
    assert told(found(tmp_path, groups, settings=LinesSettings(min_documents=2, min_share=0.01))) == {"menu": 2}


def test_a_share_of_all_documents_is_asked_for(tmp_path: Path) -> None:
    groups = [PAGES[:3], [f"one line {'z' * n}" for n in range(8)]]
    assert told(found(tmp_path / "a", groups, settings=LinesSettings(min_documents=2, min_share=0.3))) == {}
    assert len(found(tmp_path / "b", groups, settings=LinesSettings(min_documents=2, min_share=0.27))) == 3
    assert LinesSettings(min_share=0.3).threshold(100) == 30
    assert LinesSettings(min_share=0.1).threshold(300) == 30
    assert LinesSettings().threshold(10) == 20


def test_a_chunk_lists_each_line_of_a_document_once(tmp_path: Path) -> None:
    clean = finish(Cleaned([["top line\nmiddle\nmiddle\nfoot line", *PAGES]], LinesSettings(depth=4)), tmp_path)
    records = read_lines(clean, "00000-000")
    assert records.dtype == LINE_ROW
    assert np.array_equal(records, np.unique(records))
    assert np.bincount(records["row"])[:2].tolist() == [3, 5]
    size_bytes = (Path(clean) / "00000-000.lines.npy").stat().st_size
    assert size_bytes == 128 + 12 * len(records)


def test_the_lines_of_a_continued_dataset_are_taken_over(tmp_path: Path) -> None:
    earlier = found(tmp_path / "earlier", [PAGES])
    clean = finish(Cleaned([PAGES[:4]], SETTINGS), tmp_path)
    inputs = LinesInputs(clean, lambda _: np.zeros(0, np.uint32), lambda: earlier)
    assert read_frequent(finish(LinesStage("web", SETTINGS, inputs, []), tmp_path)).data() == earlier.data()


def test_no_more_than_the_most_frequent_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frequent_lines, "MOST_LINES", 3)
    one = FrequentLines(np.array([2, 5], np.uint64), np.array([7, 9]), ("b", "e"), 32, 20)
    other = FrequentLines(np.array([1, 8], np.uint64), np.array([7, 7]), ("a", "h"), 32, 20)
    assert told(most_frequent([one, other])) == {"a": 7, "b": 7, "e": 9}
    assert most_frequent([one, other]).top(2) == [("e", 9), ("a", 7)]


def test_a_table_is_read_as_it_was_written() -> None:
    table = FrequentLines(np.array([1, 1 << 63], np.uint64), np.array([3, 4]), ("홈", "foot"), 0, 12)
    read = FrequentLines.parse(table.data(), "x")
    assert (told(read), read.depth, read.of_documents) == (told(table), 0, 12)
    assert read.same_cuts(table)
    assert not read.same_cuts(nothing_frequent(0))
    assert nothing_frequent(5).same_cuts(nothing_frequent(6))


def test_what_is_no_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ShardError, match=r"lines/web.parquet: not a table of frequent lines: .*magic bytes"):
        FrequentLines.parse(b"PAR1 it is not", "lines/web.parquet")
    with monkeypatch.context() as patched:
        patched.setattr(frequent_lines, "VERSION", 2)
        data = nothing_frequent().data()
    with pytest.raises(ShardError, match="frequent lines of version 2, expected 1; build again with this version"):
        FrequentLines.parse(data, "x")


def test_code_is_left_alone_and_others_may_be_named() -> None:
    everything, some = DedupSettings(lines=LinesSettings()), DedupSettings(lines=LinesSettings(only=("web",)))
    assert [len(sidecars_of(everything, "web", language)) for language in ("ko", None, "code")] == [1, 1, 0]
    assert [len(sidecars_of(some, source, "ko")) for source in ("web", "law")] == [1, 0]
    with pytest.raises(ValidationError, match="there is no source 'wbe'; use one of law, web"):
        LinesSettings.model_validate({"only": ["wbe"]}, context={"sources": {"web", "law"}})


def test_only_the_depth_makes_other_sidecars() -> None:
    marks = [LineCounts(settings).mark for settings in (LinesSettings(), SETTINGS, LinesSettings(depth=8))]
    assert marks[0] == marks[1] != marks[2]
    assert LineCounts(LinesSettings(where="anywhere")).mark == ["lines", 1, 0]
