"""Rules over a batch: order, drops, crashes, and the account."""

from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import pytest

from ixigen_data.clean.chain import Chain, Dropped, rules_for
from ixigen_data.clean.controls import Controls
from ixigen_data.clean.length import Length
from ixigen_data.clean.spaces import Spaces
from ixigen_data.clean.whitespace import Whitespace
from ixigen_data.core.documents import Documents
from ixigen_data.core.edits import Edit
from ixigen_data.core.ledger import Account
from ixigen_data.core.steps import INK, Filter, Formatter, Reviser, Revision
from ixigen_data.rules.settings import DEFAULT_RULES


class Fussy(Formatter):
    """Raises on "bad", and leaves a lone surrogate in "worse"."""

    SHAPES: ClassVar[int] = INK
    rule: Literal["fussy"] = "fussy"

    def format(self, text: str) -> str:
        if text == "bad":
            raise KeyError(text)
        return "\ud800" if text == "worse" else text


class Picky(Filter):
    """Raises on "odd", and drops "dull"."""

    SHAPES: ClassVar[int] = INK
    rule: Literal["picky"] = "picky"

    def reason(self, text: str) -> str | None:
        if text == "odd":
            raise ValueError(text)
        return "picky_dull" if text == "dull" else None


class Exhausted(Formatter):
    """Runs out of memory."""

    SHAPES: ClassVar[int] = INK
    rule: Literal["exhausted"] = "exhausted"

    def format(self, text: str) -> str:
        raise MemoryError("no room")


class Tally(Reviser):
    """Deletes marks and counts them, and drops what has three; raises on "bad"."""

    TRIGGERS: ClassVar[str] = "#"
    rule: Literal["tally"] = "tally"

    def revise(self, text: str) -> Revision:
        if "bad" in text:
            raise KeyError(text)
        marks = text.count("#")
        return Revision(text.replace("#", ""), "tally_many" if marks > 2 else None, {"marks": marks})


class TallyInBulk(Tally):
    """The same over a column."""

    def revise_all(self, text: pa.LargeStringArray) -> dict[int, Revision]:
        return {row: self.revise(each) for row, each in enumerate(text.to_pylist()) if "#" in each}


def documents_of(*texts: str) -> Documents:
    ids = [f"d{number}" for number in range(len(texts))]
    return Documents(
        text=pa.array(texts, pa.large_string()),
        id=pa.array(ids, pa.large_string()),
        file=np.zeros(len(texts), np.int32),
        offset=np.arange(len(texts), dtype=np.int64) * 10,
        metadata=pa.array(["{}"] * len(texts), pa.large_string()),
    )


def test_each_rule_sees_what_the_one_before_left() -> None:
    account = Account()
    kept, dropped = Chain([*DEFAULT_RULES, Length(min_chars=3)]).run(
        documents_of("가나다", "가\u200b 나", " a\r\n\r\n\r\nb ", "\u200b\u3000\n", "", "e\u0301\u00a0"), account
    )
    assert kept.text.to_pylist() == ["가나다", "가 나", "a\n\nb"]
    assert kept.id.to_pylist() == ["d0", "d1", "d2"]
    assert kept.offset.tolist() == [0, 10, 20]
    assert kept.metadata is not None
    assert dropped == [
        Dropped(3, "empty", "empty"),
        Dropped(4, "empty", "empty"),
        Dropped(5, "length", "length_short"),
    ]
    assert account == Account(
        documents_in=6,
        documents_out=3,
        dropped={"empty": 2, "length_short": 1},
        edited={"controls": 1, "invisible": 1, "spaces": 1, "nfc": 1, "whitespace": 2},
    )
    assert account.closes()


def test_untouched_documents_are_not_copied() -> None:
    documents = documents_of("가나다", "라마바")
    kept, dropped = Chain(DEFAULT_RULES).run(documents, Account())
    assert kept.text is documents.text
    assert dropped == []


def test_an_empty_batch() -> None:
    kept, dropped = Chain(DEFAULT_RULES).run(documents_of(), Account())
    assert len(kept) == 0
    assert dropped == []


