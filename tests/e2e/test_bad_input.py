"""What users get wrong: one clear line each, and exit status 1."""

# ruff: noqa: E501 - whole sentences are tested, as users read them

import contextlib
import json
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from ixigen_data.core.errors import SourceError
from ixigen_data.engine.locks import lock
from ixigen_data.sources.files import list_files
from ixigen_data.sources.settings import SourceSettings
from tests.e2e.builds import TINY, Run, data_digests

TEN_MISTAKES = """\
name: ten mistakes
seed: -1
tokenizer: {path: tests/golden/tokenizer.json}
sources:
  a: {path: "tests/golden/sources/finance.jsonl", format: xls, license: MIT}
  b: {path: "tests/golden/sources/web.jsonl", licence: MIT}
  b: {path: "tests/golden/sources/web.jsonl", license: GPL-3.0}
clean: [{rule: lenght, min_chars: 1}, {rule: nfc, only: [c]}]
licenses: {allow: [MIT]}
mixture:
  total_tokens: 1000
  parts:
    x: {weight: -5, from: [a]}
    y: {weight: 1, from: [d]}
packing: {method: concat, seq_len: 64}
colour: blue
"""


def recipe_with(folder: Path, *changes: tuple[str, str]) -> Path:
    """Write the tiny recipe with some text replaced."""
    text = Path(TINY).read_text()
    for old, new in changes:
        assert old in text, f"{old!r} is not in {TINY}"
        text = text.replace(old, new, 1)
    path = folder / "recipe.yaml"
    path.write_text(text)
    return path


def test_a_recipe_with_ten_mistakes_tells_all_of_them(tmp_path: Path, run: Run) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(TEN_MISTAKES)
    done = run("check", recipe)
    assert done.code == 1
    told = re.sub(r"^error: .*?recipe.yaml: ", "", done.err, flags=re.MULTILINE).splitlines()
    expected = [
        "line 1: name: should match pattern '^[A-Za-z0-9][A-Za-z0-9._-]*$'; got 'ten mistakes'; for instance 'telco-50'",
        "line 2: seed: should be greater than or equal to 0; got -1; the default is 0",
        "line 3: tokenizer.eos: is missing; for instance '<|endoftext|>'",
        "line 5: sources.a.format: should be 'jsonl', 'json', 'parquet', 'arrow', 'csv', 'tsv', 'text', 'html', 'warc', 'nikl', 'aihub' or 'kspon'; got 'xls'",
        "line 6: sources.b.licence: unknown key; did you mean license?",
        "line 7: sources.b: duplicate key, first on line 6; keep one of the two",
        "line 8: clean[0].rule: there is no rule 'lenght'; did you mean length?",
        "line 8: clean[1].only: there is no source 'c'; use one of a, b",
        "line 11: mixture.total_tokens: 1,000 is not a multiple of packing.seq_len 64; use 960 or 1,024",
        "line 13: mixture.parts.x.weight: -5 is not positive; write a number such as 1 or 24.5",
        "line 14: mixture.parts.y.from[0]: there is no source 'd'; use one of a, b",
        "line 16: colour: unknown key; known here: clean, ",
    ]
    for line in expected:
        assert any(found.startswith(line) for found in told), f"{line}\nis not told in\n{done.err}"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("web.jsonl", "nowhere.jsonl", r"sources.web.path: .*nowhere\.jsonl"),
        (
            "tokenizer: {path: tests/golden/tokenizer.json",
            "tokenizer: {path: setup.cfg",
            r"tokenizer.path: setup.cfg is not JSON .*give a folder or a file",
        ),
        (
            'eos: "<|endoftext|>"',
            'eos: "</s>"',
            r"tokenizer.eos: '</s>' is not a token of tests/golden/tokenizer.json; use one of its own, such as",
        ),
        (
            "license: Apache-2.0}\n  essays",
            "license: secret}\n  essays",
            r"sources.finance.license: licence 'secret' is not allowed; licenses.allow holds Apache-2.0",
        ),
        ("licenses:", "dedup: {exact: null}\nlicenses:", r"dedup.exact: a hold-out needs exact deduplication"),
        ("seq_len: 64", "seq_len: 60", r"packing.seq_len: 60 is not a multiple of 8 .*; use 56 or 64"),
        (
            "max_epochs: 2, holdout",
            "max_epochs: 1, holdout",
            r"mixture.total_tokens.epochs: 2 is more than the part's max_epochs 1; use 1, or raise max_epochs",
        ),
    ],
)
def test_check_says_what_is_wrong_and_where(old: str, new: str, told: str, tmp_path: Path, run: Run) -> None:
    done = run("check", recipe_with(tmp_path, (old, new)))
    assert done.code == 1
    assert re.search(rf"error: .*recipe.yaml: line \d+: {told}", done.err), done.err
    assert "Traceback" not in done.err


