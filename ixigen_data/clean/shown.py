"""Edits as people may see them: what rules for personal data take out is never shown."""

from collections.abc import Iterator, Sequence

from ixigen_data.clean.chain import Step
from ixigen_data.clean.hunks import Hunk, hunks


def shown_edits(steps: Sequence[Step]) -> Iterator[tuple[Step, list[Hunk]]]:
    """Yield what each rule did to a text, in order.

    A rule for personal data shows its labels alone. Where one found something, what other rules did is told by its
    place only: they may have edited that very number, or what stands around it.
    """
    found = any(step.rule.SECRET for step in steps)
    for step in steps:
        edits = hunks(step.before, step.edits())
        if step.rule.SECRET:
            edits = [Hunk(hunk.at, "", step.rule.label_of(hunk.after), "", "", hidden=True) for hunk in edits]
        elif found:
            edits = [Hunk(hunk.at, "", "", "", "", hidden=True) for hunk in edits]
        yield step, edits
