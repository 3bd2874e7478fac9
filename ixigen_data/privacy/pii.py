"""Personal data taken out of texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from ixigen_data.core.documents import text_buffers
from ixigen_data.core.edits import Edit, apply
from ixigen_data.core.errors import Mistake, RecipeError
from ixigen_data.core.ledger import PERSONAL_DATA
from ixigen_data.core.steps import Reviser, Revision, Rule
from ixigen_data.privacy.detect import find
from ixigen_data.privacy.detector import Found
from ixigen_data.privacy.fakes import fake
from ixigen_data.privacy.keys import KeyFault, key_id, read_key
from ixigen_data.privacy.labels import DEFAULT_KINDS, KINDS, LABELS, Kind

if TYPE_CHECKING:
    import pyarrow as pa

    from ixigen_data.privacy.candidates import Located

_MOST_PASSES: Final = 4  # a label can announce a number that nothing announced before; that one announces none
_QUIET: Final = frozenset(["email", "ip"])  # the labels of these announce none at all
_ANNOUNCED: Final = (
    "900101 1234567",
    "220-81-39937",
    "123456789012",
    "12345678901",
    "M12345678",
    "12조3456",
    "1588-1650",
)


class Pii(Reviser):
    """Masks personal data, replaces it by fakes, or drops the documents that hold any.

    By default all kinds are looked for but two: `rep`, the numbers that firms are called by, which are public and worth
    learning, and `name`, since words beside a name alone tell it. The numbers of companies, `corp` and `brn`, are
    masked: a business's is a person's where one person runs it. Digits read out may go first, in a rule of their own
    (`kinds: [spoken_digits]`), before a rule that writes spoken numbers in digits.

    `fake` puts another value of the same kind and form in the place of each, always the same one under the same key.
    The key is in an environment variable or a file, never in the recipe; `key_id` follows from it, so another key is
    another build. Fakes look real: a text that is faked twice holds fakes of fakes.
    """

    BYTES: ClassVar[int] = 1
    SECRET: ClassVar[bool] = True

    rule: Literal["pii"] = "pii"
    action: Literal["mask", "fake", "drop"] = "mask"
    kinds: tuple[Kind, ...] = Field(DEFAULT_KINDS, min_length=1)
    labels: dict[Kind, str] = Field({}, description="labels by kind, instead of those of the NIKL's corpora")
    key_env: str = Field("IXIGEN_PII_KEY", min_length=1, description="the environment variable that holds the key")
    key_file: str | None = Field(None, description="a file that holds the key, instead of the variable")
    key_id: str | None = Field(None, pattern="^[0-9a-f]{16}$", description="which key it has to be; by default any")

    @field_validator("kinds")
    @classmethod
    def _in_order(cls, kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
        return tuple(kind for kind in KINDS if kind in kinds)  # however they are written, it is the same rule

    @field_validator("labels")
    @classmethod
    def _labels_say_nothing(cls, labels: dict[Kind, str]) -> dict[Kind, str]:
        for kind, label in labels.items():
            if "\n" in label or any(find(f"{label} {number}", KINDS) for number in ("", *_ANNOUNCED)):
                told = "would be taken for personal data, or for a word that announces some"
                raise ValueError(f"{kind}: {label!r} {told}; write one such as <{kind.upper()}>")
        return labels

    @model_validator(mode="after")
    def _known_key(self) -> Self:
        """Find the key where fakes are made, and keep what tells it from others.

        A recipe that says which key it has to be, as that of a manifest does, can be read without it.
        """
        if self.action != "fake":
            return self
        try:
            found = key_id(read_key(self.key_env, self.key_file))
        except KeyFault as fault:
            if self.key_id is None:
                raise ValueError(str(fault)) from None
            return self
        if self.key_id not in (None, found):
            raise ValueError(f"the key has the id {found}, not {self.key_id}; give the key that this was built with")
        object.__setattr__(self, "key_id", found)  # the model is frozen for everybody else
        return self

    @property
    def triggers(self) -> str:
        """Return what each value of the kinds holds; nothing where Hangul alone can be one."""
        return "" if {"spoken_digits", "name"} & set(self.kinds) else "0-9@"

    def resolved(self, language: str | None) -> tuple[Rule, ...]:
        """Return the rule itself.

        Raises:
            RecipeError: it makes fakes, and its key is not there.
        """
        if self.action == "fake":
            self._key()
        return super().resolved(language)

    def revise(self, text: str) -> Revision:
        """Return the text without personal data, and how many values of each kind it held, or why it is dropped.

        Dropped texts are masked too: reports show the beginnings of some.
        """
        counts: Counter[str] = Counter()
        reason = None
        for _ in range(self._passes):
            found = find(text, self.kinds)
            if not found:
                break
            reason = reason or self._reason(found[0].kind)
            counts.update(f"{PERSONAL_DATA}{one.kind}" for one in found)
            text = apply(text, self._edits(text, found))
            if not _announcing(found):
                break
        return Revision(text, reason, {} if reason else counts)

    def revise_all(self, text: pa.LargeStringArray) -> Mapping[int, Revision]:
        """Return what `revise` makes of the documents that hold personal data."""
        import pyarrow as pa  # noqa: PLC0415 - start-up: few commands look at text

        revisions: dict[int, Revision] = {}
        rows: Sequence[int] = range(len(text))
        for _ in range(self._passes):
            edited: dict[int, str] = {}
            for place, now, announcing in self._revisions(text):
                row = rows[place]
                if announcing:
                    edited[row] = now.text
                before = revisions.get(row, Revision(""))
                reason = before.reason or now.reason
                counts = {} if reason else Counter(before.counts) + Counter(now.counts)
                revisions[row] = Revision(now.text, reason, counts)
            if not edited:
                break
            rows, text = list(edited), pa.array(list(edited.values()), pa.large_string())
        return revisions

    def edits(self, text: str) -> Sequence[Edit]:
        """Return what is replaced by what; `before` is the value itself, to be shown to nobody."""
        found = find(text, self.kinds)
        for _ in range(self._passes - 1):
            if not _announcing(found):
                break
            edits = self._edits(text, found)
            more = find(apply(text, edits), self.kinds)
            if not more:
                break
            found = sorted([*found, *(_moved_back(one, edits) for one in more)], key=lambda one: one.start)
        return self._edits(text, found)

    def label_of(self, after: str) -> str:
        """Return what may be shown of what an edit puts in: a label, for a fake that of its kind."""
        if self.action != "fake":
            return after
        found = find(after, self.kinds)
        return self._label(found[0].kind) if found else self._label("spoken_digits")

    @property
    def _passes(self) -> int:
        return 1 if self.action == "fake" else _MOST_PASSES

    def _revisions(self, text: pa.LargeStringArray) -> Iterable[tuple[int, Revision, bool]]:
        """Yield the rows of a column in which one look finds personal data, revised, and whether to look again."""
        from ixigen_data.privacy.candidates import find_all  # noqa: PLC0415 - start-up: see above

        data, offsets = text_buffers(text)
        view = data.data
        for row, found in find_all(text, self.kinds):
            pieces: list[bytes | memoryview] = []
            done = int(offsets[row])
            for one in found:
                value = str(view[one.start : one.stop], "utf-8")
                pieces += [view[done : one.start], self._replacement(one.kind, value).encode()]
                done = one.stop
            pieces.append(view[done : int(offsets[row + 1])])
            counts = Counter(f"{PERSONAL_DATA}{one.kind}" for one in found)
            yield row, Revision(b"".join(pieces).decode(), self._reason(found[0].kind), counts), _announcing(found)

    def _reason(self, kind: Kind) -> str | None:
        return f"pii_{kind}" if self.action == "drop" else None

    def _edits(self, text: str, found: Iterable[Found]) -> list[Edit]:
        values = ((one.start, one.kind, text[one.start : one.stop]) for one in found)
        return [Edit(start, value, self._replacement(kind, value)) for start, kind, value in values]

    def _replacement(self, kind: Kind, value: str) -> str:
        return fake(kind, value, self._key()) if self.action == "fake" else self._label(kind)

    def _label(self, kind: Kind) -> str:
        return self.labels.get(kind, LABELS[kind])

    def _key(self) -> bytes:
        try:
            return read_key(self.key_env, self.key_file)
        except KeyFault as fault:
            raise RecipeError([Mistake("clean", str(fault))]) from None


def _announcing(found: Iterable[Found | Located]) -> bool:
    """Return whether a label of what was found could announce a number that nothing announced before."""
    return any(one.kind not in _QUIET for one in found)


def _moved_back(found: Found, edits: Iterable[Edit]) -> Found:
    """Return a value of an edited text as it stands in the text before."""
    growth = 0
    for edit in edits:
        if edit.at + growth >= found.start:
            break
        growth += len(edit.after) - len(edit.before)
    return Found(found.kind, found.start - growth, found.stop - growth)
