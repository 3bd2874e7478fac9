import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ixigen_data.core.digests import digest_bytes
from ixigen_data.core.errors import ShardError
from ixigen_data.core.progress import Silent
from ixigen_data.shards.manifest import Manifest, StoredFile
from ixigen_data.verify.dataset import verify, verify_shards
from tests.dataset import write_dataset
from tests.unit.verify.conftest import SETTINGS, Copy


class Watcher(Silent):
    """Progress that keeps what it is told."""

    def __init__(self) -> None:
        self.total = self.done = 0

    def begin(self, stage: str, total: int, unit: str) -> None:
        assert (stage, unit) == ("verify", "bytes")
        self.total = total

    def advance(self, stage: str, amount: int) -> None:
        assert stage == "verify"
        self.done += amount


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("workers", [1, 3])
def test_a_sound_dataset_is_recounted_to_its_manifest(name: str, workers: int, copy_of: Callable[[str], Copy]) -> None:
    copy = copy_of(name)
    found, manifest = copy.verify(workers), copy.manifest
    assert found.problems == []
    found.raise_if_wrong()
    assert found.shards == 5
    assert found.recount.windows == manifest.total_windows
    assert found.recount.settlement_windows == len(manifest.settlement_windows)
    for part in manifest.parts:
        counts = found.recount.parts[part.path]
        assert (counts.tokens, counts.windows, counts.eos_tokens) == (part.tokens, part.windows, part.eos_tokens)
        assert (counts.bos_tokens, counts.first_epoch_tokens) == (part.bos_tokens, part.unique_tokens)
    assert manifest.parts[2].repeated_tokens > 0
    held = found.eval["replay/ko"]
    assert (held.windows, held.parts["replay/ko"].pad_tokens, held.tokens()) == (3, 5, {"replay/ko": 91})


def test_a_dataset_on_an_object_store_is_verified() -> None:
    write_dataset("memory://verify/sound", SETTINGS["zstd"])
    assert verify("memory://verify/sound", workers=2).problems == []


def test_progress_is_told_in_bytes_of_shards(copy: Copy) -> None:
    watcher = Watcher()
    verify(str(copy.folder), watcher)
    assert watcher.done == watcher.total > 0


def test_shards_can_be_recounted_before_index_and_manifest_are_written(copy: Copy) -> None:
    manifest = copy.manifest.model_copy(update={"digest": None, "checksum": None})
    for file in ("index.json", "manifest.json", "eval/replay/ko/index.json"):
        copy.path(file).unlink()
    assert verify_shards(str(copy.folder), manifest).problems == []


def test_a_missing_manifest_and_a_broken_one_are_told(copy: Copy) -> None:
    copy.path("manifest.json").write_bytes(b"{")
    with pytest.raises(ShardError, match=r"^manifest\.json: not JSON: "):
        copy.verify().raise_if_wrong()
    copy.path("manifest.json").unlink()
    with pytest.raises(ShardError, match=r"^manifest\.json: not found; a dataset's manifest is written last"):
        copy.verify().raise_if_wrong()


@pytest.mark.parametrize("name", SETTINGS)
def test_every_missing_file_is_named(name: str, copy_of: Callable[[str], Copy]) -> None:
    copy = copy_of(name)
    for file in copy.files():
        if file == "manifest.json":
            continue
        shutil.move(copy.path(file), copy.folder.parent / "away")
        problems = copy.verify().problems
        assert [str(problem) for problem in problems] == [f"{file}: missing"]
        shutil.move(copy.folder.parent / "away", copy.path(file))


