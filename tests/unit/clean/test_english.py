"""datatrove's filters as rules: the same verdicts as datatrove's own, through the chain, only on English."""

import subprocess
import sys
from pathlib import Path

import pytest
import zstandard
from pydantic import TypeAdapter, ValidationError

from ixigen_data.clean.chain import Chain, rules_for
from ixigen_data.clean.english import C4Quality, FineWebQuality, GopherQuality, GopherRepetition
from ixigen_data.core.ledger import Account
from ixigen_data.core.steps import Revision
from ixigen_data.rules.settings import AnyRule
from tests.unit.clean.test_chain import documents_of

RULES: tuple[AnyRule, ...] = (GopherQuality(), GopherRepetition(), FineWebQuality(), C4Quality())
SENTENCE = "The rain that we have had with the wind is to be of use to the farmers and the fields. "
GOOD = "\n".join(
    [
        "The operator must keep a record of every call that was charged to a subscriber.",
        "Whoever finds an error on the bill may ask for a correction within thirty days.",
        "A new contract begins with the month after both parties have signed it.",
        "Children under fourteen need the consent of a parent to be registered at all.",
        "Prices that change during the term of a plan are announced one month before.",
        "If the network fails for longer than three hours, the customer is owed a refund.",
    ]
)


@pytest.fixture(scope="module")
def english(corpora: Path) -> list[str]:
    """Real English paragraphs, good and bad."""
    import orjson

    with (corpora / "en_telecom" / "rfc.jsonl.zst").open("rb") as stream:
        data = zstandard.ZstdDecompressor().stream_reader(stream).read(2_000_000)
    texts = [orjson.loads(line)["text"] for line in data.splitlines()[:-1]]
    pieces = [text[start : start + 3000] for text in texts for start in range(0, len(text), 3000)]
    return [piece for piece in pieces if piece.strip()][:150]


def test_verdicts_are_datatroves_own(english: list[str]) -> None:
    from datatrove.data import Document
    from datatrove.pipeline.filters import (
        C4QualityFilter,
        FineWebQualityFilter,
        GopherQualityFilter,
        GopherRepetitionFilter,
    )

    seen: set[str | None] = set()
    for rule, theirs in zip(
        RULES[:3], (GopherQualityFilter(), GopherRepetitionFilter(), FineWebQualityFilter()), strict=True
    ):
        assert isinstance(rule, GopherQuality | GopherRepetition | FineWebQuality)
        for text in [*english, GOOD, "short", "word " * 100]:
            kept = theirs.filter(Document(text=text, id=""))
            reason = rule.reason(text)
            assert (reason is None) == (kept is True)
            assert reason is None or reason.endswith(kept[1])
            seen.add(reason)
    assert len(seen) > 8
    for text in [*english, GOOD]:
        document = Document(text=text, id="")
        kept = C4QualityFilter().filter(document)
        revision = C4Quality().revise(text)
        assert (revision.reason is None, revision.text) == (kept is True, document.text)


def test_settings_reach_the_filters() -> None:
    short = SENTENCE * 2
    assert GopherQuality().reason(short) == "gopher_short_doc"
    assert GopherQuality(min_doc_words=None).reason(short) is None
    assert GopherQuality(min_doc_words=10, stop_words=("zzz",)).reason(short) == "gopher_enough_stop_words"
    assert GopherQuality(min_doc_words=10, min_alpha_words_ratio=0.999).reason(short) == "gopher_below_alpha_threshold"
    assert GopherRepetition().reason(short) == "gopher_top_4_gram"
    assert GopherRepetition(top_n_grams=()).reason(short) == "gopher_duplicated_5_n_grams"
    assert GopherRepetition(dup_n_grams=(), top_n_grams=((2, 0.01),)).reason(short) == "gopher_top_2_gram"
    assert FineWebQuality().reason("menu\nhome\nabout") == "fineweb_line_punct_ratio"
    assert FineWebQuality(line_punct_thr=0).reason("menu\nhome\nabout") == "fineweb_short_line_ratio"
    assert C4Quality().revise("{" + SENTENCE) == Revision("{" + SENTENCE, "c4_curly_bracket")
    assert C4Quality(filter_curly_bracket=False, min_num_sentences=1).revise("{" + SENTENCE).reason is None


def test_through_the_chain_each_document_has_one_reason() -> None:
    texts = ["short", GOOD, f"{GOOD}\nno end mark here at all", "one line\n" * 80, f"{GOOD}\nlorem ipsum dolor."]
    account = Account()
    kept, dropped = Chain(RULES).run(documents_of(*texts), account)
    assert kept.text.to_pylist() == [GOOD, GOOD]
    assert [(each.row, each.rule, each.reason) for each in dropped] == [
        (0, "gopher_quality", "gopher_short_doc"),
        (3, "gopher_quality", "gopher_enough_stop_words"),
        (4, "c4_quality", "c4_lorem_ipsum"),
    ]
    assert account.edited == {"c4_quality": 1}
    assert account.dropped == {"gopher_short_doc": 1, "gopher_enough_stop_words": 1, "c4_lorem_ipsum": 1}
    assert account.closes()
    text, steps = Chain(RULES).text(texts[2])
    assert (text, [step.name for step in steps]) == (GOOD, ["c4_quality"])


def test_a_filter_that_raises_takes_its_document_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def revise(self: C4Quality, text: str) -> Revision:
        if "b" in text:
            raise ZeroDivisionError
        return Revision(text.upper())

    monkeypatch.setattr(C4Quality, "revise", revise)
    account = Account()
    kept, (gone,) = Chain([C4Quality()]).run(documents_of("a", "b", "c"), account)
    assert kept.text.to_pylist() == ["A", "C"]
    assert (gone.row, gone.reason, gone.crashed) == (1, "crash:c4_quality:ZeroDivisionError", True)


def test_they_run_on_english_unless_named() -> None:
    rules = [GopherQuality(), C4Quality(only=("mixed",))]
    assert [type(rule) for rule in rules_for(rules, "web", "en")] == [GopherQuality]
    assert [type(rule) for rule in rules_for(rules, "mixed", "ko")] == [C4Quality]
    assert rules_for(rules, "calls", "ko") == rules_for(rules, "plain", None) == rules_for(rules, "code", "code") == ()


def test_neither_datatrove_nor_spacy_nor_torch_before_a_rule_runs() -> None:
    program = (
        "import sys\n"
        "from ixigen_data.rules.settings import DEFAULT_RULES\n"
        "from ixigen_data.clean.english import GopherQuality\n"
        "rule = GopherQuality()\n"
        "assert not {'datatrove', 'spacy', 'loguru'} & set(sys.modules)\n"
        "assert rule.reason('short') == 'gopher_short_doc'\n"
        "print('spacy' in sys.modules, 'torch' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True False\n", "")


def test_a_recipe_names_them() -> None:
    adapter: TypeAdapter[AnyRule] = TypeAdapter(AnyRule)
    rule = adapter.validate_python({"rule": "gopher_quality", "min_doc_words": 20, "stop_words": ["of"]})
    assert rule == GopherQuality(min_doc_words=20, stop_words=("of",))
    assert adapter.validate_python({"rule": "c4_quality"}) == C4Quality()
    for each in (rule, *RULES):
        assert adapter.validate_json(each.model_dump_json(by_alias=True)) == each
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        adapter.validate_python({"rule": "fineweb_quality", "min_words": 3})
