from ixigen_data.report.figures import license_of, mixture_rows, settlement_rows, shard_figures, total_error
from ixigen_data.shards.manifest import Manifest, NodeRecord, StoredFile


def test_rows_are_the_tree_as_it_is_read(manifest: Manifest) -> None:
    rows = mixture_rows(manifest)
    assert [(row.path, row.depth, row.name) for row in rows] == [
        ("", 0, "all"),
        ("finance", 1, "finance"),
        ("replay", 1, "replay"),
        ("replay/한국어", 2, "한국어"),
        ("replay/en", 2, "en"),
        ("replay/code", 2, "code"),
    ]
    assert [row.weight for row in rows] == ["", "24.5", "28.5", "20", "5.5", "3"]
    assert sum(row.share for row in rows if row.part) == 1


def test_inner_nodes_are_the_sums_of_their_parts(manifest: Manifest) -> None:
    without_nodes = manifest.model_copy(update={"nodes": ()})
    for row in (mixture_rows(manifest)[2], mixture_rows(without_nodes)[2]):
        assert (row.target_tokens, row.tokens, row.windows) == (2_092_438, 2_092_438, 1_020)
        assert row.unused_tokens == 12_708_675 + 992_506 + 3_098_650


def test_windows_of_the_whole_include_those_that_parts_share(manifest: Manifest) -> None:
    assert mixture_rows(manifest)[0].windows == manifest.total_windows == 878 + 716 + 197 + 107 + 2


def test_a_part_whose_name_begins_like_another_is_not_below_it(manifest: Manifest) -> None:
    second = manifest.parts[1].model_copy(update={"path": "finance-2"})
    parts = manifest.model_copy(update={"parts": (manifest.parts[0], second), "nodes": ()})
    assert [row.tokens for row in mixture_rows(parts)[1:]] == [manifest.parts[0].tokens, second.tokens]


def test_the_error_is_the_worst_of_any_node(manifest: Manifest) -> None:
    assert total_error(manifest) == 0
    off = NodeRecord(path="replay", weight="28.5", target_tokens=2_092_438, tokens=2_092_431)
    assert total_error(manifest.model_copy(update={"nodes": (off,)})) == 7


def test_shards_are_summed_up(manifest: Manifest) -> None:
    figures = shard_figures(manifest)
    assert (figures.shards, figures.first, figures.last) == (2, "shard.00000.mds", "shard.00001.mds")
    assert figures.size_bytes == figures.stored_bytes == 2 * figures.largest_bytes
    assert figures.hashes == ("xxh3_128",)


def test_compressed_shards_count_as_they_are_stored(manifest: Manifest) -> None:
    small = StoredFile(file="shard.00000.mds.zstd", bytes=10, digests={"xxh3_128": "f" * 32})
    shards = (manifest.shards[0].model_copy(update={"stored": small}),)
    figures = shard_figures(manifest.model_copy(update={"shards": shards}))
    assert (figures.stored_bytes, figures.size_bytes) == (10, manifest.shards[0].bytes)


def test_a_dataset_without_shards_has_figures(manifest: Manifest) -> None:
    assert shard_figures(manifest.model_copy(update={"shards": ()})).shards == 0


def test_settlement_windows_by_name(manifest: Manifest) -> None:
    first = settlement_rows(manifest)[0]
    assert (first.window, first.owner) == (871, "replay/한국어")
    assert first.pieces == (("replay/한국어", 2009), ("replay/en", 39))


def test_the_licence_of_a_source_is_found_in_either_place(manifest: Manifest) -> None:
    assert license_of(manifest, "portone") == "Apache-2.0"
    sources = {"portone": manifest.sources["portone"].model_copy(update={"license": None})}
    assert license_of(manifest.model_copy(update={"sources": sources}), "portone") == "Apache-2.0"
    assert license_of(manifest.model_copy(update={"sources": sources, "licenses": {}}), "portone") is None
