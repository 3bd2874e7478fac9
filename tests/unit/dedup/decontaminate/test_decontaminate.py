"""Documents that hold evaluation items: found by what they have in common, dropped or cut."""

import json
import random
import unicodedata
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ixigen_data.clean.chain import Chain, Noted
from ixigen_data.clean.notes import NotesFile
from ixigen_data.core.documents import Documents
from ixigen_data.core.errors import DedupError
from ixigen_data.core.ledger import Account
from ixigen_data.core.steps import Revision
from ixigen_data.dedup.decontaminate.index import MOST_PASSAGES, PassageIndex, units_of
from ixigen_data.dedup.decontaminate.items import Passage
from ixigen_data.dedup.decontaminate.limits import Limits
from ixigen_data.dedup.decontaminate.rule import Decontaminate, without_lines
from ixigen_data.dedup.decontaminate.search import Match, _Document, _whole_lines, find_passages, rows_to_search
from ixigen_data.privacy.pii import Pii

QUESTION = "흡연자분들은 발코니가 있는 방이면 발코니에서 흡연이 가능합니까?"
CHOICES = ["어떤 방에서도 흡연은 금지됩니다.", "예", "발코니에서만 흡연할 수 있습니다."]
BEFORE = "요금제 변경은 고객센터에서 하실 수 있으며 다음 달 초하루부터 적용됩니다."
WORDS = ["가나다라마바사아자차", "나나나나나나나나나나나나", "다가라나마\n사바자아차카", "마바사아자"]
SHORT_LIMITS = {"ngram": 8, "min_chars": 10, "min_line": 5}
BEHIND = "번호 이동을 하시려면 신분증을 가지고 가까운 매장을 찾아 주십시오."


@pytest.fixture
def suite(tmp_path: Path) -> dict[str, object]:
    items = [
        {"id": "q1", "question": QUESTION, "choices": CHOICES},
        {"id": "q2", "question": "대한민국의 수도는 어느 도시이며 언제부터 수도였습니까?", "choices": ["서울", "부산"]},
    ]
    path = tmp_path / "hotel.jsonl"
    path.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), "utf-8")
    return {"name": "hotel", "path": str(path), "fields": ["question", "choices"], "id": "id"}


