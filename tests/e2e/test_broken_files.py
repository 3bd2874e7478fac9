"""Files that are not what their names say, through a whole build: each is told apart, and its neighbours live."""

import gzip
import resource
import struct
import subprocess
import sys
import zlib
from collections import Counter
from pathlib import Path

import pytest

from ixigen_data.clean.arrow_files import read_arrow
from ixigen_data.shards.manifest import Manifest
from ixigen_data.sources.faults import Fault
from ixigen_data.sources.lines import LINE_LIMIT_BYTES
from ixigen_data.verify.dataset import verify
from tests.e2e.builds import ROOT, build

RECIPE = """
name: broken
seed: 3
tokenizer: {{path: tests/golden/tokenizer.json, eos: "<|endoftext|>"}}
sources:
  good: {{path: tests/golden/sources/web.jsonl, text: text, language: en, license: MIT}}
  raw: {{path: "{path}", id: {id}, language: ko, license: MIT}}
mixture: {{total_tokens: 640, parts: {{a: {{weight: 1, from: [good, raw], max_epochs: 99}}}}}}
packing: {{method: concat, seq_len: 64}}
"""
KOREAN = "한국어 문서가 다시 나온다.\n" * 20
PLAIN = "plain words " * 50
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 9, 9, 8, 2, 0, 0, 0) + zlib.compress(bytes(5000))
NOT_TEXT = {
    "elf.txt": Path(sys.executable).resolve().read_bytes()[:200_000],
    "png.txt": PNG,
    "gzipped.txt": gzip.compress(KOREAN.encode()),
    "utf16-mark.txt": KOREAN.encode("utf-16"),
    "utf16.txt": KOREAN.encode("utf-16-le"),
    "utf16-ascii.txt": PLAIN.encode("utf-16-le"),
    "utf16-ascii-big.txt": PLAIN.encode("utf-16-be"),
    "utf32.txt": KOREAN.encode("utf-32"),
    "surrogate.txt": KOREAN.encode() + b"\xed\xa0\x80",
    "cesu8.txt": KOREAN.encode() + b"\xed\xa0\xbd\xed\xb8\x80",
    "overlong.txt": KOREAN.encode() + b"\xc0\xaf",
    "mixed.txt": KOREAN.encode() + KOREAN.encode("cp949"),
    "latin1.txt": "déjà vu café ".encode("latin-1") * 20,
    "cut.txt": KOREAN.encode() + "다".encode()[:2],
}
TEXT = {
    "utf8.txt": KOREAN.encode(),
    "cp949.txt": ("둘째 " + KOREAN).encode("cp949"),
    "mark.txt": b"\xef\xbb\xbf" + ("셋째 " + KOREAN).encode(),
    "stray.txt": b"a\0" + KOREAN.encode(),
}
LINES = {
    b'{"name": "first", "text": "a good line"}': None,
    b'{"name": "high", "text": "a\\ud800b"}': "lone_surrogate",
    b'{"name": "low", "text": "\\udc00"}': "lone_surrogate",
    b'{"name": "\\ud800", "text": "its name has one"}': "lone_surrogate",
    b'{"name": "pair", "text": "a pair \\ud83d\\ude00"}': None,
    b'{"name": "raw", "text": "a\xed\xa0\x80b"}': "encoding_unknown",
    b'{"name": "cesu", "text": "a\xed\xa0\xbd\xed\xb8\x80b"}': "encoding_unknown",
    '{"name": "korean", "text": "가나다 한 줄"}'.encode("cp949"): None,
    b'{"name": "latin", "text": "d\xe9j\xe0 vu"}': "encoding_unknown",
    b'{"name": "zero", "text": "a\\u0000b and more"}': None,
    NOT_TEXT["elf.txt"][:3000].replace(b"\n", b" "): None,  # whatever it is called, it is a fault
    b'{"name": "last", "text": "the last line"}': None,
}


def built(folder: Path, path: Path, identity: str = "name") -> Manifest:
    recipe = folder / "recipe.yaml"
    recipe.write_text(RECIPE.format(path=path, id=identity))
    manifest = build(recipe, folder)
    verify(str(folder / "out")).raise_if_wrong()
    return manifest


