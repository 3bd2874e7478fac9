"""Datasets built against indexes of earlier ones: what these hold is dropped, and told."""

import json
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import fsspec
import pyarrow.parquet as pq
import pytest
import yaml

from ixigen_data.build import build_index
from ixigen_data.build_plan import BuildOptions
from ixigen_data.clean import chunks
from ixigen_data.core.errors import DedupError, EngineError, ShardError
from ixigen_data.core.files import join, names_in, read_bytes
from ixigen_data.core.progress import Silent
from ixigen_data.dedup.index.manifest import IndexManifest
from ixigen_data.recipe import load_recipe
from ixigen_data.verify.dataset import verify
from tests.e2e.builds import ROOT, Run, build
from tests.e2e.s3_server import BUCKET, s3_server

_SYLLABLES = [chr(code) for code in range(ord("가"), ord("힣"), 53)]


def texts(name: str, count: int) -> list[str]:
    """Distinct documents of sixty words; no two share a shingle but by chance."""
    chance = random.Random(name)
    return [
        " ".join("".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(60)) for _ in range(count)
    ]


OLD, NEW, NEWER = texts("old", 40), texts("new", 30), texts("newer", 30)


@dataclass
class Folder:
    """Where recipes, datasets and indexes of a test lie."""

    path: Path
    near: Mapping[str, float] | None = None
    sources: dict[str, Sequence[str]] = field(default_factory=dict)

    def recipe(
        self, name: str, sources: Mapping[str, Sequence[str]], against: Sequence[object] = (), **more: object
    ) -> Path:
        """Write sources and a recipe that reads them; ids are "wiki-0", "wiki-1", …"""
        for source, documents in sources.items():
            lines = [json.dumps({"id": f"{source}-{n}", "text": text}) for n, text in enumerate(documents)]
            (self.path / f"{source}.jsonl").write_text("\n".join(lines))
        value = {
            "name": name,
            "tokenizer": {"path": "tests/golden/tokenizer.json", "eos": "<|endoftext|>"},
            "sources": {
                source: {"path": f"{self.path}/{source}.jsonl", "id": "id", "language": "ko"} for source in sources
            },
            "dedup": {"against": [*map(_plain, against)], **({} if self.near is None else {"near": dict(self.near)})},
            "mixture": {"total_tokens": 640, "parts": {"all": {"weight": 1, "from": [*sources]}}},
            "packing": {"seq_len": 64},
            **more,
        }
        path = self.path / f"{name}.yaml"
        path.write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False))
        return path

    def index(self, recipe: Path, out: str | Path, workers: int = 0) -> IndexManifest:
        return index(recipe, out, self.path / "work", workers)


def _plain(entry: object) -> object:
    return str(entry) if isinstance(entry, Path) else entry


def index(recipe: str | Path, out: str | Path, work: Path, workers: int = 0) -> IndexManifest:
    return build_index(load_recipe(str(recipe)).recipe, BuildOptions(str(out), str(work), workers), Silent())


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def files_of(url: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in url.iterdir()}


def ids_of(dataset: Path) -> set[str]:
    return {
        row for file in (dataset / "lineage").glob("*.parquet") for row in pq.read_table(file)["document"].to_pylist()
    }


def test_copies_of_what_an_index_holds_are_dropped_and_told(folder: Folder) -> None:
    old = folder.index(folder.recipe("old", {"wiki": [*OLD, OLD[0]]}), folder.path / "index")
    assert (old.documents, old.sources["wiki"].documents) == (40, 40)
    # Eleven copies of the index's, one of a document of its own.
    recipe = folder.recipe("new", {"web": [*OLD[5:16], *NEW, NEW[3]]}, [folder.path / "index"])
    manifest = build(recipe, folder.path)
    account = manifest.documents["web"]["dedup"]
    assert (account.documents_in, account.documents_out) == (42, 30)
    assert account.dropped == {"exact_duplicate": 1, "exact_duplicate_of_index": 11}
    assert set(manifest.documents) == {"web"}, "an index's documents are not accounted for here"
    assert ids_of(folder.path / "out") <= {f"web-{number}" for number in range(11, 41)}
    verify(str(folder.path / "out")).raise_if_wrong()
    without = build(folder.recipe("without", {"web": NEW}), folder.path, "without")
    assert without.sources["web"].kept_digest == manifest.sources["web"].kept_digest


