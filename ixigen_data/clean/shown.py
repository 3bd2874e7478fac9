"""Edits as people may see them: what rules for personal data take out is never shown."""

from collections.abc import Iterator, Sequence

from ixigen_data.clean.chain import Chain, Step
from ixigen_data.clean.hunks import Hunk, hunks
from ixigen_data.core.steps import Formatter, Reviser

_SEARCHED_CHARS = 300  # around an edit, where personal data that a later rule uncovers must not stand


def shown_edits(steps: Sequence[Step]) -> Iterator[tuple[Step, list[Hunk]]]:
    """Yield what each rule did to a text, in order.

    A rule for personal data shows its labels alone. Where one found something, what other rules did is shown as they
    would have done it to the masked text; by its place only where that differs, or where the rules behind still find
    something near: full-width digits, say, that are no number yet.
    """
    secret = [step.rule for step in steps if step.rule.SECRET]
    for step in steps:
        edits = hunks(step.before, step.edits())
        if step.rule.SECRET:
            edits = [Hunk(hunk.at, "", step.rule.label_of(hunk.after), "", "", hidden=True) for hunk in edits]
        elif secret:
            edits = list(_beside(step, edits, Chain(secret), Chain([each.rule for each in steps])))
        yield step, edits


def _beside(step: Step, edits: Sequence[Hunk], secret: Chain, chain: Chain) -> Iterator[Hunk]:
    """Yield edits as the masked text would have had them, hidden where that is not certain."""
    assert isinstance(step.rule, Formatter | Reviser), "no other rule edits"
    masked = secret.text(step.before)[0]
    again = hunks(masked, step.rule.edits(masked))
    alike = [(hunk.before, hunk.after) for hunk in again] == [(hunk.before, hunk.after) for hunk in edits]
    for hunk, other in zip(edits, again if alike else edits, strict=True):
        around = masked[max(0, other.at - _SEARCHED_CHARS) : other.at + len(other.before) + _SEARCHED_CHARS]
        if alike and not any(found.rule.SECRET for found in chain.text(around)[1]):
            yield Hunk(hunk.at, other.before, other.after, other.left, other.right)
        else:
            yield Hunk(hunk.at, "", "", "", "", hidden=True)
