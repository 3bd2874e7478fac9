"""Texts searched for the n-grams and lines of evaluation suites."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel
from ixigen_data.core.utf8_kernel import code_point
from ixigen_data.dedup.near.units_kernel import CLASSES, PART_SHIFT, POINT_BITS

BLOCK_UNITS = 2048
STRIDE = 4  # a document's runs are looked up at every fourth unit
FACTOR = 0xD1342543DE82EF95  # of the polynomial that a hash of units is, modulo 2^64
SPREAD = 0x9E3779B97F4A7C15  # the golden ratio's fraction: the high bits of a hash times this are even (Knuth, 6.4)
NEWLINE, SPACE = 10, 32


@kernel
def fill_units(
    data: npt.NDArray[np.uint8],
    place: np.uint64,
    stop: np.uint64,
    classes: npt.NDArray[np.uint32],
    units: npt.NDArray[np.uint32],
    ends: npt.NDArray[np.uint64],
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint32]:
    """Write the characters of a text that are compared, until the text or the room ends.

    Args:
        classes: (CLASSES,), see near/classes.py; here those of characters.
        units: (room,) output.
        ends: (room + 1,) output: how many units stood there at each end of a line, ends without one between left out.

    Returns:
        The place behind what was read, the number of units, that of ends, and all classes met, joined by "or".
    """
    one, two, three, twelve, six = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(12), np.uint64(6)
    low, shift, room = np.uint64(0x3F), np.uint32(PART_SHIFT), np.uint64(len(units))
    last_class, point_bits, met = np.uint64(CLASSES - 1), np.uint32(POINT_BITS), np.uint32(0)
    filled, ended = np.uint64(0), np.uint64(0)
    while place < stop and filled < room:
        lead = np.uint64(data[place])
        if lead < 0x80:
            entry = classes[lead]
            units[filled] = entry & point_bits
            filled += np.uint64((entry >> shift) & np.uint32(1))
            place += one
            if lead == NEWLINE and (ended == 0 or ends[ended - one] != filled):
                ends[ended] = filled
                ended += one
            continue
        if lead >= 0xEA and lead <= 0xED:
            point = (lead & np.uint64(15)) << twelve | (data[place + one] & low) << six | (data[place + two] & low)
            if point >= 0xAC00 and point <= 0xD7A3:
                units[filled] = point
                filled += one
                place += three
                if place < stop:
                    place += np.uint64(data[place] == SPACE)
                continue
        point, size = code_point(data, place)
        entry = classes[min(point, last_class)]
        met |= entry
        units[filled] = entry & point_bits
        filled += np.uint64((entry >> shift) & np.uint32(1))
        place += size
    return place, filled, ended, met


@kernel
def place_of(keys: npt.NDArray[np.uint64], key: np.uint64, shift: np.uint64) -> np.int64:
    """Return where a key stands in a table, or -1.

    Args:
        keys: (2^n,) open addressing; 0 is an empty place, and at least one is.
        shift: 64 - n.
    """
    mask = np.uint64(len(keys) - 1)
    at = (key * np.uint64(SPREAD)) >> shift
    while keys[at] != key:
        if keys[at] == np.uint64(0):
            return np.int64(-1)
        at = (at + np.uint64(1)) & mask
    return np.int64(at)


@kernel
def count_hits(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    classes: npt.NDArray[np.uint32],
    ngram: int,
    bits: npt.NDArray[np.uint64],
    keys: npt.NDArray[np.uint64],
    line_keys: npt.NDArray[np.uint64],
    shifts: npt.NDArray[np.uint64],
    longest: int,
    reach: int,
    hits: npt.NDArray[np.int64],
    met: npt.NDArray[np.uint32],
) -> None:
    """Count the units within n-grams that are in a table, and the lines that are in one, of each document.

    Units count together where each n-gram begins within `reach` units of the one before: a document seldom says what
    an item does, but long ones say many words of many items, far from each other.

    Every STRIDE-th unit of a document begins a seed, of STRIDE - 1 units less than an n-gram, so that each n-gram
    holds one. The hash of a run follows from those of two beginnings of the document (Karp & Rabin 1987).

    Args:
        data: valid UTF-8.
        offsets: (documents + 1,); document i is `data[offsets[i] : offsets[i + 1]]`.
        classes: (CLASSES,) see `fill_units`.
        ngram: units of an n-gram, more than STRIDE.
        bits: of the seeds in the n-grams, see `may_hold`: of most seeds of a text one look tells that no n-gram around
            it is in the table. Even so the look is what costs most: 11 ns in 4 MB of bits, 2 ns in 256 KB.
        keys: the hashes of n-grams, see `place_of`.
        line_keys: those of whole lines.
        shifts: (3,) 64 - n where bits, keys and line_keys have 2^n entries; n is 52 at most.
        longest: units of the longest line in the table; 0 where it is empty.
        reach: units from the beginning of an n-gram to that of the next, at most.
        hits: (documents, 2) output: the most units that count together; lines.
        met: (documents,) output: the classes of its code points, joined by "or"; those below 0x80 may be left out.
    """
    back = ngram + STRIDE  # units before a block whose beginnings are kept
    seed = ngram - STRIDE + 1
    units, ends = np.empty(BLOCK_UNITS, np.uint32), np.empty(BLOCK_UNITS + 1, np.uint64)
    begun = np.zeros(back + BLOCK_UNITS + 1, np.uint64)  # hashes of beginnings
    likely = np.empty(BLOCK_UNITS, np.int64)
    powers = powers_of(max(ngram, longest))
    for row in range(len(offsets) - 1):
        place, stop = np.uint64(offsets[row]), np.uint64(offsets[row + 1])
        line_start, line_units, flags = np.uint64(0), np.int64(0), np.uint32(0)
        before, first = np.int64(0), np.int64(seed - 1)  # units before the block, where its first seed ends
        latest, together = np.int64(-reach), np.int64(0)  # where the n-gram before ends, units with it
        hits[row, 0] = hits[row, 1] = 0
        begun[back] = 0
        while place < stop:
            place, filled, ended, seen = fill_units(data, place, stop, classes, units, ends)
            flags |= seen
            size = np.int64(filled)
            extend(units, begun, back, size)
            last = size if place == stop else size - STRIDE + 1
            if first < last:
                after, behind = begun[back + 1 + first :], begun[back + 1 + first - seed :]
                passed = likely_seeds(after, behind, first, last, powers[seed], bits, shifts[0], likely)
                for i in range(passed):
                    for end in range(max(likely[i], ngram - 1 - before), min(likely[i] + STRIDE, size)):
                        hashed = begun[back + end + 1] - begun[back + end + 1 - ngram] * powers[ngram]
                        if place_of(keys, hashed, shifts[1]) >= 0:
                            ahead = np.int64(before + end - latest)
                            together = min(ahead, np.int64(ngram)) + np.int64(ahead <= reach) * together
                            latest += ahead
                            hits[row, 0] = max(hits[row, 0], together)
                first += (last - first + STRIDE - 1) // STRIDE * STRIDE
            if longest:
                if place == stop and (ended == 0 or ends[ended - np.uint64(1)] != filled):
                    ends[ended] = filled
                    ended += np.uint64(1)
                start = np.int64(0)
                for number in range(ended):
                    line_end = np.int64(ends[number])
                    line_units += line_end - start
                    if line_units > 0 and line_units <= longest:
                        hashed = begun[back + line_end] - line_start * powers[line_units]
                        hits[row, 1] += place_of(line_keys, hashed, shifts[2]) >= 0
                    line_start, line_units, start = begun[back + line_end], np.int64(0), line_end
                line_units += size - start
            first -= size
            before += size
            if place < stop:
                for i in range(back + 1):
                    begun[i] = begun[size + i]
        met[row] = flags


@kernel
def may_hold(bits: npt.NDArray[np.uint64], key: np.uint64, shift: np.uint64) -> np.uint64:
    """Return 0 if a set does not hold a key, 1 if it seems to: two bits of one word tell (Putze et al. 2007).

    Args:
        bits: (2^n,) see `set_bits`.
        shift: 64 - n.
    """
    spread, six, low = key * np.uint64(SPREAD), np.uint64(6), np.uint64(63)
    word = bits[spread >> shift]
    rest = spread >> (shift - np.uint64(12))
    found: np.uint64 = (word >> (rest & low)) & (word >> ((rest >> six) & low)) & np.uint64(1)
    return found


@kernel
def set_bits(bits: npt.NDArray[np.uint64], keys: npt.NDArray[np.uint64], shift: np.uint64) -> None:
    """Put keys into the set that `may_hold` looks at."""
    six, low, one = np.uint64(6), np.uint64(63), np.uint64(1)
    for i in range(len(keys)):
        spread = keys[i] * np.uint64(SPREAD)
        rest = spread >> (shift - np.uint64(12))
        bits[spread >> shift] |= (one << (rest & low)) | (one << ((rest >> six) & low))


@kernel
def powers_of(most: int) -> npt.NDArray[np.uint64]:
    """Return the powers of FACTOR from 0 to `most`."""
    powers = np.ones(most + 1, np.uint64)
    for i in range(most):
        powers[i + 1] = powers[i] * np.uint64(FACTOR)
    return powers


@kernel
def extend(units: npt.NDArray[np.uint32], begun: npt.NDArray[np.uint64], back: int, size: np.int64) -> None:
    """Write the hashes of a document's beginnings that end in a block; `begun[back]` is that of all before."""
    factor, hashed = np.uint64(FACTOR), begun[back]
    behind = begun[back + 1 :]
    for i in range(size):
        hashed = hashed * factor + np.uint64(units[i])
        behind[i] = hashed


