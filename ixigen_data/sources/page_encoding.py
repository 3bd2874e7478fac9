"""The text of a web page from its bytes: what the bytes prove, then what the page says of itself."""

import codecs
import re

from ixigen_data.sources.encoding import decode, told_encodings
from ixigen_data.sources.faults import Problem
from ixigen_data.sources.settings import Encoding

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LOOKED_AT_BYTES = 4096  # browsers look at 1,024; old Korean pages have scripts before their meta
_DECLARED = re.compile(rb"""<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([-\w:.]+)""", re.IGNORECASE)
# Browsers read these names as more than they say (WHATWG, "Encoding", names and labels); Python has no all of them.
_LABELS = {
    **dict.fromkeys(
        "euc-kr cseuckr csksc56011987 iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949"
        " x-windows-949 ms949 uhc cp949".split(),
        "cp949",
    ),
    **dict.fromkeys("iso-8859-1 iso8859-1 latin1 us-ascii ascii".split(), "cp1252"),
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
}


def decode_page(data: bytes, encoding: Encoding, told: str | None = None) -> str:
    """Return a page's text.

    With `auto`: a byte order mark decides; else bytes beyond ASCII that are strict UTF-8 are UTF-8, whatever the page
    says; else what was told with it (HTTP), or what it declares; else strict cp949. Any other `encoding` decides alone.

    Args:
        told: the name of the encoding in the HTTP header, if there was one.

    Raises:
        Problem: "encoding_unknown".
    """
    if encoding != "auto":
        text = decode(data, encoding)
        if text is None:
            raise Problem("encoding_unknown", told_encodings(encoding))
        return text
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], [codec], codec)
    declared = _codec_of(told) or _codec_of(_declared(data))
    beyond = ["utf-8", declared, "cp949"] if not data.isascii() else [declared, "utf-8"]
    return _strict(data, [codec for codec in beyond if codec], declared)


def _strict(data: bytes, names: list[str], declared: str | None) -> str:
    for codec in names:
        try:
            return data.decode(codec)
        except (UnicodeDecodeError, UnicodeError):
            continue
    raise Problem("encoding_unknown", f"not UTF-8, not cp949, and not {declared or 'declared'}")


def _declared(data: bytes) -> str | None:
    found = _DECLARED.search(data, 0, _LOOKED_AT_BYTES)
    return found[1].decode("ascii", "replace") if found else None


def _codec_of(label: str | None) -> str | None:
    """Return Python's codec for an encoding's name on the web; None for a name that is none of text."""
    if not label:
        return None
    name = label.strip().strip("\"'").lower()
    try:
        found = codecs.lookup(_LABELS.get(name, name))
    except (LookupError, ValueError):
        return None
    # A declaration that could be read was ASCII's superset, so UTF-16 without a mark is a slip for UTF-8.
    return None if not getattr(found, "_is_text_encoding", True) or found.name.startswith("utf-16") else found.name
