"""Text that was read in a wrong encoding."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal

from ixigen_data.clean.controls import Controls
from ixigen_data.clean.entities import Entities
from ixigen_data.clean.invisible import Invisible
from ixigen_data.clean.nfc import Nfc
from ixigen_data.clean.spaces import Spaces
from ixigen_data.core.by_line import edit_runs
from ixigen_data.core.code_points import CONTROLS, FILLERS, HANJA, INVISIBLES, JOINER, SPACES
from ixigen_data.core.edits import Edit, apply
from ixigen_data.core.steps import Reviser, Revision

if TYPE_CHECKING:
    import pyarrow as pa

LOST = "\ufffd"
_MOST_LOST = 2
_MOST_LOST_SHARE = 0.0005  # of code points
_ROUNDS = 4  # one misreading over the other; none is stable under more

# The Hanja that the first two bytes of a Hangul syllable in UTF-8 are in cp949: "怨좉컼" begins with such a one.
_FIRST_HANJA = "".join(bytes((lead, low)).decode("cp949") for lead in range(0xEA, 0xEE) for low in range(0xA1, 0xC0))
# In Latin-1 but the no-break space and the middle dot, which stand in every statute: they alone are no text.
_LATIN_1 = "\xa1-\xb6\xb8-\xff"

_HANGUL = re.compile("[가-힣]")
_HANJA = re.compile(f"[{HANJA}]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_HIGH = re.compile("[\xa0-\xff]")
_HIGH_RUNS = re.compile("[\xa0-\xff]{2,}")
# UTF-8 in Latin-1 or cp1252: a lead byte and all that must follow it.
_CP1252 = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_TAIL = f"[\x80-\xbf{_CP1252}]"
_UTF_8 = re.compile(f"[\xc2-\xdf]{_TAIL}|[\xe0-\xef]{_TAIL}{{2}}|[\xf0-\xf4]{_TAIL}{{3}}")
_FIRST_OF_UTF_8 = re.compile(f"[{_FIRST_HANJA}]")
_LOSS = re.compile(f"[?{LOST}][가-힣]|[가-힣][?{LOST}]")
# What the next rules bring to light: in entities, at ends of lines, and where NFC composes two characters of Latin-1.
_HIDING = re.compile("[&＆\x00-\x08\x0e-\x1f\x7f\v\f\x85\u2028\u2029]")
_BARE_RETURN = re.compile(r"\r(?!\n|\Z)")
_MARK = re.compile("[\u0300-\u036f\u212b]")
_COMPOSED = re.compile(f"{_MARK.pattern}[a-zA-Z]?[^\x00-\x7f]|[^\x00-\x7f][a-zA-Z]?{_MARK.pattern}")
# What they delete, or make a space of: it matters among what could be mojibake.
_BETWEEN = re.compile(f"[{CONTROLS}{INVISIBLES}{JOINER}{SPACES}{FILLERS}]")
_HIGH_BESIDE_ANOTHER = re.compile(r"[\x80-\x9f\xa1-\xff][^\x00-\x7f\xa0]")
_HIGH_BEFORE_ANOTHER = re.compile(f"[\x80-\xff][\x80-\xff{_CP1252}{INVISIBLES}{JOINER}{FILLERS}]")
_HIGH_TO_BE = re.compile(f"[\x80-\x9f{_LATIN_1}{_FIRST_HANJA}\u0300-\u036f\u212b]")
_ENTITIES, _NEXT_RULES = Entities(), (Controls(), Invisible(), Spaces(), Nfc())


class Mojibake(Reviser):
    """Restores lines that were read in a wrong encoding, and drops what was lost in reading (KOREAN N1).

    Restored are cp949 read as Latin-1, UTF-8 read as Latin-1 or cp1252, once or twice (by ftfy), and UTF-8 read as
    cp949: where the bytes decode strictly to Hangul, so not by chance. A line is taken as it stands, and else as
    entities, controls, spaces and composition will leave it, so that a second run finds nothing new.

    A document with more than two U+FFFD, or one in 2,000 characters, is dropped: UTF-8 read as cp949 mostly ends so.
    Code is spared: the tests of Python's own codecs hold sixty on purpose.
    """

    ID: ClassVar[str] = "N1"
    TRIGGERS: ClassVar[str] = f"&{_LATIN_1}{_FIRST_HANJA}{LOST}"

    rule: Literal["mojibake"] = "mojibake"

    def revise(self, text: str) -> Revision:
        """Return the text with its lines restored, and "mojibake" where too much is lost.

        >>> Mojibake().revise("°í°´´Ô, 5G").text, Mojibake().revise("Café déjà vu Müller").text
        ('고객님, 5G', 'Café déjà vu Müller')
        """
        restored = apply(text, self.edits(text))
        lost = restored.count(LOST)
        too_much = lost > _MOST_LOST or lost > _MOST_LOST_SHARE * len(restored)
        return Revision(restored, reason="mojibake" if too_much else None)

    def edits(self, text: str) -> Iterator[Edit]:
        """Yield the lines that are restored, in order."""
        at = 0
        for line in text.split("\n"):
            restored = _restored(line)
            if restored != line:
                yield Edit(at, line, restored)
            at += len(line) + 1

    def revise_all(self, text: pa.LargeStringArray) -> Mapping[int, Revision]:
        """Return the revisions of the documents that change or go, by row; only lines with a trigger are looked at."""
        import pyarrow.compute as pc  # noqa: PLC0415 - start-up: recipes are read without Arrow

        lost = False

        def restored_lines(lines: str) -> str:
            nonlocal lost
            restored = "\n".join(map(_restored, lines.split("\n"))) if _is_suspect(lines) else lines
            lost = lost or LOST in restored
            return restored

        restored = edit_runs(text, self.TRIGGERS, restored_lines)
        if restored is text and not lost:
            return {}
        touched = pc.or_(pc.not_equal(text, restored), pc.match_substring(restored, LOST))
        before = {row: text[row].as_py() for row in pc.indices_nonzero(touched).to_pylist()}
        revisions = {row: self.revise(each) for row, each in before.items()}
        return {row: revision for row, revision in revisions.items() if revision != Revision(before[row])}


def _restored(line: str) -> str:
    """Return a line as it was written; itself where nothing is wrong with it."""
    if not _is_suspect(line):
        return line
    for _ in range(_ROUNDS):
        restored = _decoded(line)
        if restored == line:
            break
        line = restored
    return line


def _is_suspect(lines: str) -> bool:
    """Return whether lines hold what a misread text holds, or what could hide one; False is certain, and quick."""
    return bool(_HIGH_BEFORE_ANOTHER.search(lines) or _FIRST_OF_UTF_8.search(lines) or _hides_some(lines))


def _hides_some(lines: str) -> bool:
    if "\r" in lines and _BARE_RETURN.search(lines):
        return True
    return bool(_HIDING.search(lines) or (_MARK.search(lines) and _COMPOSED.search(lines)))


def _decoded(line: str) -> str:
    """Return a line one misreading further back."""
    decoded = None
    if _HIGH_BEFORE_ANOTHER.search(line):
        decoded = _from_latin_1(line) or _from_utf_8_in_latin_1(line)
    if decoded is None and _FIRST_OF_UTF_8.search(line):
        decoded = _from_cp949(line)
    return _from_what_it_will_be(line) if decoded is None else decoded


def _from_latin_1(line: str) -> str | None:
    """Return what cp949 was that was read as Latin-1, or None: "°í°´´Ô" was "고객님"."""
    if _HANGUL.search(line):
        return None
    high = _HIGH.findall(line)
    # Fewer than three different ones are a rule or an ornament: "····" is "룡룡" in cp949.
    if len(high) < 4 or len(set(high)) < 3 or sum(map(len, _HIGH_RUNS.findall(line))) < 0.8 * len(high):
        return None
    if all(ord(other) == ord(one) + 1 for one, other in pairwise(high)):  # a list of characters: "ÀÁÂÃÄÅÆÇ", "°±²³"
        return None
    try:
        data = line.encode("latin-1")
        decoded = data.decode("cp949")
    except UnicodeError:
        return None
    return decoded if _is_hangul(decoded) and not _is_utf_8(data) else None


def _from_utf_8_in_latin_1(line: str) -> str | None:
    """Return what UTF-8 was that was read as Latin-1 or cp1252, once or oftener, or None.

    ftfy decodes parts of a line too: that counts where it leaves no run behind. "ÉÏº£ÊÐ" is Chinese in Latin-1, and
    "ÉϺ£ÊÐ" is nothing.
    """
    if not _UTF_8.search(line):
        return None
    import ftfy  # noqa: PLC0415 - start-up: few texts need it

    fixed, steps = ftfy.fix_encoding_and_explain(line)
    partly = any(step.parameter == "decode_inconsistent_utf8" for step in steps or ())
    return None if fixed == line or (partly and _HIGH_RUNS.search(fixed)) else fixed


def _from_cp949(line: str) -> str | None:
    """Return what UTF-8 was that was read as cp949, or None: "怨좉컼" was "고객".

    Where bytes were lost in reading, they are U+FFFD in what comes out.
    """
    try:
        decoded = line.encode("cp949").decode("utf-8")
    except UnicodeError:
        return line.encode("cp949", "replace").decode("utf-8", "replace") if _has_losses(line) else None
    enough = len(_HANJA.findall(line)) >= 0.2 * len(_NOT_ASCII.findall(line))
    return decoded if enough and _is_hangul(decoded) else None


def _has_losses(line: str) -> bool:
    """Return whether a line looks like UTF-8 read as cp949 with losses: "怨좉컼?떂 ?븞?뀞?븯?꽭?슂".

    There are marks of loss within words, and a third of the Hangul is outside of KS X 1001: in Korean that is hardly
    a syllable in a thousand.
    """
    if len(_LOSS.findall(line)) < 3:
        return False
    hangul = "".join(_HANGUL.findall(line))
    rare = sum(data[0] < 0xB0 or data[1] < 0xA1 for data in (syllable.encode("cp949") for syllable in hangul))
    return rare >= 4 and 3 * rare >= len(hangul)


def _from_what_it_will_be(line: str) -> str:
    """Return a line restored from what the next rules make of it, or the line."""
    if not _hides_some(line) and not (_BETWEEN.search(line) and _HIGH_BESIDE_ANOTHER.search(line)):
        return line
    settled = _ENTITIES.format(line)
    if not _HIGH_TO_BE.search(settled):  # most entities are "&lt;", "&nbsp;" and the like
        return line
    for rule in _NEXT_RULES:
        settled = rule.format(settled)
    if settled == line:
        return line
    restored = "\n".join(map(_restored, settled.split("\n")))
    return line if restored == settled else restored


def _is_hangul(text: str) -> bool:
    """Return whether three fifths of a text are Hangul, ASCII apart."""
    return len(_HANGUL.findall(text)) >= max(1, 0.6 * len(_NOT_ASCII.findall(text)))


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeError:
        return False
    return True
