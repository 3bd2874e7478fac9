"""Private use characters."""

import re
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ixigen_data.core.code_points import PRIVATE_USE
from ixigen_data.core.steps import Reviser, Revision

_CHARACTERS = re.compile(f"[{PRIVATE_USE}]+")


class PrivateUse(Reviser):
    """Deletes private use characters, and drops a document that is full of them (KOREAN N9).

    They mean something in one font only; many of them are a document in an encoding that nobody wrote down. What stood
    beside them may compose or be an entity now, so it runs with the rules that delete (N3 to N5), before N6 and N7.
    """

    ID: ClassVar[str] = "N9"
    TRIGGERS: ClassVar[str] = PRIVATE_USE

    rule: Literal["private_use"] = "private_use"
    max_share: Annotated[float, Field(ge=0, le=1)] = 0.002  # of the text's code points

    def revise(self, text: str) -> Revision:
        r"""Return the text without them; dropped as "private_use" where they are more than `max_share` of it.

        >>> PrivateUse(max_share=0.5).revise("가\ue000").text
        '가'
        """
        kept = _CHARACTERS.sub("", text)
        deleted = len(text) - len(kept)
        return Revision(kept, "private_use" if deleted > self.max_share * len(text) else None)