def test_a_missing_recipe(run: Run, tmp_path: Path) -> None:
    done = run("check", tmp_path / "nothing.yaml")
    assert done.code == 1
    assert re.search(r"nothing.yaml: no such recipe \(looked for .*\); `ixigen-data init DIR` writes one", done.err)


def test_an_empty_source(tmp_path: Path, run: Run) -> None:
    (tmp_path / "empty.jsonl").touch()
    recipe = recipe_with(tmp_path, ("tests/golden/sources/web.jsonl", str(tmp_path / "empty.jsonl")))
    done = run("build", recipe, "--out", tmp_path / "out", "--work", tmp_path / "work", "--workers", "0", "-q")
    assert done.code == 1
    assert re.search(r"error: source web: empty source: .*empty.jsonl matches nothing but empty files", done.err), (
        done.err
    )


def test_a_source_whose_text_key_is_wrong(tmp_path: Path, run: Run) -> None:
    recipe = recipe_with(tmp_path, ("id: url,", "id: url, text: body,"))
    done = run("build", recipe, "--out", tmp_path / "out", "--work", tmp_path / "work", "--workers", "0", "-q")
    assert done.code == 1
    assert re.search(
        r"error: source web: none of its 5 records became a document; the first: \S+web.jsonl, line 1: text_missing .*"
        r"Check sources.web.text and .format",
        done.err,
    ), done.err


def test_an_unreadable_directory(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o000 if os.geteuid() else 0o700)
    told = _as_nobody(lambda: list_files("web", SourceSettings(path=f"{folder}/*.jsonl")))
    assert re.search(r"source web: cannot read \S+closed: Permission denied", told), told


