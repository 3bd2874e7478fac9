"""AI Hub 98: turns to dialogues."""

from pathlib import Path

import pytest

from ixigen_data.sources import callcentre as room
from ixigen_data.sources.settings import SourceSettings
from tests.unit.sources.conftest import Reading
from tests.unit.sources.korean_layouts import Object, callcentre, in_json

FIRST = [
    callcentre("B2033", 2, "상담사", "어느 요금제를 쓰세요?"),
    callcentre("B2033", 10, "상담사", "네, 없습니다.", answer=True),
    callcentre("B2033", 1, "고객", "위약금이 있나요?"),
    callcentre("B2033", 3, "고객", "5G 슬림입니다.", answer=True),
]
SECOND = [callcentre("B2034", 1, "고객", "바꿔 주세요."), callcentre("B2034", 2, "고객", "오늘요.")]
EXPECTED = [
    ("B2033", "고객: 위약금이 있나요?\n상담사: 어느 요금제를 쓰세요?\n고객: 5G 슬림입니다.\n상담사: 네, 없습니다."),
    ("B2034", "고객: 바꿔 주세요. 오늘요."),
]


def settings_for(path: Path, **keys: str | tuple[str, ...]) -> SourceSettings:
    return SourceSettings.model_validate({"path": str(path), "format": "aihub", **keys})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
@pytest.mark.parametrize("mixed", [False, True])
def test_turns_are_sorted_by_their_numbers(tmp_path: Path, reading: Reading, encoding: str, mixed: bool) -> None:
    rows = [FIRST[0], SECOND[1], *FIRST[1:], SECOND[0]] if mixed else [*FIRST, *SECOND]
    (tmp_path / "a.json").write_bytes(in_json(rows, encoding))
    read, faults = reading(settings_for(tmp_path / "a.json"))
    assert [row[:2] for row in read] == EXPECTED
    assert read[0][3] < read[1][3]
    assert faults.count == 0


def test_speakers_may_be_left_out(tmp_path: Path, reading: Reading) -> None:
    (tmp_path / "a.json").write_bytes(in_json(SECOND + FIRST[:1]))
    rows, _ = reading(settings_for(tmp_path / "a.json", speakers="drop"))
    assert [row[1] for row in rows] == ["바꿔 주세요. 오늘요.", "어느 요금제를 쓰세요?"]


def test_the_key_tells_who_speaks_where_the_turn_does_not(tmp_path: Path, reading: Reading) -> None:
    row = callcentre("B1", 1, "상담사", "안녕하세요.") | {"화자": ""}
    (tmp_path / "a.json").write_bytes(in_json([row]))
    assert reading(settings_for(tmp_path / "a.json"))[0][0][1] == "상담사: 안녕하세요."


def test_metadata_by_the_layouts_own_names_and_by_those_of_others(tmp_path: Path) -> None:
    from tests.unit.sources.test_aihub import metadata_of

    (tmp_path / "a.json").write_bytes(in_json(FIRST))
    keys = ("topic", "category", "개체명", "용어사전", "title")
    assert metadata_of(tmp_path / "a.json", *keys) == [
        {"topic": "합성콜센터", "category": "요금 안내", "개체명": "요금제, 위약금", "용어사전": "요금제/서비스/"}
    ]


def without(row: Object, key: str) -> Object:
    return {name: value for name, value in row.items() if name != key}


def test_what_is_wrong_with_a_turn_costs_that_one_alone(tmp_path: Path, reading: Reading) -> None:
    turn = FIRST[0]
    wrong = [
        turn | {"문장번호": "둘"},
        turn | {"상담사질문(요청)": " "},
        turn | {"상담사질문(요청)": 5},
        without(turn, "대화셋일련번호"),
    ]
    data = in_json([FIRST[2], *wrong, turn])
    (tmp_path / "a.json").write_bytes(data)
    rows, faults = reading(settings_for(tmp_path / "a.json"))
    assert [row[1] for row in rows] == ["고객: 위약금이 있나요?\n상담사: 어느 요금제를 쓰세요?"]
    told = [(fault.reason, fault.detail.partition(";")[0]) for fault in faults.kept]
    assert told[:3] == [
        ("turn_unnumbered", "문장번호 is no whole number"),
        ("text_missing", "none of 고객질문(요청), 상담사질문(요청), 고객답변, 상담사답변 holds anything"),
        ("text_not_string", "상담사질문(요청) is a number"),
    ]
    assert told[3] == ("layout_unknown", "a list of turns has 대화셋일련번호 and 문장번호 in each")
    assert "this item has the keys 도메인, 카테고리, 화자, 문장번호" in faults.kept[3].detail
    assert all(data[fault.offset or 0 :].startswith('{"도메인"'.encode()) for fault in faults.kept)


@pytest.mark.parametrize(("limit", "value"), [("_OPEN_DIALOGUES", 2), ("_OPEN_BYTES", 600)])
def test_no_more_dialogues_are_held_than_fit(
    tmp_path: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(room, limit, value)
    turns = [callcentre(f"B{number}", 1, "고객", "네") for number in (1, 2, 3)]
    (tmp_path / "a.json").write_bytes(in_json([*turns, callcentre("B1", 2, "고객", "또")]))
    rows, faults = reading(settings_for(tmp_path / "a.json"))
    assert [row[0] for row in rows] == ["B1", "B2", "B3"]
    assert [fault.reason for fault in faults.kept] == ["turn_misplaced"]
    assert faults.kept[0].detail.endswith("earlier; sort the file by 대화셋일련번호")