def test_an_index_holds_what_its_own_recipe_kept_against_another(folder: Folder) -> None:
    first = folder.index(folder.recipe("first", {"wiki": OLD}), folder.path / "a")
    second = folder.recipe("second", {"web": [*OLD[:9], *NEW]}, [folder.path / "a"])
    chained = folder.index(second, folder.path / "b")
    assert chained.documents == len(NEW)
    recipe = folder.recipe("third", {"news": [*NEW[:4], *OLD[:7], *NEWER]}, [folder.path / "a", folder.path / "b"])
    account = build(recipe, folder.path).documents["news"]["dedup"]
    assert account.dropped == {"exact_duplicate_of_index": 11}
    recipe = folder.recipe("third", {"news": [*NEW[:4], *OLD[:7], *NEWER]}, [folder.path / "b"])
    assert build(recipe, folder.path, "b-alone").documents["news"]["dedup"].dropped == {"exact_duplicate_of_index": 4}
    assert first.digest != chained.digest


@pytest.mark.parametrize("workers", [0, 2])
def test_the_same_recipe_writes_the_same_bytes(workers: int, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = folder.recipe("old", {"wiki": OLD, "web": [*NEW, *OLD[:3]]})
    folder.index(recipe, folder.path / "first")
    again = index(recipe, folder.path / "again", folder.path / "other-work", workers)
    assert files_of(folder.path / "first") == files_of(folder.path / "again")
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 2_000)
    cut = index(recipe, folder.path / "cut", folder.path / "small-work")
    assert cut.sources == again.sources, "how the work is split changes chunks, not documents"