@pytest.mark.parametrize("name", SETTINGS)
def test_every_truncated_file_is_named(name: str, copy_of: Callable[[str], Copy]) -> None:
    copy = copy_of(name)
    for file in copy.files():
        data = copy.path(file).read_bytes()
        for kept in (0, 3, 21, len(data) // 2, len(data) - 1 - data.endswith(b"\n")):
            copy.path(file).write_bytes(data[:kept])
            assert file in {problem.file for problem in copy.verify().problems}, (file, kept)
        copy.path(file).write_bytes(data)


def test_swapped_shards_are_named_whether_or_not_the_index_was_swapped_with_them(copy: Copy) -> None:
    one, two = (copy.path(f"shard.0000{number}.mds") for number in (1, 2))
    data = one.read_bytes(), two.read_bytes()
    one.write_bytes(data[1])
    two.write_bytes(data[0])
    message = r"^shard\.00001\.mds: holds the bytes of shard\.00002\.mds"
    with pytest.raises(ShardError, match=message):
        copy.verify().raise_if_wrong()

    def swap(index: dict[str, object]) -> None:
        shards = index["shards"]
        assert isinstance(shards, list)
        for key in ("samples", "raw_data"):
            shards[1][key], shards[2][key] = shards[2][key], shards[1][key]
        for number in (1, 2):
            shards[number]["raw_data"]["basename"] = f"shard.0000{number}.mds"

    copy.edit_json("index.json", swap)
    with pytest.raises(ShardError, match=message):
        copy.verify().raise_if_wrong()
    assert "index.json" in {problem.file for problem in copy.verify().problems}


def test_swapped_shards_are_found_even_when_the_manifest_was_swapped_with_them(copy: Copy) -> None:
    manifest = copy.manifest
    first, second = manifest.shards[0], manifest.shards[2]
    names = {first.file: second.file, second.file: first.file}
    data = {file: copy.path(file).read_bytes() for file in names}
    for file, other in names.items():
        copy.path(other).write_bytes(data[file])
    shards = list(manifest.shards)
    shards[0], shards[2] = (
        second.model_copy(update={"file": first.file}),
        first.model_copy(update={"file": second.file}),
    )
    copy.forge_manifest(shards=tuple(shards))
    # The settlement window of the first shard now stands elsewhere, and so do the pieces of its lineage.
    with pytest.raises(ShardError, match=r"^shard\.00000\.mds: window 2: part: expected a settlement window"):
        copy.verify().raise_if_wrong()


@pytest.mark.parametrize(
    "file",
    [
        "shard.00004.mds",
        "shard.00000.mds.zstd",
        "eval/replay/ko/shard.00001.mds",
        "eval/telco/index.json",
        "lineage/00004.parquet",
    ],
)
def test_extra_shards_are_named(file: str, copy: Copy) -> None:
    copy.path(file).parent.mkdir(parents=True, exist_ok=True)
    copy.path(file).write_bytes(b"x")
    (problem,) = copy.verify().problems
    assert file.startswith(problem.file)
    assert problem.message == "extra: not in the manifest"


def test_the_file_of_statistics_is_checked(copy: Copy) -> None:
    copy.path("statistics.json").write_bytes(b"{}")
    record = StoredFile(file="statistics.json", bytes=2, digests={"xxh3_128": digest_bytes(b"{}")})
    copy.manifest.model_copy(update={"statistics": record}).write(str(copy.folder))
    assert copy.verify().ok
    copy.path("statistics.json").write_bytes(b"[]")
    (problem,) = copy.verify().problems
    assert str(problem).startswith(f"statistics.json: xxh3_128: expected {digest_bytes(b'{}')}")
    copy.path("statistics.json").unlink()
    assert [str(problem) for problem in copy.verify().problems] == ["statistics.json: missing"]


def test_files_for_people_and_unfinished_copies_are_not_extra(copy: Copy) -> None:
    for file in ("README.md", "report.html", ".shard.00009.mds.0123.part"):
        copy.path(file).write_bytes(b"x")
    assert copy.verify().ok


def test_a_raw_shard_beside_its_compressed_form_is_extra(copy_of: Callable[[str], Copy]) -> None:
    copy = copy_of("zstd")
    copy.path("shard.00000.mds").write_bytes(b"streaming would serve this one, unchecked")
    with pytest.raises(ShardError, match=r"shard\.00000\.mds: extra: not in the manifest"):
        copy.verify().raise_if_wrong()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("name", "other", r"checksum \(the file was edited\): expected"),
        ("seed", 6, r"checksum \(the file was edited\): expected"),
        ("total_tokens", 577, "total_tokens: expected 576, got 577"),
        ("digest", "0" * 32, r"checksum \(the file was edited\): expected"),
        ("licenses", {}, r"checksum \(the file was edited\): expected"),
        ("lineage", [], r"^lineage/00000\.parquet: extra: not in the manifest"),
        ("settlement_windows", [], "windows of parts and settlement windows: expected 18, got 16"),
        ("seq_len", 64, "settlement window 2: tokens: expected 64, got 32"),
        ("seq_len", 12, "seq_len: Input should be a multiple of 8"),
        ("misspelt", 1, "misspelt: Extra inputs are not permitted"),
    ],
)
def test_an_edited_manifest_is_told(key: str, value: object, message: str, copy: Copy) -> None:
    copy.edit_json("manifest.json", lambda manifest: manifest.update({key: value}))
    with pytest.raises(ShardError, match=message):
        copy.verify().raise_if_wrong()