@pytest.fixture(scope="module")
def letters_suite(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    path = tmp_path_factory.mktemp("suite") / "words.jsonl"
    path.write_text("".join(json.dumps({"q": word}) + "\n" for word in WORDS), "utf-8")
    return {"name": "words", "path": str(path), "fields": ["q"]}


@pytest.fixture
def rule(suite: dict[str, object]) -> Decontaminate:
    return Decontaminate.model_validate({"suites": [suite]})


def cutting(rule: Decontaminate) -> Decontaminate:
    return rule.model_copy(update={"action": "span"})


@pytest.mark.parametrize(
    "planted",
    [
        QUESTION,
        QUESTION.replace(" ", ""),
        " ".join(QUESTION),
        QUESTION.replace("?", "…").replace("이면", "이면,"),
        unicodedata.normalize("NFD", QUESTION),
        f"{BEFORE} {QUESTION} {BEHIND}",
        f"{BEFORE} {QUESTION[:22]}\n\n{QUESTION[22:]} {BEHIND}",
    ],
)
def test_an_item_is_found_however_it_is_written(rule: Decontaminate, planted: str) -> None:
    revision = rule.revise(f"{BEFORE}\n{planted}\n{BEHIND}")
    assert revision.reason == "contaminated"
    assert revision.counts == {"contaminated/hotel/q1": 1}
    (note,) = revision.notes
    assert (note["suite"], note["item"], note["field"], note["action"]) == ("hotel", "q1", "question", "dropped")


@pytest.mark.parametrize(
    "clean",
    [
        "",
        f"{BEFORE}\n{BEHIND}",
        "발코니가 있는 방이면 좋겠습니다.",  # a piece of an item
        f"{QUESTION[:12]} {BEFORE * 3} {QUESTION[20:]}",  # both halves, far from each other and too short
        "예\n서울\n부산",  # too short to tell anything
        f"{BEFORE} 어떤 방에서도 흡연은 금지됩니다. {BEHIND}",  # a short passage within a line
    ],
)
def test_what_is_less_than_an_item_stays(rule: Decontaminate, clean: str) -> None:
    assert rule.revise(clean).reason is None
    assert rule.revise_all(pa.array([clean], pa.large_string())) == {}


def test_a_short_passage_is_a_whole_line(rule: Decontaminate) -> None:
    revision = rule.revise(f"{BEFORE}\n  - 어떤 방에서도 흡연은 금지됩니다!\n{BEHIND}")
    assert revision.counts == {"contaminated/hotel/q1": 1}
    assert [(note["field"], note["chars"], note["ratio"]) for note in revision.notes] == [("choices", 14, 1.0)]


def test_span_takes_out_lines_and_leaves_the_rest(rule: Decontaminate) -> None:
    text = f"{BEFORE}\n\n문제: {QUESTION} 답: 예\n\n어떤 방에서도 흡연은 금지됩니다.\n\n{BEHIND}"
    revision = cutting(rule).revise(text)
    assert revision.text == f"{BEFORE}\n\n{BEHIND}"
    assert revision.reason is None
    assert [note["action"] for note in revision.notes] == ["edited", "edited"]
    assert cutting(rule).revise(revision.text).notes == ()


def test_span_drops_what_has_no_other_lines(rule: Decontaminate) -> None:
    revision = cutting(rule).revise(f"\n{QUESTION}\n")
    assert (revision.reason, revision.text) == ("contaminated", f"\n{QUESTION}\n")
    assert [note["action"] for note in revision.notes] == ["dropped"]


def test_span_looks_again_at_what_moved_together(rule: Decontaminate) -> None:
    half = len(QUESTION) // 2
    far = f"{QUESTION[:half]}\n{QUESTION} {BEFORE * 4}\n{QUESTION[half:]}\n{BEHIND}"
    left = cutting(rule).revise(far)
    assert cutting(rule).revise(left.text).notes == ()


def test_what_all_items_are_worded_like_tells_none() -> None:
    wording = "다음 글을 읽고 물음에 가장 알맞은 답을 고르시오"
    own = [f"{number:04}번째로 나오는 물음의 제목과 본문 {number * 7919:06}" for number in range(MOST_PASSAGES + 1)]
    passages = [Passage("s", str(number), "q", f"{wording} {each}") for number, each in enumerate(own)]
    index = PassageIndex.of(passages, Limits(13, 0.6, 20, 10))
    assert find_passages(f"{wording} {BEFORE}", index) == []
    (match,) = find_passages(f"{BEFORE} {own[5]} {BEHIND}", index) or [None]
    assert match is not None
    assert index.owners[match.passage][0].item == "5"


def test_a_passage_that_repeats_itself_is_not_in_a_text_that_says_it_once() -> None:
    index = PassageIndex.of([Passage("s", "a", "q", "하" * 200)], Limits(13, 0.6, 20, 10))
    assert find_passages("하" * 40, index) == []
    assert [match.chars for match in find_passages("하" * 500, index)] == [200]


def test_a_passage_of_several_items_names_them_all() -> None:
    index = PassageIndex.of([Passage(suite, "1", "q", QUESTION) for suite in "ab"], Limits(13, 0.6, 20, 10))
    (match,) = find_passages(QUESTION, index)
    assert [owner.suite for owner in index.owners[match.passage]] == ["a", "b"]


def test_a_chain_counts_notes_and_keeps_masked_what_is_masked(rule: Decontaminate, tmp_path: Path) -> None:
    texts = [BEFORE, f"{QUESTION} 전화 010-1234-5678", QUESTION]
    ids = pa.array(["a", "b", "c"], pa.large_string())
    batch = Documents(pa.array(texts, pa.large_string()), ids, np.zeros(3, np.int32), np.arange(3, dtype=np.int64))
    account, noted = Account(), list[Noted]()
    kept, dropped = Chain([Pii(), rule]).run(batch, account, notes=noted)
    assert kept.id.to_pylist() == ["a"]
    assert account.closes()
    assert (account.dropped, account.counts["contaminated/hotel/q1"]) == ({"contaminated": 2}, 2)
    assert [each.reason for each in dropped] == ["contaminated", "contaminated"]
    assert [each.row for each in noted] == [1, 2]
    notes = NotesFile([])
    notes._urls = {0: "calls.jsonl"}
    notes.add(batch, noted)
    notes.write(str(tmp_path), 0)
    written = [json.loads(line) for line in (tmp_path / "00000.notes.jsonl").read_text("utf-8").splitlines()]
    assert [(note["document"], note["file"], note["offset"]) for note in written] == [
        ("b", "calls.jsonl", 1),
        ("c", "calls.jsonl", 2),
    ]
    assert not any("1234" in str(note) or "흡연" in str(note) for note in written)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_both_forms_agree_and_are_idempotent(data: st.DataObject) -> None:
    alphabet = st.sampled_from([*"가나다 \n.", "é", "e", "\u0301", "A"])
    passages = data.draw(st.lists(st.text(alphabet, min_size=8, max_size=40), min_size=1, max_size=4))
    index = PassageIndex.of([Passage("s", str(i), "q", text) for i, text in enumerate(passages)], Limits(8, 0.6, 10, 5))
    pieces = st.one_of(st.sampled_from(passages), st.text(alphabet, max_size=30))
    texts = ["".join(data.draw(st.lists(pieces, max_size=5))) for _ in range(4)]
    rows = set(rows_to_search(pa.array(texts, pa.large_string()), index).tolist())
    for row, text in enumerate(texts):
        found = find_passages(text, index)
        assert found == found_in_all_of_it(text, index)
        assert row in rows or not found
        assert {match.passage for match in found} >= held_whole(text, index)
        left = text
        for _ in range(5):
            left = without_lines(left, {line for match in find_passages(left, index) for line in match.lines})
        assert len(left) < len(text) or not found


def found_in_all_of_it(text: str, index: PassageIndex) -> list[Match]:
    """Return what `find_passages` does, by looking at all of a document."""
    data = unicodedata.normalize("NFC", text).encode()
    units, places = units_of(data)
    ends = np.searchsorted(places, [place for place, byte in enumerate(data) if byte == ord("\n")])
    found = {match.passage: match for match in _whole_lines(units, ends, index)}
    found |= {match.passage: match for match in _Document(units, ends, index).matches()}
    return [found[passage] for passage in sorted(found)]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_span_leaves_it_leaves(letters_suite: dict[str, object], data: st.DataObject) -> None:
    rule = Decontaminate.model_validate({"suites": [letters_suite], "action": "span", **SHORT_LIMITS}).resolved(None)[0]
    assert isinstance(rule, Decontaminate)
    pieces = st.one_of(
        st.sampled_from(WORDS), st.sampled_from([word[:6] for word in WORDS]), st.text("가나 \n.", max_size=9)
    )
    texts = ["".join(data.draw(st.lists(pieces, max_size=8))) for _ in range(4)]
    revised = rule.revise_all(pa.array(texts, pa.large_string()))
    for row, text in enumerate(texts):
        revision = rule.revise(text)
        assert revised.get(row, Revision(text)) == revision
        assert (revision.text == text) == (revision.reason is not None or not revision.notes)
        if revision.reason is None:
            assert rule.revise(revision.text) == Revision(revision.text)
            kept = iter(text.split("\n"))
            assert not revision.notes or all(line in kept for line in revision.text.split("\n"))


def held_whole(text: str, index: PassageIndex) -> set[int]:
    """Return the passages that stand in a text from end to end, looked for as one reads."""
    lines = set(map(plain, unicodedata.normalize("NFC", text).split("\n")))
    found = set()
    for number, owners in enumerate(index.owners):
        own, size = plain(owners[0].text), index.limits.ngram
        runs = {own[i : i + size] for i in range(len(own) - size + 1)}
        if index.telling[number] < index.limits.min_chars:
            held = own in lines
        else:
            held = own in plain(text) and len(runs) == len(own) - size + 1  # one that repeats itself needs more
        if held:
            found.add(number)
    return found


def plain(text: str) -> str:
    composed = unicodedata.normalize("NFC", text).lower()
    return "".join(each for each in composed if unicodedata.category(each)[0] in "LMN")


def test_planted_items_are_found_anywhere_in_long_texts() -> None:
    rng = random.Random(3)
    syllables = [chr(code) for code in range(0xAC00, 0xAC00 + 2000)]
    passages = ["".join(rng.choices(syllables, k=rng.randrange(20, 60))) for _ in range(50)]
    index = PassageIndex.of(
        [Passage("s", str(i), "q", text) for i, text in enumerate(passages)], Limits(13, 0.6, 20, 10)
    )
    texts = []
    for text in passages:
        around = "".join(rng.choices(syllables, k=rng.randrange(0, 6000)))
        cut = rng.randrange(len(around) + 1)
        texts.append(around[:cut] + text + around[cut:])
    assert rows_to_search(pa.array(texts, pa.large_string()), index).tolist() == list(range(50))
    assert [[match.passage for match in find_passages(text, index)] for text in texts] == [[i] for i in range(50)]


def test_bad_suites_are_told(suite: dict[str, object], tmp_path: Path) -> None:
    def told(**changed: object) -> Decontaminate:
        return Decontaminate.model_validate({"suites": [{**suite, **changed}]})

    with pytest.raises(DedupError, match=r"suite hotel: no file matches .*none\.jsonl"):
        told(path=str(tmp_path / "none.jsonl")).inputs()
    with pytest.raises(
        DedupError, match=r"suite hotel: .*hotel\.jsonl.*text_missing.*every item must be whole, with a text in 'title'"
    ):
        told(fields=["title"]).inputs()
    with pytest.raises(DedupError, match=r"suite hotel: no item has a text in 'answer'; name a field"):
        told(fields=["question", "answer"]).inputs()
    with pytest.raises(DedupError, match=r"its items have the digest [0-9a-f]{32}, not 0{32}"):
        told(digest="0" * 32).inputs()
    (tmp_path / "empty.jsonl").write_text("\n", "utf-8")
    with pytest.raises(DedupError, match=r"suite hotel: no item in .*empty\.jsonl"):
        told(path=str(tmp_path / "empty.jsonl")).inputs()
    with pytest.raises(ValidationError, match="is no name"):
        told(name="a/b")
    with pytest.raises(ValidationError, match="min_chars must be above ngram"):
        Decontaminate.model_validate({"suites": [suite], "ngram": 20})
    with pytest.raises(ValidationError, match="2 suites are called 'hotel'"):
        Decontaminate.model_validate({"suites": [suite, suite]})


def test_suites_stand_in_files_of_their_own(suite: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "suites.yaml").write_text(json.dumps([suite]), "utf-8")
    rule = Decontaminate.model_validate({"suites": [str(tmp_path / "suites.yaml")]})
    assert rule == Decontaminate.model_validate({"suites": [suite]})
    assert Decontaminate.model_validate(rule.model_dump(mode="json")) == rule
    with pytest.raises(ValidationError, match=r"none\.yaml: no such file; name a YAML file"):
        Decontaminate.model_validate({"suites": [str(tmp_path / "none.yaml")]})
    (tmp_path / "bad.yaml").write_text("name: x\n", "utf-8")
    with pytest.raises(ValidationError, match=r"bad\.yaml: path: Field required; a suite has name, path, fields"):
        Decontaminate.model_validate({"suites": [str(tmp_path / "bad.yaml")]})


def test_other_items_are_another_rule(rule: Decontaminate, suite: dict[str, object]) -> None:
    before = rule.inputs()
    (resolved,) = rule.resolved(None)
    assert resolved.resolved(None) == (resolved,)
    path = Path(str(suite["path"]))
    path.write_text(path.read_text("utf-8").replace("q2", "q3"), "utf-8")
    assert rule.inputs() != before
    with pytest.raises(DedupError, match="its items have the digest"):
        resolved.inputs()


def test_what_is_too_short_is_told(rule: Decontaminate) -> None:
    assert rule.index().warnings() == [
        "suite hotel: 3 of 7 passages have fewer than 10 letters and digits; they are not looked for"
    ]


def test_the_suites_of_the_corpora_open(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).resolve().parents[4]
    monkeypatch.chdir(root)
    rule = Decontaminate.model_validate({"suites": ["recipes/eval/corpora.yaml"]})
    rule = rule.model_copy(update={"suites": tuple(suite for suite in rule.suites if suite.name == "klue-sts")})
    (suite,) = rule.suites
    assert rule.inputs() == [rule.resolved(None)[0].inputs()[0]]
    assert rule.index().counted == {suite.name: 1038}
