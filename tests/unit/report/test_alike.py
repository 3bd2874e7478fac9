from ixigen_data.report.alike import copies_by_reason, overlap_rows, side_by_side, similarity_bins, size_rows
from ixigen_data.shards.dedup_statistics import NearStatistics, ShownCluster, ShownDocument
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import Statistics


def document(text: str, similarity: float | None = None) -> ShownDocument:
    return ShownDocument(source="reviews", id=text[:3], similarity=similarity, chars=max(1, len(text)), text=text)


def marked(keeper: str, *members: str) -> list[str]:
    """Return the texts of a cluster side by side, as HTML."""
    shown = ShownCluster(
        documents=9, kept=1, keeper=document(keeper), members=tuple(document(text, 0.9) for text in members)
    )
    near = NearStatistics(
        clusters=1, documents=9, pairs=9, threshold=0.65, sizes=(), pairs_by_similarity=(), overlap={}, largest=(shown,)
    )
    return [str(text) for _, text in side_by_side(near)[0].texts]


def test_what_differs_is_marked() -> None:
    assert marked("이 영화 정말 재미있다!", "이 영화는 진짜 재미있다!") == [
        "이 영화 <mark>정말 </mark>재미있다!",
        "이 영화<mark>는 진짜 </mark>재미있다!",
    ]
    assert marked("a good film", "a great film")[1] == "a <mark>great </mark>film"


def test_white_space_makes_no_difference() -> None:
    assert marked("너무 재미있어요", " 너무재미\n있어요 ")[1] == " 너무재미\n있어요 "


def test_what_is_missing_leaves_a_mark() -> None:
    assert marked("좋다. 참 좋다", "좋다. 좋다")[1] == '좋다. <mark class="gone"></mark>좋다'


def test_the_keeper_is_marked_where_any_member_differs() -> None:
    assert marked("a b c d", "a x c d", "a b c y")[0] == "a <mark>b </mark>c <mark>d</mark>"


def test_texts_that_were_cut_do_not_differ_in_where_they_were_cut() -> None:
    keeper, member = marked("하나 둘 셋 넷…", "하나 두울 셋 넷 다섯…")
    assert keeper == "하나 <mark>둘 </mark>셋 넷…"
    assert member == "하나 <mark>두울 </mark>셋 넷 다섯…"


def test_markup_in_texts_is_shown() -> None:
    assert marked("<b>a</b> x", "<b>a</b> \u202ey")[1] == "&lt;b&gt;a&lt;/b&gt; <mark>\\u202ey</mark>"


def test_a_keeper_of_an_index_has_no_text_to_compare() -> None:
    assert marked("", "a b") == ["", "a b"]


def test_figures_of_clusters(deduplicated: tuple[Manifest, Statistics]) -> None:
    manifest, statistics = deduplicated
    assert statistics.near is not None
    assert [(row.name, row.clusters) for row in size_rows(statistics.near)] == [("2 or 3", 11), ("8 to 15", 1)]
    bins = similarity_bins(statistics.near)
    assert (bins[0], len(bins)) == (("0.65 to 0.70", 20), 7)
    assert [(row.name, row.total) for row in overlap_rows(statistics.near)] == [("portone", 25), ("telco-49/wiki", 6)]
    assert copies_by_reason(manifest)["portone"] == {
        "exact_duplicate": 2,
        "near_duplicate": 25,
        "near_duplicate_of_index": 6,
        "contained": 4,
    }