@pytest.mark.parametrize("moment", ["first", "last"])
def test_killed_while_writing_and_run_again(moment: str, folder: Folder) -> None:
    recipe = folder.recipe("old", {"wiki": OLD, "web": NEW})
    folder.index(recipe, folder.path / "whole")
    words = [sys.executable, "-m", "tests.e2e.killed_index", str(recipe), str(folder.path / "index")]
    killed = subprocess.run([*words, str(folder.path / "fresh"), moment], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert list((folder.path / "index").glob("*.keys.npy"))
    new = folder.recipe("new", {"news": NEWER}, [folder.path / "index"])
    with pytest.raises(DedupError, match=r"index: holds no index.json; write one with"):
        build(new, folder.path)
    other = folder.recipe("other", {"news": NEWER})
    with pytest.raises(EngineError, match="holds the unfinished build of another recipe"):
        folder.index(other, folder.path / "index")
    index(recipe, folder.path / "index", folder.path / "fresh")
    assert files_of(folder.path / "index") == files_of(folder.path / "whole")


def test_a_place_that_is_taken_is_left_alone(folder: Folder) -> None:
    recipe, place = folder.recipe("old", {"wiki": OLD}), folder.path / "index"
    stands, other = folder.index(recipe, place), folder.recipe("other", {"web": NEW})
    before = files_of(place)
    assert folder.index(recipe, place) == stands
    for build_it in (lambda: folder.index(other, place), lambda: index(recipe, place, folder.path / "empty")):
        with pytest.raises(
            EngineError, match=r"index: another index stands here already; name another folder with --out"
        ):
            build_it()
    with pytest.raises(EngineError, match="not empty, and not a dataset"):
        build(other, folder.path, "index")
    assert files_of(place) == before
    with pytest.raises(EngineError, match="a dataset stands here already"):
        folder.index(recipe, ROOT / "shards" / "tiny")
    with pytest.raises(EngineError, match="not empty, and not an index"):
        folder.index(recipe, folder.path)
    (place / "00000.keys.npy").unlink()
    with pytest.raises(DedupError, match=r"damaged: 00000.keys.npy is missing"):
        folder.index(recipe, place)


def test_a_damaged_index_ends_the_build_before_anything_is_read(folder: Folder) -> None:
    folder.index(folder.recipe("old", {"wiki": OLD}), folder.path / "index")
    ids = folder.path / "index" / "00000.ids.arrow"
    data = bytearray(ids.read_bytes())
    data[len(data) // 2] ^= 1
    ids.write_bytes(data)
    recipe = folder.recipe("new", {"web": NEW}, [folder.path / "index"])
    with pytest.raises(DedupError, match=r"index: damaged: the digest of 00000.ids.arrow is .*, index.json says "):
        build(recipe, folder.path, "new")
    assert not list(folder.path.glob("work/clean/web/*/*.docs.arrow"))


def test_another_index_at_the_same_place_drops_anew(folder: Folder) -> None:
    place = folder.path / "index"
    folder.index(folder.recipe("old", {"wiki": OLD}), place)
    recipe = folder.recipe("new", {"web": [*OLD[:5], *NEW[:20], *NEW]}, [place])
    assert build(recipe, folder.path, "a").documents["web"]["dedup"].dropped["exact_duplicate_of_index"] == 5
    for file in place.iterdir():
        file.unlink()
    folder.index(folder.recipe("other", {"news": NEW[:2]}), place)
    assert build(recipe, folder.path, "b").documents["web"]["dedup"].dropped["exact_duplicate_of_index"] == 4


def test_a_continuation_against_its_own_index_is_told(folder: Folder, run: Run) -> None:
    old = folder.recipe("old", {"wiki": OLD})
    dataset = build(old, folder.path, "old")
    folder.index(old, folder.path / "index")
    goes_on = {"manifest": str(folder.path / "old"), "digest": dataset.digest}
    sources = {"wiki": OLD, "web": NEW}
    more = folder.recipe("more", sources, [folder.path / "index"], continues=goes_on)
    told = (
        r"dedup.against: .*/index holds the documents of source 'wiki' that old, which this recipe continues, was made"
    )
    with pytest.raises(ShardError, match=told):
        build(more, folder.path, "more")
    checked = run("check", more)
    assert checked.code == 1
    assert "dedup.against: /" in checked.err
    assert "Leave this index out: a continuation serves nothing twice without one" in checked.err
    appended = folder.recipe("appended", sources, [folder.path / "index"])
    with pytest.raises(ShardError, match=told):
        build(appended, folder.path, "old", append=True)
    # An index of another corpus is what it is for.
    folder.index(folder.recipe("else", {"news": NEW[:10]}), folder.path / "else")
    manifest = build(folder.recipe("more", sources, [folder.path / "else"], continues=goes_on), folder.path, "more")
    assert manifest.documents["web"]["dedup"].dropped == {"exact_duplicate_of_index": 10}


def test_a_source_of_which_nothing_is_left_is_told(folder: Folder, run: Run) -> None:
    folder.index(folder.recipe("old", {"wiki": OLD}), folder.path / "index")
    recipe = folder.recipe("new", {"again": OLD, "web": [*OLD[:3], *NEW]}, [folder.path / "index"])
    done = run("build", recipe, "--out", folder.path / "out", "--work", folder.path / "work", "--workers", "0")
    assert done.code == 0
    assert "warning: source again: all of its 40 documents are copies of what the indexes under" in done.err
    assert "source web" not in done.err


def test_a_source_of_which_nothing_alike_is_left_is_told(folder: Folder, run: Run) -> None:
    """Near-copies too, and what an index has only through one of these."""
    folder.near = {}
    folder.index(folder.recipe("old", {"wiki": OLD}), folder.path / "index")
    changed = OLD[0].replace(OLD[0].split()[30], "딴말")
    again = {"again": [*OLD[1:], changed, changed], "web": NEW}
    recipe = folder.recipe("new", again, [folder.path / "index"])
    done = run("build", recipe, "--out", folder.path / "out", "--work", folder.path / "work", "--workers", "0")
    assert done.code == 0
    assert "warning: source again: 40 of its 41 documents are copies of what the indexes under" in done.err
    assert "source web" not in done.err
    done = run("show", folder.path / "out", "--document", "again-39")
    assert "dropped: near duplicate of wiki-0, index old/wiki, similarity 0." in done.out


def test_check_tells_of_every_index(folder: Folder, run: Run) -> None:
    folder.index(folder.recipe("old", {"wiki": OLD}), folder.path / "index")
    entries = ["none", folder.path / "index", "shards/tiny", {"index": str(folder.path / "index"), "digest": "0" * 32}]
    done = run("check", folder.recipe("new", {"web": NEW}, entries), "--json")
    assert done.code == 1
    told = {mistake["path"]: mistake["message"] for mistake in json.loads(done.out)["mistakes"]}
    assert set(told) == {"dedup.against[0]", "dedup.against[2]", "dedup.against[3]"}
    assert told["dedup.against[2]"].startswith(f"{ROOT}/shards/tiny: is a dataset, or something else, not an index")
    assert run("check", folder.recipe("new", {"web": NEW}, [folder.path / "index"])).code == 0


def test_the_command_tells_what_it_wrote(folder: Folder, run: Run) -> None:
    recipe, where = folder.recipe("old", {"wiki": OLD, "web": NEW}), ("--work", folder.path / "work", "--workers", "0")
    done = run("index", recipe, "--out", folder.path / "index", *where, "--quiet")
    digest = IndexManifest.load(str(folder.path / "index")).digest
    assert done.out.splitlines()[:3] == ["wiki: 40 documents", "web: 30 documents", "70 documents, keys, 3.3 KiB"]
    assert f"digest {digest}" in done.out
    again = run("index", recipe, "--out", folder.path / "index", *where, "--json")
    assert json.loads(again.out) == {
        "ok": True,
        "out": str(folder.path / "index"),
        "digest": digest,
        "documents": 70,
        "sources": {"wiki": 40, "web": 30},
        "bytes": sum(len(data) for name, data in files_of(folder.path / "index").items() if name != "index.json"),
    }


def test_a_build_and_its_index_share_the_work(folder: Folder) -> None:
    recipe = folder.recipe("old", {"wiki": OLD})
    build(recipe, folder.path)
    stood = {path: path.stat().st_mtime_ns for path in folder.path.glob("work/clean/*/*/*")}
    folder.index(recipe, folder.path / "index")
    assert {path: path.stat().st_mtime_ns for path in folder.path.glob("work/clean/*/*/*")} == stood


def edited(text: str) -> str:
    """Return a document with two syllables more and its spaces gone: alike, and another one."""
    return f"{text[:80]}가나{text[80:]}".replace(" ", "")


def test_near_copies_of_what_an_index_holds_are_dropped_and_told(folder: Folder) -> None:
    folder.near = {}
    # The index's own recipe drops a near-duplicate, of which nothing is left in it.
    old = folder.index(folder.recipe("old", {"wiki": [*OLD, edited(OLD[0])]}), folder.path / "index")
    assert old.documents == 40
    assert old.near is not None
    assert set(old.chunks[0].files) == {
        f"00000.{end}" for end in ("ids.arrow", "keys.npy", "sizes.npy", "signatures.npy", "bands.npy")
    }
    sources = {"web": [OLD[1], *map(edited, OLD[5:16]), *NEW, edited(NEW[3])]}
    manifest = build(folder.recipe("new", sources, [folder.path / "index"]), folder.path)
    assert manifest.documents["web"]["dedup"].dropped == {"exact_duplicate_of_index": 1}
    assert manifest.documents["web"]["near"].dropped == {"near_duplicate_of_index": 11, "near_duplicate": 1}
    assert set(manifest.documents["web"]) >= {"read", "clean", "dedup", "near"}
    assert set(manifest.documents) == {"web"}
    assert ids_of(folder.path / "out") <= {f"web-{number}" for number in range(12, 42)}
    verify(str(folder.path / "out")).raise_if_wrong()


def test_what_a_document_of_an_index_holds_is_dropped_and_told(folder: Folder) -> None:
    folder.near = {"containment": 0.9}
    long = ["\n".join(OLD[first : first + 8]) for first in range(0, 40, 8)]
    short = ["\n".join(OLD[first : first + 2]) for first in (0, 10, 12, 38)]
    old = folder.index(folder.recipe("old", {"wiki": [*long, NEWER[0]]}), folder.path / "index")
    assert "00000.sketch.npy" in old.chunks[0].files
    manifest = build(folder.recipe("new", {"web": [*short, *NEW]}, [folder.path / "index"]), folder.path)
    dropped = Counter[str]()
    for stage in manifest.documents["web"].values():
        dropped.update(stage.dropped)
    assert dropped == {"contained_in_index": 4}
    folder.near = {}
    folder.index(folder.recipe("old", {"wiki": OLD}), folder.path / "without")
    folder.near = {"containment": 0.9}
    with pytest.raises(DedupError, match=r"without: was made without dedup.near.containment, which this recipe asks"):
        build(folder.recipe("new", {"web": NEW}, [folder.path / "without"]), folder.path)


def test_near_copies_within_an_index_and_among_two_are_no_matter(folder: Folder) -> None:
    # Two indexes, made apart, hold near-duplicates of each other; only what is new is judged.
    for name, documents in (("a", OLD), ("b", [*map(edited, OLD[:20]), *NEW])):
        folder.near = {}
        folder.index(folder.recipe(name, {name: documents}), folder.path / f"index-{name}")
    recipe = folder.recipe("new", {"web": [*OLD[:3], *NEWER]}, [folder.path / "index-a", folder.path / "index-b"])
    manifest = build(recipe, folder.path)
    assert manifest.documents["web"]["dedup"].dropped == {"exact_duplicate_of_index": 3}
    assert manifest.documents["web"]["near"].dropped == {}


@pytest.mark.parametrize("workers", [0, 2])
def test_the_same_recipe_writes_the_same_signatures(workers: int, folder: Folder) -> None:
    folder.near = {}
    recipe = folder.recipe("old", {"wiki": OLD, "web": [*NEW, *OLD[:3], edited(OLD[4])]})
    folder.index(recipe, folder.path / "first")
    again = index(recipe, folder.path / "again", folder.path / "other-work", workers)
    assert files_of(folder.path / "first") == files_of(folder.path / "again")
    assert again.sources["web"].documents == len(NEW)


def test_an_index_of_other_shingles_is_refused(folder: Folder) -> None:
    folder.near = {}
    folder.index(folder.recipe("old", {"wiki": OLD}), folder.path / "index")
    value = yaml.safe_load(folder.recipe("new", {"web": NEW}, [folder.path / "index"]).read_text())
    value["dedup"]["near"] = {"shingle": 7}
    (folder.path / "new.yaml").write_text(yaml.safe_dump(value))
    with pytest.raises(
        DedupError, match=r"dedup.near.shingle 5, this recipe has 7, .* or write the index again with 7"
    ):
        build(folder.path / "new.yaml", folder.path)


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty bucket; clients find the server through the usual variables."""
    with s3_server(tmp_path_factory.mktemp("s3")) as environment, pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        fsspec.config.conf.pop("s3", None)
        yield f"s3://{BUCKET}"


def test_an_index_on_an_object_store_is_that_on_the_disk(bucket: str, folder: Folder) -> None:
    old = folder.recipe("old", {"wiki": OLD})
    here, there = folder.index(old, folder.path / "index"), folder.index(old, join(bucket, "index"), workers=2)
    assert here == there
    names = [name for name in names_in(join(bucket, "index")) if not name.startswith(".")]
    assert {name: read_bytes(join(bucket, "index", name)) for name in names} == files_of(folder.path / "index")
    sources = {"web": [*OLD[:5], *NEW]}
    local = build(folder.recipe("new", sources, [folder.path / "index"]), folder.path, "local")
    remote = build(folder.recipe("new", sources, [join(bucket, "index")]), join(bucket, "against"), workers=2)
    assert remote.digest == local.digest
    assert remote.documents["web"]["dedup"].dropped == {"exact_duplicate_of_index": 5}
    with pytest.raises(DedupError, match=f"{bucket}/none: there is nothing; write one with"):
        build(folder.recipe("new", sources, [join(bucket, "none")]), folder.path, "none")
