"""How much a compressed file grows, from its beginning."""

import zlib

import zstandard

from ixigen_data.core.files import open_read
from ixigen_data.sources.archives import Opener
from ixigen_data.sources.faults import Problem
from ixigen_data.sources.settings import archive_of, compression_of

_INPUT_BYTES = 1 << 20
_GZIP = 31  # zlib's window bits for a gzip header


def expansion(url: str) -> float:
    """Return decompressed bytes for a stored byte, over the file's first MiB; 1.0 for a plain file.

    Of a member, by its archive's index; what is compressed inside an archive once more hardly grew there.
    """
    if archive_of(url):
        return _member_expansion(url)
    kind = compression_of(url)
    if kind is None:
        return 1.0
    with open_read(url) as stream:
        data = stream.read(_INPUT_BYTES)
    try:
        if kind == "gz":
            decompressor = zlib.decompressobj(_GZIP)
            out = len(decompressor.decompress(data))
            used = len(data) - len(decompressor.unused_data)
        else:
            frame = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()
            out = len(frame.decompress(data))
            used = len(data) - len(frame.unused_data)
    except (zlib.error, zstandard.ZstdError):
        return 1.0  # whoever reads it tells
    return out / used if out and used else 1.0


def _member_expansion(url: str) -> float:
    try:
        with Opener() as opener:
            info = opener.member(url).info
    except Problem:
        return 1.0
    return info.file_size / max(1, info.compress_size)
