"""The rules a recipe's `clean:` may name, and those that run where it names none."""

from typing import Annotated

from pydantic import Field

from ixigen_data.clean.controls import Controls
from ixigen_data.clean.english import C4Quality, FineWebQuality, GopherQuality, GopherRepetition
from ixigen_data.clean.invisible import Invisible
from ixigen_data.clean.length import Length
from ixigen_data.clean.nfc import Nfc
from ixigen_data.clean.spaces import Spaces
from ixigen_data.clean.whitespace import Whitespace

_Anywhere = Controls | Invisible | Spaces | Nfc | Whitespace | Length
_English = GopherQuality | GopherRepetition | FineWebQuality | C4Quality
AnyRule = Annotated[_Anywhere | _English, Field(discriminator="rule")]

# In this order, running them all again changes nothing: each rule leaves nothing behind for those before it.
DEFAULT_RULES: tuple[AnyRule, ...] = (Controls(), Invisible(), Spaces(), Nfc(), Whitespace())
