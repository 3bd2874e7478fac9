"""A source that gave no document at all is a mistake in the recipe, not a result."""

from ixigen_data.clean.chunks import CleanSummary
from ixigen_data.core.errors import SourceError
from ixigen_data.core.ledger import Account, total
from ixigen_data.core.units import format_count
from ixigen_data.engine.completion import read_outcomes


def require_documents(source: str, folder: str, *, strict: bool) -> None:
    """Check that a finished clean stage kept something and, under `strict`, that it set nothing aside.

    Raises:
        SourceError: names the first record set aside, or the reasons for which all were dropped.
    """
    outcomes = read_outcomes(folder)
    faults = [fault for outcome in outcomes for fault in CleanSummary.model_validate(outcome.summary).faults]
    if strict and faults:
        raise SourceError(f"{faults[0]}; leave out --strict to set such records aside")
    ledger = total(outcome.ledger for outcome in outcomes)
    read, clean = ledger.account("read", source), ledger.account("clean", source)
    if clean.documents_out:
        return
    told = f"source {source}: none of its {format_count(read.documents_in)} records became a document"
    dropped = ", ".join(f"{reason} {format_count(count)}" for reason, count in clean.dropped.most_common())
    if dropped:
        unread = f"; not read: {format_count(read.quarantined)}, the first: {faults[0]}" if faults else ""
        raise SourceError(f"{told}; dropped: {dropped}{unread}. Check sources.{source} and {_blamed(clean)}")
    if faults:
        raise SourceError(f"{told}; the first: {faults[0]}. Check sources.{source}.text and .format")
    raise SourceError(f"{told}; dropped: nothing was read. Check sources.{source} and the rules of `clean`")


def _blamed(clean: Account) -> str:
    """Return the section of a recipe that drops for the most frequent reason."""
    return "dedup.decontaminate" if clean.dropped.most_common(1)[0][0] == "contaminated" else "the rules of `clean`"
