"""Best-fit decreasing: pieces of documents into few windows, in constant time a piece.

The rule is that of Ding et al., "Fewer Truncations Improve Language Modeling" (2024). Where they have a segment tree, a
bitmap says for which numbers of tokens some open window has exactly that much room; a bit of the next level stands for
64 of the one below, so the least room that is enough is found in a few words: three levels do for windows of 262,143.
"""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import inlined, kernel

Int64s = npt.NDArray[np.int64]
UInt64s = npt.NDArray[np.uint64]

_ONE, _ZERO, _ALL = np.uint64(1), np.uint64(0), np.uint64(2**64 - 1)
# The lowest bit of a word by one product (Leiserson, Prokop & Randall, "Using de Bruijn sequences", 1998).
_SEQUENCE, _INDEX_SHIFT = np.uint64(0x03F79D71B4CB0A89), np.uint64(58)
_BIT_OF_INDEX = np.argsort([(0x03F79D71B4CB0A89 << bit & 2**64 - 1) >> 58 for bit in range(64)])


@kernel
def fit(tokens: Int64s, seq_len: int, cuts: Int64s) -> int:
    """Cut pieces into full windows and rests, and put every rest, longest first, where it leaves the least room.

    Rests of one length are taken in the order of their pieces; of windows with the same room, the one that came to it
    last. The last piece stands last in its window: it alone may be cut off before its document ends.

    Args:
        tokens: (pieces,) lengths, at least 1 each.
        cuts: (5, sum of ceil(tokens / seq_len)) out: piece, window, first token in the window, tokens, first token in
            the piece. The full windows come first, in the order of the pieces.

    Returns:
        the number of windows; they are numbered as they are opened.
    """
    full = _cut_full(tokens, seq_len, cuts)
    pieces = _longest_first(tokens, seq_len)
    first, bits = _bitmap(seq_len + 1)
    newest = np.full(seq_len + 1, -1, np.int64)  # (rooms,): the window that came to this room last
    older = np.full(len(pieces), -1, np.int64)  # (windows of rests,): the one that had the same room before it
    windows = full
    for place in range(len(pieces)):
        piece = pieces[place]
        taken = tokens[piece] % seq_len
        room = _least_room(first, bits, taken)
        if room < 0:
            room, window = seq_len, windows
            windows += 1
        else:
            window = newest[room]
            newest[room] = older[window - full]
            if newest[room] < 0:
                _clear(first, bits, room)
        cut = full + place
        cuts[0, cut], cuts[1, cut], cuts[2, cut] = piece, window, seq_len - room
        cuts[3, cut], cuts[4, cut] = taken, tokens[piece] - taken
        room -= taken
        if room > 0:
            older[window - full] = newest[room]
            newest[room] = window
            _set(first, bits, room)
    _put_last(len(tokens) - 1, full, cuts)
    return windows


@inlined
def _cut_full(tokens: Int64s, seq_len: int, cuts: Int64s) -> int:
    """Write the cuts that fill a window by themselves; return how many."""
    count = 0
    for piece in range(len(tokens)):
        for window in range(tokens[piece] // seq_len):
            cuts[0, count], cuts[1, count], cuts[2, count] = piece, count, 0
            cuts[3, count], cuts[4, count] = seq_len, window * seq_len
            count += 1
    return count


@inlined
def _longest_first(tokens: Int64s, seq_len: int) -> Int64s:
    """Return the pieces that have a rest, by falling length of it, then as they stand: a counting sort."""
    begin = np.zeros(seq_len + 1, np.int64)  # by seq_len - rest; the last entry is for pieces without one
    for piece in range(len(tokens)):
        begin[seq_len - tokens[piece] % seq_len] += 1
    total = 0
    for missing in range(seq_len + 1):
        count = begin[missing]
        begin[missing] = total
        total += count
    order = np.empty(len(tokens), np.int64)
    for piece in range(len(tokens)):
        missing = seq_len - tokens[piece] % seq_len
        order[begin[missing]] = piece
        begin[missing] += 1
    return order[: begin[seq_len - 1]]


@inlined
def _put_last(piece: int, full: int, cuts: Int64s) -> None:
    """Move the rest of a piece behind the others in its window."""
    end, mine = 0, -1
    for cut in range(full, cuts.shape[1]):
        if cuts[0, cut] == piece:
            mine = cut
    if mine < 0:
        return
    for cut in range(full, cuts.shape[1]):
        if cuts[1, cut] == cuts[1, mine]:
            end += cuts[3, cut]
            if cuts[2, cut] > cuts[2, mine]:
                cuts[2, cut] -= cuts[3, mine]
    cuts[2, mine] = end - cuts[3, mine]


@kernel
def _bitmap(size: int) -> tuple[Int64s, UInt64s]:
    """Return the first word of every level, and of none behind them, and the words, all zero."""
    first = [0]
    while size > 1:
        size = (size + 63) >> 6
        first.append(first[-1] + size)
    return np.array(first), np.zeros(first[-1], np.uint64)


@inlined
def _least_room(first: Int64s, bits: UInt64s, room: int) -> int:
    """Return the smallest member of the bitmap that is `room` or more; -1 where there is none."""
    level = 0
    while True:  # upwards, to the first word that has a member to the right of the place
        if level == len(first) - 1 or first[level] + (room >> 6) >= first[level + 1]:
            return -1
        found = bits[first[level] + (room >> 6)] & (_ALL << np.uint64(room & 63))
        if found != _ZERO:
            break
        room = (room >> 6) + 1
        level += 1
    room = (room & ~63) + _lowest(found)
    while level > 0:
        level -= 1
        room = (room << 6) + _lowest(bits[first[level] + room])
    return room


@inlined
def _lowest(word: np.uint64) -> int:
    """Return the place of the lowest bit of a word that is not zero."""
    return int(_BIT_OF_INDEX[((word & (~word + _ONE)) * _SEQUENCE) >> _INDEX_SHIFT])


@inlined
def _set(first: Int64s, bits: UInt64s, room: int) -> None:
    for level in range(len(first) - 1):
        bits[first[level] + (room >> 6)] |= _ONE << np.uint64(room & 63)
        room >>= 6


@inlined
def _clear(first: Int64s, bits: UInt64s, room: int) -> None:
    for level in range(len(first) - 1):
        bits[first[level] + (room >> 6)] &= ~(_ONE << np.uint64(room & 63))
        if bits[first[level] + (room >> 6)] != _ZERO:
            return
        room >>= 6


@kernel
def shuffled(count: int, seed: int) -> Int64s:
    """Return a seeded permutation of 0 … count - 1.

    Durstenfeld's shuffle ("Algorithm 235", 1964) with the numbers of SplitMix64 (Steele, Lea & Flood, 2014): integers
    only, so that it is the same on every platform and with every version of numpy.
    """
    order = np.arange(count)
    state = np.uint64(seed)
    for last in range(count - 1, 0, -1):
        state += np.uint64(0x9E3779B97F4A7C15)
        mixed = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
        chosen = np.int64(mixed % np.uint64(last + 1))
        order[last], order[chosen] = order[chosen], order[last]
    return order
