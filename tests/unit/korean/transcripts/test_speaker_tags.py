"""One kind of tag a speaker, one line a turn."""

import pytest

from ixigen_data.korean.transcripts.speaker_tags import SpeakerTags


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("상담사 : 네", "상담사: 네"),
        ("[상담원1] : 네\n<손님>:요금제요\n(customer) ： 네", "상담사: 네\n고객: 요금제요 네"),
        ("Agent: 네\nCUSTOMER2: 아니요", "상담사: 네\n고객: 아니요"),
        ("화자 1: 가\n화자1: 나\nspk_2: 다\nSPK3:라", "화자1: 가 나\n화자2: 다\n화자3: 라"),
        ("A: 가\nA:나\nB : 다", "A: 가 나\nB: 다"),
        ("고객: 가\n\n고객: 나", "고객: 가\n\n고객: 나"),
        ("고객: 가\n(침묵)\n고객: 나", "고객: 가\n(침묵)\n고객: 나"),
        ("고객:\n고객: 나\n상담사:", "고객: 나\n상담사:"),
    ],
)
def test_tags_and_turns(text: str, edited: str) -> None:
    assert SpeakerTags().format(text) == edited


@pytest.mark.parametrize(
    "text",
    [
        "그 고객: 네",
        "고객님: 네",
        "고객 만족: 네",
        "A1:B2",
        "A:\\temp",
        "AB: 가",
        "화자: 가",
        "상담사가 말했다",
        "시각 A: 1",
    ],
)
def test_what_is_no_tag_stays(text: str) -> None:
    assert SpeakerTags().format(text) == text


def test_roles_name_the_speakers() -> None:
    rule = SpeakerTags(roles={"화자1": "상담사", "B": "고객"})
    assert rule.format("화자 1: 가\n상담원: 나\nB: 다\n화자2: 라") == "상담사: 가 나\n고객: 다\n화자2: 라"