@kernel
def likely_seeds(
    after: npt.NDArray[np.uint64],
    behind: npt.NDArray[np.uint64],
    first: np.int64,
    last: np.int64,
    top: np.uint64,
    bits: npt.NDArray[np.uint64],
    shift: np.uint64,
    likely: npt.NDArray[np.int64],
) -> np.int64:
    """Write where the seeds end that the bits let pass, `first`, every STRIDE-th from there, before `last`.

    Which ones pass cannot be foreseen, so that no branch depends on it.

    Args:
        after: hashes of the beginnings that end with each unit, from `first`, which may be below 0.
        behind: those that end before the seed that ends with each unit, likewise.
        top: the power of FACTOR for a seed.
    """
    passed = np.uint64(0)
    for i in range(0, last - first, STRIDE):
        likely[passed] = first + i
        passed += may_hold(bits, after[i] - behind[i] * top, shift)
    return np.int64(passed)


@kernel
def place_units(
    data: npt.NDArray[np.uint8],
    classes: npt.NDArray[np.uint32],
    units: npt.NDArray[np.uint32],
    places: npt.NDArray[np.int64],
) -> int:
    """Write the characters of a text that are compared, and the byte at which each begins; return how many.

    Args:
        data: valid UTF-8.
        classes: see `fill_units`.
        units: (len(data),) output.
        places: (len(data),) output.
    """
    place, stop, filled = np.uint64(0), np.uint64(len(data)), 0
    last_class, part, point_bits = np.uint64(CLASSES - 1), np.uint32(1 << PART_SHIFT), np.uint32(POINT_BITS)
    while place < stop:
        point, size = code_point(data, place)
        entry = classes[min(point, last_class)]
        if entry & part:
            units[filled] = entry & point_bits
            places[filled] = place
            filled += 1
        place += size
    return filled


