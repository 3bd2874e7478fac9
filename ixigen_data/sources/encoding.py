"""Bytes to text: strict UTF-8, else strict cp949, else not at all."""

from ixigen_data.sources.settings import Encoding

_CODECS: dict[Encoding, tuple[str, ...]] = {"auto": ("utf-8", "cp949"), "utf-8": ("utf-8",), "cp949": ("cp949",)}


def decode(data: bytes, encoding: Encoding) -> str | None:
    """Return the text without its byte order mark, or None where no encoding that is allowed fits every byte.

    >>> decode("한".encode("cp949"), "auto"), decode(b"\\xff", "auto")
    ('한', None)
    """
    for codec in _CODECS[encoding]:
        try:
            return data.decode(codec).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    return None


def told_encodings(encoding: Encoding) -> str:
    """Return what bytes are not, for a message."""
    return "not UTF-8 and not cp949" if encoding == "auto" else f"not {encoding}"
