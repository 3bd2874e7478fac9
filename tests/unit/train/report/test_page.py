import math
import re
from pathlib import Path

import pytest

from ixigen_train.history.run import load_run
from ixigen_train.report.page import html_page
from ixigen_train.windows.course import Course, CoursePlan, Stretch
from tests.dataset import write_dataset
from tests.page import Page
from tests.unit.train.report.conftest import Load
from tests.unit.train.report.runs import Written

SECTIONS = ["loss", "hold-outs", "tokens", "speed", "checkpoints", "identity", "recipe"]
HOSTILE = "<script>alert('x')</script>"


def section(source: str, name: str) -> str:
    """Return the text of one section of a page, white space as one space."""
    return _text(source.partition(f'<section id="{name}">')[2].partition("</section>")[0])


def header(source: str) -> str:
    return _text(source.partition("<header>")[2].partition("</header>")[0])


def _text(source: str) -> str:
    return " ".join(Page(re.sub(r"(</(td|th|dt|small)>)", r"\1 ", source)).text.split())


def test_the_page_is_well_formed_and_needs_nothing_else(load: Load) -> None:
    source = html_page(load(Written()))
    page = Page(source)
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & set(page.tags)
    assert not {"src", "srcset", "action", "data"} & {name for name, _ in page.attributes}
    assert not re.search(r"url\(|@import|@font-face", source)
    assert {value for name, value in page.attributes if name == "href"} == {f"#{name}" for name in SECTIONS}
    assert re.findall(r'<section id="([\w-]+)">', source) == SECTIONS
    assert "@media screen and (prefers-color-scheme: dark)" in source
    assert "@media print" in source


def test_the_same_run_gives_the_same_bytes(load: Load) -> None:
    run = load(Written(steps=50, planned=50))
    assert html_page(run) == html_page(load_run(run.url))


def test_a_finished_run_says_what_it_learnt_and_forgot(load: Load) -> None:
    source = html_page(load(Written()))
    assert "Finished" in header(source)
    assert "Forgetting. replay/en +5.29 % in perplexity on the hold-out, beyond the alarm of +5.00 %" in header(source)
    assert "replay/한국어 2.7000 2.6018" in section(source, "hold-outs")
    assert source.count('class="limit"') == 1
    assert "Loss by part" in section(source, "loss")


def test_without_an_alarm_nothing_is_one(load: Load) -> None:
    source = html_page(load(Written(alarm=None)))
    assert "Forgetting." not in source
    assert 'class="limit"' not in source


def test_a_run_that_failed_says_why_and_what_is_left(load: Load) -> None:
    reason = "loss is not a number at step 31: windows 61,440 to 63,487"
    source = html_page(load(Written(steps=30, planned=45, status="failed", reason=reason)))
    assert f"Failed after step 30 of 45. The last checkpoint is that of step 30. {reason}" in header(source)


def test_a_run_in_progress(load: Load) -> None:
    source = html_page(load(Written(steps=30, planned=45, status="running")))
    assert "Running, or stopped without a word: step 30 of 45" in header(source)


@pytest.mark.parametrize("status", ["running", "finished", "failed"])
def test_a_run_without_a_step(load: Load, status: str) -> None:
    source = html_page(load(Written(steps=0, planned=45, hold_outs=0, status=status)))
    Page(source)
    assert "No step has been finished." in section(source, "loss")
    assert "None has been consumed." in section(source, "tokens")
    assert "None was measured yet" in section(source, "hold-outs")
    assert "None stands in the run's folder." in section(source, "checkpoints")


def test_measured_before_and_nothing_trained(load: Load) -> None:
    source = html_page(load(Written(steps=0, planned=45, status="running")))
    assert "replay/en 2.6000 2.6000" in section(source, "hold-outs")
    assert "None has been consumed." in section(source, "tokens")


def test_one_step_is_a_page(load: Load) -> None:
    source = html_page(load(Written(steps=1, planned=1)))
    assert "means over the labels of one step" in section(source, "loss")