@kernel
def find_ngrams(
    units: npt.NDArray[np.uint32],
    ngram: int,
    bits: npt.NDArray[np.uint64],
    keys: npt.NDArray[np.uint64],
    shifts: npt.NDArray[np.uint64],
    numbers: npt.NDArray[np.int32],
    found: npt.NDArray[np.int64],
) -> int:
    """Write which n-grams of a document are in the table, and where; return how many.

    Args:
        units: of the document.
        bits: see `count_hits`, as for keys and shifts.
        numbers: (as `keys`) the number of the n-gram at each place.
        found: (len(units), 2) output: number, unit at which it begins.
    """
    begun, count, first, last = np.zeros(len(units) + 1, np.uint64), 0, np.int64(ngram - STRIDE), np.int64(len(units))
    if last < ngram:
        return 0
    extend(units, begun, 0, last)
    powers, likely = powers_of(ngram), np.empty(len(units) // STRIDE + 1, np.int64)
    passed = likely_seeds(begun[1 + first :], begun, first, last, powers[first + 1], bits, shifts[0], likely)
    for i in range(passed):
        for end in range(max(likely[i], ngram - 1), min(likely[i] + STRIDE, last)):
            at = place_of(keys, begun[end + 1] - begun[end + 1 - ngram] * powers[ngram], shifts[1])
            if at >= 0:
                found[count, 0] = numbers[at]
                found[count, 1] = end + 1 - ngram
                count += 1
    return count


@kernel
def hash_ngrams(
    units: npt.NDArray[np.uint32], offsets: npt.NDArray[np.int64], ngram: int, hashes: npt.NDArray[np.uint64]
) -> None:
    """Fill `hashes`, (units,), with that of the n-gram that begins at each unit of each passage; 0 where none does."""
    factor, top = np.uint64(FACTOR), np.uint64(1)
    for _ in range(ngram):
        top *= factor
    hashes[:] = 0
    for passage in range(len(offsets) - 1):
        start, rolled = offsets[passage], np.uint64(0)
        for i in range(start, offsets[passage + 1]):
            rolled = rolled * factor + np.uint64(units[i])
            if i >= start + ngram:
                rolled -= np.uint64(units[i - ngram]) * top
            if i >= start + ngram - 1:
                hashes[i + 1 - ngram] = rolled


@kernel
def put_keys(
    keys: npt.NDArray[np.uint64], shift: np.uint64, hashes: npt.NDArray[np.uint64], numbers: npt.NDArray[np.int32]
) -> None:
    """Put different hashes, none 0, into an empty table; `numbers`, (as `keys`), gets the number of each."""
    mask = np.uint64(len(keys) - 1)
    for number in range(len(hashes)):
        at = (hashes[number] * np.uint64(SPREAD)) >> shift
        while keys[at] != np.uint64(0):
            at = (at + np.uint64(1)) & mask
        keys[at] = hashes[number]
        numbers[at] = number


@kernel
def best_window(
    numbers: npt.NDArray[np.int64], places: npt.NDArray[np.int64], kinds: int, width: int
) -> tuple[np.int64, np.int64]:
    """Return the hits in the place of a document that has most different n-grams of a passage: (first, last + 1).

    Of several such places it is the first, and goes on for as long as the width allows.

    Args:
        numbers: (hits,) which of the passage's `kinds` different n-grams.
        places: (hits,) units at which they begin, ascending.
        width: from the first n-gram's beginning to the last one's, in units, at most.
    """
    counts = np.zeros(kinds, np.int64)
    first, different, most = 0, 0, 0
    best_first, best_last = np.int64(0), np.int64(0)
    for last in range(len(numbers)):
        different += counts[numbers[last]] == 0
        counts[numbers[last]] += 1
        while places[last] - places[first] > width:
            counts[numbers[first]] -= 1
            different -= counts[numbers[first]] == 0
            first += 1
        if different > most:
            most, best_first, best_last = different, np.int64(first), np.int64(last + 1)
    while best_last < len(places) and places[best_last] - places[best_first] <= width:
        best_last += 1
    return best_first, best_last


@kernel
def covered(
    units: npt.NDArray[np.uint32],
    passage: npt.NDArray[np.uint32],
    numbers: npt.NDArray[np.int64],
    where: npt.NDArray[np.int64],
    ngram: int,
) -> int:
    """Return how many units of a passage stand in a document within n-grams of both, character for character.

    Args:
        units: of the document.
        passage: of the passage.
        numbers: (len(passage),) which n-gram begins at each unit of the passage; -1: none that is looked at.
        where: a unit of the document at which each n-gram begins; -1 where it is not there.
    """
    count, done = 0, 0
    for i in range(len(passage)):
        at = where[numbers[i]] if numbers[i] >= 0 else -1
        if at < 0:
            continue
        same = True
        for j in range(ngram):
            same &= units[at + j] == passage[i + j]
        if same:
            count += ngram - max(0, done - i)
            done = i + ngram
    return count
