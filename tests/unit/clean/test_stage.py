"""The clean stage, from raw files to chunks and an account that closes."""

import json
from pathlib import Path
from typing import ClassVar, Literal

import pyarrow as pa
import pytest

from ixigen_data.clean.arrow_files import read_arrow
from ixigen_data.clean.chunks import CleanSummary, read_documents_file
from ixigen_data.clean.length import Length
from ixigen_data.clean.stage import CleanOptions, CleanStage
from ixigen_data.core.errors import SourceError
from ixigen_data.core.steps import INK, Formatter
from ixigen_data.engine.stage import Outcome, Stage
from ixigen_data.rules.settings import DEFAULT_RULES
from ixigen_data.sources.settings import SourceSettings

LINES = [
    '{"id": "a", "text": "요금제  안내\\r\\n"}',
    '{"id": "b", "text": "짧음"}',
    '{"id": "c", "text": ',
    '{"id": "d", "text": "\\u3000\\n"}',
    '{"id": "e", "text": "한국어 문서"}',
]


class Fussy(Formatter):
    """Raises on a text with a "한"."""

    SHAPES: ClassVar[int] = INK
    rule: Literal["fussy"] = "fussy"

    def format(self, text: str) -> str:
        if "한" in text:
            raise KeyError(text)
        return text


@pytest.fixture
def source(tmp_path: Path) -> SourceSettings:
    path = tmp_path / "raw.jsonl"
    path.write_text("\n".join(LINES) + "\n", "utf-8")
    return SourceSettings(path=str(path), id="id", language="ko")


def run(stage: Stage, folder: Path) -> Outcome:
    (task,) = stage.tasks()
    return stage.run(task, str(folder))


def test_a_task_end_to_end(source: SourceSettings, tmp_path: Path) -> None:
    out = tmp_path / "out"
    stage = CleanStage("calls", source, [*DEFAULT_RULES, Length(min_chars=4), Fussy()], CleanOptions(keep_dropped=True))
    outcome = run(stage, out)

    accounts = {name: by_source["calls"] for name, by_source in outcome.ledger.stages.items()}
    assert (accounts["read"].documents_in, accounts["read"].documents_out, accounts["read"].quarantined) == (5, 4, 1)
    assert (accounts["clean"].documents_in, accounts["clean"].documents_out) == (4, 1)
    assert accounts["clean"].dropped == {"empty": 1, "length_short": 1}
    assert accounts["clean"].quarantined == 1
    assert all(account.closes() for account in accounts.values())

    summary = CleanSummary.model_validate(outcome.summary)
    (batch,) = read_documents_file(str(out), summary.chunks[0].stem)
    assert batch.column("text").to_pylist() == ["요금제 안내"]
    assert batch.column("id").to_pylist() == ["a"]
    assert outcome.files == {path.name: path.stat().st_size for path in out.iterdir()}

    (dropped,) = read_arrow(str(out / "00000.dropped.arrow"))
    assert dropped.select(["id", "text", "rule", "reason"]).to_pylist() == [
        {"id": "d", "text": "\u3000\n", "rule": "empty", "reason": "empty"},
        {"id": "b", "text": "짧음", "rule": "length", "reason": "length_short"},
        {"id": "e", "text": "한국어 문서", "rule": "fussy", "reason": "crash:fussy:KeyError"},
    ]
    faults = [json.loads(line) for line in (out / "00000.quarantine.jsonl").read_text("utf-8").splitlines()]
    assert [fault["reason"] for fault in faults] == ["json_broken", "crash:fussy:KeyError"]
    assert faults[0]["line"] == 3
    assert faults[1]["detail"] == "document e"
    assert [fault.reason for fault in summary.faults] == [fault["reason"] for fault in faults]


def test_nothing_is_written_that_was_not_asked_for(source: SourceSettings, tmp_path: Path) -> None:
    outcome = run(CleanStage("calls", source, [Length(min_chars=10_000)]), tmp_path / "out")
    assert CleanSummary.model_validate(outcome.summary).chunks == ()
    assert list(outcome.files) == ["00000.quarantine.jsonl", "00000.samples.json"]


def test_strict_makes_the_first_fault_fatal(source: SourceSettings, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"raw\.jsonl, line 3: json_broken"):
        run(CleanStage("calls", source, DEFAULT_RULES, CleanOptions(strict=True)), tmp_path / "out")


def test_strict_makes_a_crash_fatal(tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    path.write_text(LINES[4] + "\n", "utf-8")
    with pytest.raises(SourceError, match=r"raw\.jsonl, at 0: crash:fussy:KeyError"):
        run(CleanStage("calls", SourceSettings(path=str(path)), [Fussy()], CleanOptions(strict=True)), tmp_path / "out")
    assert not any((tmp_path / "out").glob("*.arrow"))


def test_the_same_bytes_again(source: SourceSettings, tmp_path: Path) -> None:
    stage = CleanStage("calls", source, DEFAULT_RULES, CleanOptions(keep_dropped=True))
    assert run(stage, tmp_path / "one") == run(stage, tmp_path / "two")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_code_is_left_as_it_is_but_for_controls(tmp_path: Path) -> None:
    code = "def f():\r\n\treturn '  '  \x0c\n\n\n\n"
    (tmp_path / "a.py").write_bytes(code.encode())
    settings = SourceSettings(path=str(tmp_path / "*.py"), language="code")
    outcome = run(CleanStage("code", settings, DEFAULT_RULES), tmp_path / "out")
    (batch,) = read_documents_file(str(tmp_path / "out"), CleanSummary.model_validate(outcome.summary).chunks[0].stem)
    assert batch.column("text").to_pylist() == ["def f():\n\treturn '  '  \n\n\n\n\n"]


def test_the_fingerprint_covers_what_decides_bytes(source: SourceSettings) -> None:
    def fingerprint(
        settings: SourceSettings = source, *, strict: bool = False, rules: tuple[Formatter | Length, ...] = ()
    ) -> str:
        return CleanStage("calls", settings, rules, CleanOptions(strict=strict)).fingerprint

    same = fingerprint()
    assert fingerprint(source.model_copy(update={"license": "CC-BY-4.0"})) == same
    assert fingerprint(rules=(Length(only=("wiki",)),)) == same
    assert fingerprint(strict=True) == same
    changed = [
        fingerprint(source.model_copy(update={"text": "body"})),
        fingerprint(rules=(Length(),)),
        fingerprint(rules=(Length(min_chars=2),)),
    ]
    Path(str(source.path)).write_text("{}\n", "utf-8")
    changed.append(fingerprint())
    assert len({same, *changed}) == 5


def test_the_stage_keeps_to_the_protocol(source: SourceSettings) -> None:
    stage: Stage = CleanStage("calls", source, DEFAULT_RULES)
    assert (stage.name, stage.unit, len(stage.fingerprint)) == ("clean/calls", "bytes", 32)
    assert stage.outputs("x") == "x"
    (task,) = stage.tasks()
    assert task.work == Path(str(source.path)).stat().st_size


def test_documents_are_large_strings(source: SourceSettings, tmp_path: Path) -> None:
    run(CleanStage("calls", source, DEFAULT_RULES), tmp_path / "out")
    (batch,) = read_documents_file(str(tmp_path / "out"), "00000-000")
    assert batch.schema.field("text").type == pa.large_string()