@pytest.mark.parametrize(
    ("update", "message"),
    [
        ({"tokens": 1}, "total_tokens: expected 309, got 576"),
        ({"content_tokens": 1}, r"parts.telco.content \+ EOS \+ BOS: expected 268"),
        ({"repeated_tokens": 1}, r"parts.telco.unique \+ repeated: expected 268, got 269"),
        ({"target_tokens": 270}, "parts.telco.tokens: expected 270, got 268"),
        ({"eos_tokens": 19, "bos_tokens": 18}, "parts.telco.eos_tokens: expected 19, got 18 in the shards"),
        ({"unique_tokens": 267, "repeated_tokens": 1}, "parts.telco.unique_tokens: expected 267, got 268 in the sh"),
    ],
)
def test_a_manifest_that_lies_under_a_fresh_seal_is_told(update: dict[str, int], message: str, copy: Copy) -> None:
    telco, *others = copy.manifest.parts
    copy.forge_manifest(parts=(telco.model_copy(update=update), *others))
    with pytest.raises(ShardError, match=rf"^manifest\.json: {message}"):
        copy.verify().raise_if_wrong()


def test_a_digest_that_was_not_computed_is_told(copy: Copy) -> None:
    manifest = copy.manifest.model_copy(update={"digest": "0" * 32})
    seal = {"digest": manifest.digest, "checksum": manifest.checksum_of()}
    copy.edit_json("manifest.json", lambda value: value.update(seal))
    with pytest.raises(ShardError, match=r"^manifest\.json: digest: expected 0{32}, got [0-9a-f]{32}$"):
        copy.verify().raise_if_wrong()


def test_a_wrong_hold_out_is_told(copy: Copy) -> None:
    entry = copy.manifest.eval["replay/ko"]
    copy.forge_manifest(eval={"replay/en": entry})
    found = " | ".join(str(problem) for problem in copy.verify().problems)
    assert (
        "manifest.json: shard 0: expected eval/replay/en/shard.00000.mds, got eval/replay/ko/shard.00000.mds" in found
    )
    copy.forge_manifest(eval={})
    with pytest.raises(ShardError, match=r"^eval/replay: extra: not in the manifest"):
        copy.verify().raise_if_wrong()
    copy.forge_manifest(eval={"replay/ko": entry.model_copy(update={"tokens": 92})})
    with pytest.raises(ShardError, match=r"^manifest\.json: eval\.replay/ko\.tokens: expected 91, got 92"):
        copy.verify().raise_if_wrong()


def test_documents_that_do_not_add_up_are_told(copy: Copy) -> None:
    def lose_one(manifest: dict[str, dict[str, dict[str, dict[str, int]]]]) -> None:
        manifest["documents"]["telco"]["read"]["out"] = 39

    copy.edit_json("manifest.json", lose_one)  # type: ignore[arg-type]
    with pytest.raises(ShardError, match=r"documents\.telco\.read: out \+ dropped \+ quarantined: expected 41, got 40"):
        copy.verify().raise_if_wrong()


def test_an_index_that_disagrees_names_the_shard_and_the_key(copy: Copy) -> None:
    def edit(index: dict[str, object]) -> None:
        shards = index["shards"]
        assert isinstance(shards, list)
        shards[3]["raw_data"]["bytes"] += 1

    copy.edit_json("index.json", edit)
    with pytest.raises(
        ShardError, match=r"^index\.json: shard\.00003\.mds: entry\.raw_data\.bytes: expected 696, got 697"
    ):
        copy.verify().raise_if_wrong()
    copy.edit_json("index.json", lambda index: index.update({"shards": []}))
    with pytest.raises(ShardError, match=r"^index\.json: number of shards: expected 4, got 0"):
        copy.verify().raise_if_wrong()


def test_a_manifest_is_not_a_path_traversal(copy: Copy, tmp_path: Path) -> None:
    manifest = copy.manifest
    forged = manifest.shards[0].model_copy(update={"file": "../outside.mds"})
    copy.forge_manifest(shards=(forged, *manifest.shards[1:]))
    with pytest.raises(ShardError, match=r"shard 0: expected shard\.00000\.mds, got \.\./outside\.mds"):
        copy.verify().raise_if_wrong()
    assert isinstance(copy.manifest, Manifest)
    assert not (tmp_path / "outside.mds").exists()
