"""Indexes that do not fit are refused, each with what differs and what to do."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ixigen_data.core.errors import DedupError
from ixigen_data.dedup.index.against import near_of, open_against, open_each
from ixigen_data.dedup.index.manifest import IndexManifest, IndexNear, KnownIndex
from ixigen_data.dedup.settings import AgainstSettings, DedupSettings, NearSettings

WriteIndex = Callable[..., Path]
NEAR = NearSettings(shingle=5, bands=14, rows=8)


def against(*urls: Path, near: NearSettings | None = None, digest: str | None = None) -> DedupSettings:
    entries = tuple(AgainstSettings(index=str(url), digest=digest) for url in urls)
    return DedupSettings(against=entries, near=near)


def signed(near: NearSettings = NEAR, language: str | None = "ko") -> IndexNear:
    return near_of(near, [near.unit_of(language)])


def test_an_index_that_fits_is_known_by_its_digest(write_index: WriteIndex) -> None:
    url = write_index(near=signed())
    (known,) = open_against(against(url, near=NEAR.model_copy(update={"threshold": 0.9})), ["ko", "en"])
    assert known == KnownIndex(url=str(url), digest=IndexManifest.load(str(url)).digest)
    assert open_against(against(url), ["ko"]) == (known,)
    assert open_against(against(url, digest=known.digest), ["ko"]) == (known,)


def test_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(
        DedupError, match=r"dedup.against\[0\]: /.*/none: there is nothing; write one with `ixigen-data"
    ):
        open_against(against(tmp_path / "none"), ["ko"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(DedupError, match=r"empty: holds no index.json; write one with `ixigen-data index RECIPE"):
        open_against(against(tmp_path / "empty"), ["ko"])
    with pytest.raises(DedupError, match=r"shards/tiny: is a dataset, or something else, not an index; write one with"):
        open_against(against(Path(__file__).parents[4] / "shards" / "tiny"), ["ko"])


@pytest.mark.parametrize(
    ("stands", "asked", "told"),
    [
        (
            NEAR.model_copy(update={"shingle": 4}),
            NEAR,
            r"dedup.near.shingle 4, this recipe has 5, .*write shingle: 4 in the recipe, or",
        ),
        (
            NEAR,
            NEAR.model_copy(update={"bands": 20}),
            r"dedup.near.bands 14, this recipe has 20, and their signatures cannot be comp",
        ),
        (
            NEAR,
            NEAR.model_copy(update={"rows": 7}),
            r"dedup.near.rows 8, this recipe has 7, .* or write the index again with 7",
        ),
        (
            NEAR,
            NEAR.model_copy(update={"containment": 0.9}),
            r"was made without dedup.near.containment, which this recipe asks for",
        ),
    ],
)
def test_signatures_that_cannot_be_compared(
    stands: NearSettings, asked: NearSettings, told: str, write_index: WriteIndex
) -> None:
    url = write_index(near=signed(stands))
    with pytest.raises(DedupError, match=told):
        open_against(against(url, near=asked), ["ko"])
    assert len(open_against(against(url), ["ko"])) == 1  # exact copies need no signatures


def test_settings_of_units_that_only_one_side_has_do_not_matter(write_index: WriteIndex) -> None:
    url = write_index(near=signed())
    assert open_against(against(url, near=NEAR.model_copy(update={"words": 3})), ["ko", "en"])


def test_shingles_of_other_units_never_agree(write_index: WriteIndex) -> None:
    url = write_index(near=signed(language="en"))
    with pytest.raises(
        DedupError, match="shingles are runs of words, those of this recipe's sources of characters, as"
    ):
        open_against(against(url, near=NEAR), ["ko", None])


def test_an_index_without_signatures_where_near_is_on(write_index: WriteIndex) -> None:
    with pytest.raises(DedupError, match=r"holds no signatures, .* leave near out of this one"):
        open_against(against(write_index(), near=NEAR), ["ko"])


def test_signatures_of_another_version(write_index: WriteIndex) -> None:
    url = write_index(near=signed().model_copy(update={"version": 99}))
    with pytest.raises(
        DedupError, match=r"its signatures are of version 99, this program writes version \d+; write the"
    ):
        open_against(against(url, near=NEAR), ["ko"])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"version": 7}, "an index of version 7, this program reads version 1; write one with"),
        ({"documents": 4}, "its index.json was edited or damaged: its digest is wrong"),
        ({"documents": "many"}, r"its index.json is damaged \(documents: Input should be a valid integer"),
        ({"key": "md5"}, r"its index.json is damaged \(key: Input should be 'xxh3_128'\)"),
        ({"colour": "red"}, r"its index.json is damaged \(colour: Extra inputs are not permitted\)"),
    ],
)
def test_an_index_json_that_is_not_what_was_written(
    change: dict[str, object], told: str, write_index: WriteIndex
) -> None:
    url = write_index()
    value = json.loads((url / "index.json").read_text())
    (url / "index.json").write_text(json.dumps(value | change))
    with pytest.raises(DedupError, match=told):
        open_against(against(url), ["ko"])


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"kind": 4}', "\udcff"])
def test_an_index_json_that_is_no_json(text: str, write_index: WriteIndex) -> None:
    url = write_index()
    (url / "index.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(DedupError, match=r"old: its index.json is damaged \("):
        open_against(against(url), ["ko"])


def test_files_that_were_cut_or_lost(write_index: WriteIndex) -> None:
    url = write_index()
    keys = url / "00000.keys.npy"
    keys.write_bytes(keys.read_bytes()[:-20])
    with pytest.raises(DedupError, match=r"damaged: 00000.keys.npy holds 232 bytes, index.json says 252; fetch"):
        open_against(against(url), ["ko"])
    keys.unlink()
    with pytest.raises(DedupError, match=r"damaged: 00000.keys.npy is missing, index.json says 252"):
        open_against(against(url), ["ko"])


def test_another_index_than_the_pinned_one(write_index: WriteIndex) -> None:
    url = write_index()
    with pytest.raises(DedupError, match=rf"its digest is [0-9a-f]{{32}}, the recipe pins {'0' * 32}; put the pinned"):
        open_against(against(url, digest="0" * 32), ["ko"])


def test_an_index_that_becomes_another_after_planning(write_index: WriteIndex) -> None:
    url = write_index()
    with pytest.raises(DedupError, match=rf"has become another index since .* not {'1' * 32}; run the build again"):
        KnownIndex(url=str(url), digest="1" * 32).load()


def test_one_index_named_twice(write_index: WriteIndex) -> None:
    first = write_index(name="old")
    (first.parent / "link").symlink_to(first)
    with pytest.raises(DedupError, match=r"dedup.against\[1\]: .*/link: is the same index as .*/old; name it once"):
        open_against(against(first, first.parent / "link"), ["ko"])


def test_all_that_is_wrong_is_found_at_once(write_index: WriteIndex, tmp_path: Path) -> None:
    url = write_index()
    found = open_each(against(tmp_path / "a", url, tmp_path / "b"), ["ko"])
    assert [type(one) for one in found] == [DedupError, KnownIndex, DedupError]


def test_the_name_alone_does_not_change_the_digest(write_index: WriteIndex) -> None:
    named = IndexManifest.load(str(write_index()))
    renamed = named.model_copy(update={"name": "new"})
    assert renamed.digest_of() == named.digest
    moved = named.chunks[0].model_copy(update={"source": "web"})
    assert named.model_copy(update={"chunks": (moved,)}).digest_of() != named.digest