def test_a_crash_costs_one_document() -> None:
    account = Account()
    kept, dropped = Chain([Fussy(), Picky()]).run(documents_of("bad", "good", "worse", "odd", "dull"), account)
    assert kept.text.to_pylist() == ["good"]
    assert dropped == [
        Dropped(0, "fussy", "crash:fussy:KeyError", crashed=True),
        Dropped(2, "fussy", "crash:fussy:UnicodeEncodeError", crashed=True),
        Dropped(3, "picky", "crash:picky:ValueError", crashed=True),
        Dropped(4, "picky", "picky_dull"),
    ]
    assert account.quarantined == 3
    assert account.dropped == {"picky_dull": 1}
    assert account.closes()


def test_running_out_of_memory_is_no_documents_fault() -> None:
    with pytest.raises(MemoryError, match="no room"):
        Chain([Exhausted()]).run(documents_of("a"), Account())


def test_the_chain_of_a_source() -> None:
    rules = [Controls(), Whitespace(only=("wiki",)), Length()]
    assert rules_for(rules, "wiki", "ko") == tuple(rules)
    assert rules_for(rules, "stdlib", "code") == (Controls(), Length())


def test_text_tells_its_steps() -> None:
    chain = Chain([Controls(), Spaces(), Length(min_chars=100), Tally(), Whitespace()])
    text, steps = chain.text("한#\u3000 어\r\n")
    assert text == "한 어"
    assert [(step.name, step.before, step.after) for step in steps] == [
        ("controls", "한#\u3000 어\r\n", "한#\u3000 어\n"),
        ("spaces", "한#\u3000 어\n", "한#  어\n"),
        ("tally", "한#  어\n", "한  어\n"),
        ("whitespace", "한  어\n", "한 어"),
    ]
    assert [list(step.edits()) for step in steps] == [
        [Edit(5, "\r\n", "\n")],
        [Edit(2, "\u3000", " ")],
        [Edit(1, "#", "")],
        [Edit(1, "  ", " "), Edit(4, "\n", "")],
    ]


@pytest.mark.parametrize("kind", [Tally, TallyInBulk])
def test_a_reviser_edits_drops_and_counts(kind: type[Tally]) -> None:
    account = Account()
    kept, dropped = Chain([kind(), Whitespace()]).run(documents_of("a # b", "##", "c", "###", "#"), account)
    assert kept.text.to_pylist() == ["a b", "c"]
    assert dropped == [
        Dropped(3, "tally", "tally_many"),
        Dropped(1, "empty", "empty"),
        Dropped(4, "empty", "empty"),
    ]
    assert account.counts == {"marks": 7}  # of the dropped one too
    assert account.edited == {"tally": 3, "whitespace": 1}
    assert account.closes()


@pytest.mark.parametrize("kind", [Tally, TallyInBulk])
def test_a_text_that_crashes_a_rule_in_bulk_is_found_among_others(kind: type[Tally]) -> None:
    account = Account()
    kept, dropped = Chain([kind()]).run(documents_of("a#", "#bad", "b"), account)
    assert kept.text.to_pylist() == ["a", "b"]
    assert dropped == [Dropped(1, "tally", "crash:tally:KeyError", crashed=True)]
    assert account.quarantined == 1


def test_a_rule_sees_no_document_without_its_triggers() -> None:
    seen: list[str] = []

    class Curious(Tally):
        def revise(self, text: str) -> Revision:
            seen.append(text)
            return super().revise(text)

    Chain([Whitespace(), Curious(), Curious(only=("web",))]).run(documents_of("a", "b  #", "#c", " d"), Account())
    assert seen == ["b #", "#c"]  # and the second sees none: the first took all marks


def test_texts_are_edited_whether_or_not_a_rule_would_drop_them() -> None:
    chain = Chain([Controls(), TallyInBulk(), Tally(), Length(min_chars=100), Whitespace()])
    texts = ["a\r\n\r\nb", "###  c", "", "d"]
    assert chain.edit(pa.array(texts, pa.large_string())).to_pylist() == [chain.text(text)[0] for text in texts]