def faults(folder: Path) -> list[Fault]:
    lines = [file.read_text().splitlines() for file in sorted(folder.glob("work/clean/raw/*/*.quarantine.jsonl"))]
    return [Fault.model_validate_json(line) for task in lines for line in task]


def kept(folder: Path) -> list[str]:
    files = sorted(folder.glob("work/clean/raw/*/*.docs.arrow"))
    return [name for file in files for batch in read_arrow(str(file)) for name in batch.column("id").to_pylist()]


def test_binary_files_and_wrong_encodings_that_are_named_txt(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    for name, data in (NOT_TEXT | TEXT).items():
        (folder / name).write_bytes(data)
    manifest = built(tmp_path, folder / "*.txt", "null")
    found = {Path(fault.source_file).name: fault for fault in faults(tmp_path)}
    assert sorted(found) == sorted(NOT_TEXT)
    assert {fault.reason for fault in found.values()} == {"encoding_unknown", "not_text"}
    assert all(fault.detail for fault in found.values())
    assert sorted(kept(tmp_path)) == sorted(TEXT)
    account = manifest.documents["raw"]["read"]
    assert (account.documents_in, account.documents_out) == (len(NOT_TEXT | TEXT), len(TEXT))


def test_lines_of_several_encodings_in_one_file(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b"\n".join(LINES) + b"\n")
    manifest = built(tmp_path, path)
    told = Counter(fault.reason for fault in faults(tmp_path))
    expected = Counter(reason for reason in LINES.values() if reason)
    assert told - expected == Counter({"json_broken": 1}) or told - expected == Counter({"encoding_unknown": 1})
    assert kept(tmp_path) == ["first", "pair", "korean", "zero", "last"]
    assert [fault.line for fault in faults(tmp_path)] == [2, 3, 4, 6, 7, 9, 11]
    assert manifest.documents["raw"]["read"].quarantined == 7


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["jsonl", "csv", "txt"])
def test_a_line_of_a_gigabyte(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"giant.{kind}"
    before, after = {"jsonl": ('{"text": "', '"}\n'), "csv": ('"', '"\n'), "txt": ("", "")}[kind]
    with path.open("w") as stream:
        stream.write({"jsonl": '{"text": "first"}\n', "csv": "text\nfirst\n", "txt": ""}[kind] + before)
        for _ in range(1024):
            stream.write("한국어 " * 104_858)  # a MiB
        stream.write(after + {"jsonl": '{"text": "last"}\n', "csv": "last\n", "txt": ""}[kind])
    if kind == "txt":
        (tmp_path / "other.txt").write_text("its neighbour")
    assert _peak_bytes(tmp_path, tmp_path / f"*.{kind}") < 1 << 30
    (fault,) = faults(tmp_path)
    assert fault.reason == ("document_too_long" if kind == "txt" else "line_too_long")
    assert len(kept(tmp_path)) == (1 if kind == "txt" else 2)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["한국어 문서가 다시 나온다 ", "word  ", " ", "ㅋ", "a\u0301", "ﾾￂﾤ", "<|endoftext|>", "1,"]
)
def test_a_document_of_63_mib_is_legal(text: str, tmp_path: Path) -> None:
    size = LINE_LIMIT_BYTES - 2**20
    path = tmp_path / "legal.jsonl"
    path.write_text('{"text": "x' + text * (size // len(text.encode())) + '"}\n{"text": "last"}\n')
    assert _peak_bytes(tmp_path, path) < 2 << 30
    assert (faults(tmp_path), len(kept(tmp_path))) == ([], 2)


def _peak_bytes(folder: Path, path: Path) -> int:
    """Build in a process of its own, and return how much memory it took at most."""
    words = [sys.executable, "-m", "tests.e2e.test_broken_files", str(folder), str(path)]
    done = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True)
    return int(done.stdout) << 10


if __name__ == "__main__":
    built(Path(sys.argv[1]), Path(sys.argv[2]), "null")
    sys.stdout.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}\n")