def _as_nobody(action: Callable[[], object]) -> str:
    """Return the error of an action in a process that has no rights here; root itself may read everything."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(PermissionError):  # where the tests do not run as root, the mode keeps nobody out
            os.setuid(65534)
        try:
            action()
        except SourceError as error:
            os.write(writer, str(error).encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as told:
        return told.read()


def test_a_part_without_enough_tokens(tmp_path: Path, run: Run) -> None:
    recipe = recipe_with(tmp_path, ("{part: finance, epochs: 2}", "64_000"))
    done = run("build", recipe, "--out", tmp_path / "out", "--work", tmp_path / "work", "--workers", "0", "-q")
    assert done.code == 1
    assert re.search(
        r"mixture\.parts\.\S+: the target is [\d,]+ tokens, but there are [\d,]+ × max_epochs \d = [\d,]+: [\d,]+ are missing; "
        r"the largest total_tokens that works is [\d,]+, or set max_epochs to \d+",
        done.err,
    ), done.err
    largest = int(re.search(r"largest total_tokens that works is ([\d,]+)", done.err)[1].replace(",", ""))  # type: ignore[index]
    again = recipe_with(tmp_path, ("{part: finance, epochs: 2}", str(largest)))
    assert run("build", again, "--out", tmp_path / "out", "--work", tmp_path / "work", "--workers", "0", "-q").code == 0


def test_an_output_that_exists(tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    done = run("build", TINY, "--out", out, "--work", tmp_path / "work", "--workers", "0", "-q")
    assert (done.code, done.err) == (1, f"error: {out}: not empty, and not a dataset; name another folder with --out\n")
    assert (out / "thesis.txt").read_text() == "mine"


def test_another_dataset_in_the_output(tmp_path: Path, run: Run) -> None:
    words = ["--out", tmp_path / "out", "--work", tmp_path / "work", "--workers", "0", "-q"]
    assert run("build", TINY, *words).code == 0
    again = run("build", TINY, *words)
    assert again.code == 0, "the same build once more is no mistake"
    done = run("build", recipe_with(tmp_path, ("seed: 17", "seed: 18")), *words)
    told = "a dataset stands here already; name another folder with --out, or delete this one"
    assert (done.code, done.err) == (1, f"error: {tmp_path / 'out'}: {told}\n")


def test_two_builds_on_one_output(tmp_path: Path, run: Run) -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with lock(str(tmp_path / "out")):
            held.set()
            done.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    second = run("build", TINY, "--out", tmp_path / "out", "--work", tmp_path / "work", "--workers", "0", "-q")
    done.set()
    holder.join()
    assert second.code == 1
    assert re.fullmatch(
        r"error: .*/out: process \d+ on \S+ is writing here; wait for it, or use another folder\.\n", second.err
    )


def test_mix_without_a_token_store(tmp_path: Path, run: Run) -> None:
    done = run("mix", TINY, "--out", tmp_path / "out", "--work", tmp_path / "work", "--workers", "0", "-q")
    assert done.code == 1
    assert re.search(
        r"error: clean/finance: not finished in .*; run `ixigen-data build` with this recipe once", done.err
    )


def test_broken_records_are_set_aside_and_strict_makes_them_fatal(tmp_path: Path, run: Run) -> None:
    words = ["--work", tmp_path / "work", "--workers", "0", "-q"]
    assert run("build", TINY, "--out", tmp_path / "out", *words).code == 0
    kept = "\n".join(path.read_text() for path in tmp_path.glob("work/clean/*/*/*.quarantine.jsonl"))
    assert '"line":8' in kept.replace(" ", "")
    assert "text_not_string" in kept
    assert "json_broken" in kept
    done = run("build", TINY, "--out", tmp_path / "strict", "--strict", *words)
    assert done.code == 1
    assert re.search(r"error: \S*finance.jsonl, line 8: text_not_string", done.err), done.err


def test_a_file_whose_lines_are_of_two_encodings_builds_the_same_shards(tmp_path: Path, run: Run) -> None:
    path = Path("tests/golden/sources/finance.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    mixed = [line.decode().encode("cp949") if number % 2 else line for number, line in enumerate(lines)]
    assert mixed != lines
    (tmp_path / "finance.jsonl").write_bytes(b"".join(mixed))
    recipe = recipe_with(tmp_path, (str(path), str(tmp_path / "finance.jsonl")))
    assert (
        run("build", recipe, "--out", tmp_path / "out", "--work", tmp_path / "work", "--workers", "0", "-q").code == 0
    )
    assert data_digests(tmp_path / "out") == data_digests(Path("shards/tiny"))


def test_binary_files_named_txt_and_files_of_two_encodings_are_set_aside(tmp_path: Path, run: Run) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "good.txt").write_text("고객님의 요금제를 변경하였습니다. " * 40, "utf-8")
    (texts / "mixed.txt").write_bytes("고객님의 요금제\n".encode() + "변경하였습니다.\n".encode("cp949"))
    (texts / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    (texts / "numbers.txt").write_bytes(b"\x01\0\0\0" * 100)
    (texts / "surrogate.txt").write_bytes("한국\ud800어".encode(errors="surrogatepass"))
    recipe = recipe_with(tmp_path, ("tests/golden/sources/ko/*.md", f"{texts}/*.txt"))
    run("build", recipe, "--out", tmp_path / "out", "--work", tmp_path / "work", "--workers", "0", "-q")
    (kept,) = tmp_path.glob("work/clean/essays/*/*.quarantine.jsonl")
    faults = [json.loads(line) for line in kept.read_text("utf-8").splitlines()]
    assert {Path(fault["source_file"]).name: fault["reason"] for fault in faults} == {
        "mixed.txt": "encoding_unknown",
        "numbers.txt": "not_text",
        "picture.txt": "encoding_unknown",
        "surrogate.txt": "encoding_unknown",
    }


def test_a_wrong_call_is_status_2(run: Run) -> None:
    assert run("build", TINY).code == 2
    assert run("show", "shards/tiny").code == 2
    assert run("bild", TINY).code == 2


def test_no_such_dataset(run: Run, tmp_path: Path) -> None:
    for words in (["report"], ["show", "--window", "0"]):
        done = run(*words, tmp_path / "nothing")
        assert done.code == 1
        assert re.search(r"error: \S*nothing/manifest.json: not found", done.err), done.err
