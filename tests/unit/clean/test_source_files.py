"""Files of a source keep their numbers, empty ones too."""

from pathlib import Path

from ixigen_data.clean.source_files import source_files
from ixigen_data.clean.stage import CleanStage
from ixigen_data.engine.completion import plan_tasks
from ixigen_data.rules.settings import DEFAULT_RULES
from ixigen_data.sources.settings import SourceSettings


def test_an_empty_file_keeps_its_number(tmp_path: Path) -> None:
    for name, text in (("a", ""), ("b", '{"text": "가"}\n'), ("c", ""), ("d", '{"text": "나"}\n')):
        (tmp_path / f"{name}.jsonl").write_text(text, "utf-8")
    plan_tasks(CleanStage("wiki", SourceSettings(path=f"{tmp_path}/*.jsonl"), DEFAULT_RULES), str(tmp_path / "work"))
    assert source_files(str(tmp_path / "work")) == ["", f"{tmp_path}/b.jsonl", "", f"{tmp_path}/d.jsonl"]
