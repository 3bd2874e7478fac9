import io
import json
import threading
import time
from pathlib import Path

import fsspec
import pytest
from rich.console import Console

from ixigen_data.core.errors import IxigenError
from ixigen_train.report import watch
from ixigen_train.report.watch import Watch, follow, line_of, view
from ixigen_train.runs.claim import claimed
from ixigen_train.runs.folder import RunFolder
from ixigen_train.runs.run_file import RunFile
from tests.unit.train.report.runs import Written


def shown(text: io.StringIO, width: int = 80, terminal: bool = False) -> Console:
    return Console(file=text, width=width, force_terminal=terminal, highlight=False, _environ={"TERM": "xterm"})


def test_how_a_run_stands(tmp_path: Path) -> None:
    seen = Watch(str(Written(steps=200, status="running").write(tmp_path / "run"))).look()
    assert (seen.step, seen.steps, seen.status, seen.checkpoint) == (200, 400, "running", 200)
    assert seen.seconds_left == pytest.approx(200 * 41, rel=0.05)
    assert seen.wait_share is not None
    assert 0 < seen.wait_share < 0.05
    assert [part.part for part in seen.parts] == ["telco/상담", "telco/manuals", "replay/한국어", "replay/en"]
    assert not any(part.alarm for part in seen.parts)
    assert json.loads(json.dumps(seen.plain()))["parts"][0]["loss"] == seen.parts[0].loss


def test_the_view_fits_a_narrow_terminal(tmp_path: Path) -> None:
    text = io.StringIO()
    shown(text).print(view(Watch(str(Written().write(tmp_path / "run"))).look()))
    lines = text.getvalue().splitlines()
    assert "telco-50-qwen-3b  finished  step 400 of 400, 100 %" in lines[0]
    assert any("replay/한국어" in line and "−9.35 %" in line and "█" in line for line in lines)
    assert "checkpoint step 400" in " ".join(text.getvalue().split())


def test_an_alarm_is_told(tmp_path: Path) -> None:
    seen = Watch(str(Written().write(tmp_path / "run"))).look()
    assert [part.part for part in seen.parts if part.alarm] == ["replay/en"]
    assert "hold-out replay/en +5.29 %" in line_of(seen)
    text = io.StringIO()
    shown(text, terminal=True).print(view(seen))
    assert "\x1b[1;31m +5.29 %" in text.getvalue()


def test_names_do_not_command_the_terminal(tmp_path: Path) -> None:
    parts = {"\x1b]0;x\x07[red]": 1.0}
    written = Written(parts=parts, steps=3, planned=9, status="failed", reason="\x1b[2Jgone [b]")
    seen = Watch(str(written.write(tmp_path / "run"))).look()
    text = io.StringIO()
    shown(text).print(view(seen))
    assert "\x1b" not in text.getvalue() + line_of(seen)
    assert "[red]" in text.getvalue()
    assert "gone [b]" in text.getvalue()


@pytest.mark.parametrize("written", [Written(steps=0, hold_outs=0, status="running"), Written(steps=1, planned=9)])
def test_little_is_known_at_first(written: Written, tmp_path: Path) -> None:
    seen = Watch(str(written.write(tmp_path / "run"))).look()
    shown(io.StringIO()).print(view(seen))
    assert line_of(seen).startswith(f"step {seen.step}/{seen.steps}")


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(IxigenError, match=r"run\.json: not found; name the folder that `ixigen-train pretrain` got"):
        follow(str(tmp_path))


def test_a_run_is_followed_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOCAL_SECONDS", 0.01)
    folder = Written(steps=3, planned=9, status="running", hold_outs=0).write(tmp_path / "run")
    lines = Written(steps=9, planned=9, hold_outs=0).lines()

    def train() -> None:
        for line in lines[3:]:
            time.sleep(0.05)
            with (folder / "metrics.jsonl").open("a") as stream:
                text = json.dumps(line)
                stream.write(text[:40])  # a reader may come between
                stream.flush()
                time.sleep(0.03)
                stream.write(f"{text[40:]}\n")
        RunFile.load(folder / "run.json").finished().write(folder / "run.json")

    trainer = threading.Thread(target=train)
    trainer.start()
    text = io.StringIO()
    seen = follow(str(folder), console=shown(text, width=200))
    trainer.join()
    assert seen is not None
    assert (seen.step, seen.status) == (9, "finished")
    told = text.getvalue().splitlines()
    assert told[0].startswith("step 3/9")
    assert told[-1].startswith("step 9/9")
    assert told[-1].endswith("finished")
    assert len(told) == len(set(told))


def test_beside_a_training_its_word_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOCAL_SECONDS", 0.01)
    answers = iter([True, True, True, False])
    folder = tmp_path / "run"

    def alive() -> bool:
        answer = next(answers)
        if not answer:
            Written(steps=5, planned=9, status="failed", reason="killed").write(folder)
        return answer

    text = io.StringIO()
    seen = follow(str(folder), alive, shown(text, terminal=True))
    assert seen is not None
    assert (seen.step, seen.status) == (5, "failed")
    assert "killed" in text.getvalue()
    assert follow(str(tmp_path / "none"), lambda: False, shown(io.StringIO())) is None


def test_a_run_whose_machine_went_down_is_not_followed_for_ever(tmp_path: Path) -> None:
    folder = Written(steps=5, planned=9, status="running").write(tmp_path / "run")
    with claimed(RunFolder(folder), 0, 0.0):
        assert Watch(str(folder)).look().status == "running"
    seen = follow(str(folder), console=shown(io.StringIO()))
    assert seen is not None
    assert (seen.status, seen.seconds_left) == ("ended", None)


def test_a_training_that_is_gone_has_ended(tmp_path: Path) -> None:
    folder = Written(steps=5, planned=9, status="running").write(tmp_path / "run")
    text = io.StringIO()
    seen = follow(str(folder), lambda: False, shown(text, width=200))
    assert seen is not None
    assert (seen.status, seen.seconds_left) == ("ended", None)
    assert text.getvalue().splitlines()[-1].endswith("ended")


def test_a_run_on_an_object_store(tmp_path: Path) -> None:
    folder = Written(steps=5, planned=9, status="running").write(tmp_path / "run")
    store = fsspec.filesystem("memory")
    store.put(str(folder), "/watched", recursive=True)
    remote = Watch("memory://watched")
    assert remote.look() == Watch(str(folder)).look()
    store.pipe("/watched/metrics.jsonl", (folder / "metrics.jsonl").read_bytes() + b'{"step": 6, "loss": 1.5}\n')
    assert (remote.look().step, remote.look().loss) == (6, 1.5)
    store.rm("/watched", recursive=True)
