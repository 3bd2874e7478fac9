"""Sources of which nothing is left, since indexes hold all that they have."""

from ixigen_data.core.ledger import total
from ixigen_data.core.units import format_count
from ixigen_data.dedup.drops import EXACT, INDEX_REASONS
from ixigen_data.engine.completion import read_outcomes


def held_notes(dedup_folder: str) -> list[str]:
    """Return a note on every source whose documents are all copies of what indexes hold, by the finished dedup stage.

    It may be so, where nothing is new; where a recipe names the index of its own sources, it is a mistake.
    """
    accounts = total(outcome.ledger for outcome in read_outcomes(dedup_folder)).stages.get("dedup", {})
    return [
        f"warning: source {source}: all of its {format_count(account.documents_in)} documents are copies of what the "
        "indexes under dedup.against hold; leave an index of this source's own documents out"
        for source, account in accounts.items()
        if account.documents_in and account.dropped[INDEX_REASONS[EXACT]] == account.documents_in
    ]
