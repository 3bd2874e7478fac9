"""Small files in the exact layouts of Korean corpora; every text is made up."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import JsonValue

Object = dict[str, JsonValue]


def in_json(value: object, encoding: str = "utf-8", indent: int | None = None) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=indent).encode(encoding)


def in_zip(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def nikl(documents: JsonValue, identity: str = "NWRW1900000001") -> Object:
    """모두의 말뭉치: what stands around the documents of a file."""
    metadata: Object = {
        "title": f"합성 말뭉치 {identity}",
        "creator": "합성",
        "distributor": "합성",
        "year": "2019",
        "category": "신문 > 인터넷 기반 신문",
        "annotation_level": ["원시"],
        "sampling": "본문 전체",
    }
    return {"id": identity, "metadata": metadata, "document": documents}


def nikl_written(number: int, *paragraphs: str) -> Object:
    identity = f"NWRW1900000001.{number}"
    metadata: Object = {
        "title": f"합성 신문 2019년 기사 {number}",
        "author": "홍길동",
        "publisher": "합성일보",
        "date": "20190101",
        "topic": "경제",
    }
    parts: list[JsonValue] = [
        {"id": f"{identity}.{place}", "form": form} for place, form in enumerate(paragraphs, start=1)
    ]
    return {"id": identity, "metadata": metadata, "paragraph": parts}


def nikl_spoken(identity: str, *utterances: tuple[str, str, str]) -> Object:
    """`utterances`: speaker, form, original form."""
    speakers = sorted({speaker for speaker, _, _ in utterances})
    metadata: Object = {
        "title": "합성 일상 대화",
        "date": "20200603",
        "topic": "여행지",
        "speaker": [{"id": each, "age": "20대", "occupation": "학생", "sex": "여성"} for each in speakers],
        "setting": {"relation": "친구"},
    }
    parts: list[JsonValue] = [
        {
            "id": f"{identity}.1.{place}",
            "form": form,
            "original_form": original,
            "speaker_id": speaker,
            "start": 1.5 * place,
            "end": 1.5 * place + 1,
            "note": "발화겹침" if place == 2 else "",
        }
        for place, (speaker, form, original) in enumerate(utterances, start=1)
    ]
    return {"id": identity, "metadata": metadata, "utterance": parts}


def callcentre(dialogue: str, number: int, speaker: str, text: str, *, answer: bool = False) -> Object:
    """AI Hub 98: one turn, of fifteen keys."""
    texts = {"고객질문(요청)": "", "상담사질문(요청)": "", "고객답변": "", "상담사답변": ""}
    texts[f"{speaker}{'답변' if answer else '질문(요청)'}"] = text
    return {
        "도메인": "합성콜센터",
        "카테고리": "요금 안내",
        "대화셋일련번호": dialogue,
        "화자": speaker,
        "문장번호": str(number),
        "고객의도": "요금 문의" if speaker == "고객" else "",
        "상담사의도": "",
        "QA": "A" if answer else "Q",
        **texts,
        "개체명 ": "요금제, 위약금",
        "용어사전": "요금제/서비스/",
        "지식베이스": "요금",
    }


def telephone(speakers: Sequence[tuple[str, str]], dialogs: Sequence[tuple[str, str]], *, inline: bool) -> Object:
    """AI Hub 100 and 571; `speakers`: id and type; `dialogs`: speaker's id, and text or path of the text."""
    parts: list[JsonValue] = [
        {
            "speaker": speaker,
            "audioPath": f"KtelSpeech/Train/D60/{place:04}.wav",
            "textPath": f"KtelSpeech/Train/D60/{place:04}.txt",
            **({"duration": 3.1, "text": text} if inline else {"textPath": text}),
        }
        for place, (speaker, text) in enumerate(dialogs, start=1)
    ]
    kind: Object = {
        "category": "통신",
        "speakers": [{"id": each, "type": kind, "gender": "여", "age": "30대"} for each, kind in speakers],
    }
    return {"dataSet": {"typeInfo": kind, "dialogs": parts}}


def meeting(*utterances: tuple[str, str]) -> Object:
    """AI Hub 463 and 464; `utterances`: speaker and original form."""
    parts: list[JsonValue] = [
        {"id": f"M1.{place}", "speaker_id": speaker, "original_form": text, "start": 0.5, "end": 1.5}
        for place, (speaker, text) in enumerate(utterances, start=1)
    ]
    return {"id": "M1", "metadata": {"title": "합성 회의", "date": "20200101"}, "utterance": parts}


def dialect(*utterances: tuple[str, str, str]) -> Object:
    """AI Hub 118-122; `utterances`: speaker, standard form, dialect form."""
    parts: list[JsonValue] = [
        {
            "id": f"DGGB1.{place}",
            "form": f"({local})/({standard})",
            "standard_form": standard,
            "dialect_form": local,
            "speaker_id": speaker,
            "start": 0.1,
            "end": 2.2,
            "note": "",
        }
        for place, (speaker, standard, local) in enumerate(utterances, start=1)
    ]
    return {"id": "DGGB1", "metadata": {"title": "합성 방언", "topic": "날씨"}, "utterance": parts}


WEB: Object = {
    "SJML": {
        "header": {"name": "합성 웹"},
        "text": [
            {"title": "요금제 안내", "subtitle": "5G", "content": "월 69,000원입니다.\n위약금은 없습니다."},
            {"title": "공지", "subtitle": "", "content": "점검합니다."},
        ],
    }
}
BOOK: Object = {
    "title": "합성 책",
    "author": "합성",
    "paragraphs": [
        {"id": 1, "sentences": [{"id": 1, "text": "첫 문장이다."}, {"id": 2, "text": "둘째 문장이다."}]},
        {"id": 2, "sentences": [{"id": 3, "text": "새 문단이다."}]},
    ],
}
ROWS: Object = {
    "data": [{"id": "r1", "category": "법률", "rows": [{"text": "제1조 목적"}, {"text": "제2조 정의"}]}],
    "version": "1.0",
}
CONTEXTS: Object = {
    "creator": "합성",
    "data": [
        {
            "title": "지문",
            "source": 6,
            "paragraphs": [{"context": "첫 지문.", "qas": []}, {"context": "둘째.", "qas": []}],
        }
    ],
}
SUMMARIES: Object = {
    "name": "합성 요약",
    "documents": [
        {
            "id": "S1",
            "category": "종합",
            "title": "합성 기사",
            "publish_date": "2019-01-01",
            "text": [
                [{"index": 0, "sentence": "첫 문장."}, {"index": 1, "sentence": "둘째 문장."}],
                [{"index": 2, "sentence": "새 문단."}],
            ],
            "abstractive": ["요약."],
        }
    ],
}
