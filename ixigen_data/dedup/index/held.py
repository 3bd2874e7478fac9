"""Sources of which nothing is left, since indexes hold all that they have."""

from collections.abc import Sequence

from ixigen_data.core.ledger import total
from ixigen_data.core.units import format_count
from ixigen_data.dedup.drops import INDEX_REASONS
from ixigen_data.engine.completion import read_outcomes


def held_notes(drop_folders: Sequence[str]) -> list[str]:
    """Return a note on every source of which indexes left nothing, by the finished stages that drop, in their order.

    It may be so, where nothing is new; where a recipe names the index of its own sources, it is a mistake.
    """
    ledger = total(outcome.ledger for folder in drop_folders for outcome in read_outcomes(folder))
    notes = []
    for source, first in ledger.stages.get("dedup", {}).items():
        accounts = [stage[source] for stage in ledger.stages.values() if source in stage]
        held = sum(account.dropped[reason] for account in accounts for reason in INDEX_REASONS)
        if held and not accounts[-1].documents_out:
            told = "all of its" if held == first.documents_in else f"{format_count(held)} of its"
            notes.append(
                f"warning: source {source}: {told} {format_count(first.documents_in)} documents are copies of what the "
                "indexes under dedup.against hold, and none is left; leave an index of this source's own documents out"
            )
    return notes