def test_a_resumed_run_marks_where(load: Load) -> None:
    source = html_page(load(Written(steps=30, planned=45, starts=(0, 12, 20))))
    assert "<title>resumed after step 12</title>" in source
    assert "<title>resumed after step 20</title>" in source
    assert "Dotted uprights" in section(source, "loss")
    assert "dotted uprights" not in html_page(load(Written(steps=30, planned=45))).lower()


def test_names_cannot_get_out(load: Load) -> None:
    parts = {f"{HOSTILE}/a": 0.5, '" onload="x': 0.5}
    written = Written(parts=parts, name="x", model=HOSTILE, status="failed", reason=HOSTILE, shards=HOSTILE, steps=9)
    page = Page(html_page(load(written)))
    assert not {"script", "img"} & set(page.tags)
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert page.text.count(HOSTILE) > 10


def test_what_is_no_number_leaves_a_gap(load: Load) -> None:
    run = load(Written(steps=30, planned=30))
    file = Path(run.url) / "metrics.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines()
    lines[5] = re.sub(r'"(loss|perplexity|mfu|grad_norm)([^"]*)":[^,}]+', r'"\1\2":null', lines[5])
    lines[6] = re.sub(r'"loss":[^,}]+', '"loss":NaN', lines[6])
    lines[7] = "{torn"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    source = html_page(load_run(run.url))
    assert "nan" not in re.sub(r"<style>.*</style>", "", source, flags=re.DOTALL).lower().replace("nanum", "")
    assert "1 line of metrics.jsonl cannot be read" in section(source, "identity")


def test_long_runs_are_thinned(load: Load) -> None:
    short, long = html_page(load(Written(steps=479, planned=479))), html_page(load(Written(steps=2000, planned=2000)))
    assert "A line is the mean of 8 steps or so" in section(long, "loss")
    assert len(long) < 1.8 * len(short)


def write_real(folder: Path, off: int = 0) -> str:
    """Write a run over a dataset that is there: four steps of four windows, whose tokens are those of the plan."""
    manifest = write_dataset(str(folder / "shards"))
    stretch = Stretch(shards=str(folder / "shards"), digest=manifest.digest or "", steps=4)
    course = Course.open(CoursePlan(stretches=(stretch,), batch_windows=4), None, None)
    written = Written(steps=4, planned=4, batch=4, shards=stretch.shards, digest=stretch.digest)
    run = written.write(folder / "run")
    lines = ""
    for step in range(1, 5):
        tokens = dict(zip(course.parts, course.planned(step), strict=True))
        told = "".join(f', "tokens/{part}": {count + off}' for part, count in tokens.items())
        lines += f'{{"step": {step}, "tokens": {sum(tokens.values())}, "loss": {math.e}{told}}}\n'
    (run / "metrics.jsonl").write_text(lines, encoding="utf-8")
    return str(run)


def test_consumed_tokens_stand_beside_their_plan(tmp_path: Path) -> None:
    run = load_run(write_real(tmp_path))
    source = html_page(run)
    assert "Finished, and every token was met" in header(source)
    assert run.dataset.course is not None
    planned = dict(zip(run.dataset.course.parts, run.dataset.course.planned(4), strict=True))
    for part, tokens in planned.items():
        assert re.search(rf"{part} [\d.]+ % {tokens:,} {tokens:,} 0", section(source, "tokens"))
    assert "2 windows of" in section(source, "tokens")
    assert "fill no batch of 4 and were left unserved" in section(source, "tokens")
    assert "small" in header(source)


def test_tokens_that_are_not_as_planned_are_the_first_thing_said(tmp_path: Path) -> None:
    source = html_page(load_run(write_real(tmp_path, off=3)))
    assert "Not as planned. Consumed tokens of a part are 3 off" in header(source)
    assert "+3" in section(source, "tokens")
    assert "every token was met" not in source
