"""Runs shortened in the UTF-8 bytes of a batch."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel
from ixigen_data.core.utf8_kernel import class_at

_BLOCK_BYTES = 64
_AHEAD = 8  # bytes that follow the first one of three code points


@kernel
def shorten_runs(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    leads: npt.NDArray[np.bool_],
    classes: npt.NDArray[np.uint8],
    limits: npt.NDArray[np.int64],
    strings: npt.NDArray[np.uint8],
    edited: npt.NDArray[np.uint8],
    edited_offsets: npt.NDArray[np.int64],
) -> None:
    """Write every document with its runs shortened.

    Args:
        data: valid UTF-8.
        offsets: (documents + 1,); document i is `data[offsets[i] : offsets[i + 1]]`.
        leads: (256,) whether a byte begins a code point of a run; none of four bytes does.
        classes: (TABLE_SIZE,) 0 for a code point of no run.
        limits: (classes, 3): the least length of a run, two or more; whether it mixes the code points of its class, as
            runs of all classes do or of none; how many of its first code point are left.
        strings: (classes, 4): the bytes in use, and bytes that follow what is left.
        edited: output, as long as the documents together at least.
        edited_offsets: (documents + 1,) output, from 0.
    """
    size = np.uint64(0)
    one, block = np.uint64(1), np.uint64(_BLOCK_BYTES)
    mixed, least = limits[1, 1] != 0, limits[1:, 0].min()
    first_lead, last_lead = int(leads.argmax()), 255 - int(leads[::-1].argmax())
    edited_offsets[0] = 0
    for row in range(len(offsets) - 1):
        place, stop = np.uint64(offsets[row]), np.uint64(offsets[row + 1])
        look_at = place  # no block is looked at before this byte
        while place < stop:
            if place >= look_at:
                look_at = min(place + block, stop)
                end = look_at + np.uint64(_AHEAD)  # in the next document perhaps
                if end <= len(data) and not _may_run(data[place:end], first_lead, last_lead, mixed, least):
                    for j in range(look_at - place):
                        edited[size + j] = data[place + j]
                    size += look_at - place
                    place = look_at
                    continue
            if not leads[data[place]]:
                edited[size] = data[place]
                size += one
                place += one
                continue
            end, count, kind = _run_at(data, place, stop, classes, limits)
            copied = end - place
            if kind and count >= limits[kind, 0]:
                copied = _width(data[place]) * np.uint64(limits[kind, 2])
                for k in range(strings[kind, 0]):
                    edited[size] = strings[kind, 1 + k]
                    size += one
            for j in range(copied):
                edited[size + j] = data[place + j]
            size += copied
            place = end
        edited_offsets[row + 1] = size


@kernel
def _may_run(text: npt.NDArray[np.uint8], first_lead: int, last_lead: int, mixed: bool, least: int) -> bool:
    """Return whether a run may begin in a text, its last _AHEAD bytes apart; False is certain.

    Where runs are mixed, two code points that may be of one; else one that stands there twice, or thrice where no run
    is shorter. Without branches, this runs on vectors.
    """
    run = False
    size = len(text) - _AHEAD
    first, last = np.uint8(first_lead), np.uint8(last_lead)
    if mixed:
        for i in range(size):
            second = (text[i + 1] >= first) & (text[i + 1] <= last)
            second |= (text[i + 2] >= first) & (text[i + 2] <= last)
            second |= (text[i + 3] >= first) & (text[i + 3] <= last)
            run |= (text[i] >= first) & (text[i] <= last) & second
        return run
    far = least > 2
    for i in range(size):
        again = (text[i] == text[i + 1]) & ((text[i] == text[i + 2]) | (not far))
        run |= (text[i] > 32) & (text[i] < 128) & again
    for i in range(size):
        again = (text[i] == text[i + 2]) & (text[i + 1] == text[i + 3])
        run |= (text[i] >= 0xC2) & (text[i] < 0xE0) & again & ((text[i] == text[i + 4]) | (not far))
    for i in range(size):
        again = (text[i] == text[i + 3]) & (text[i + 1] == text[i + 4]) & (text[i + 2] == text[i + 5])
        run |= (text[i] >= 0xE0) & again & ((text[i + 2] == text[i + 8]) | (not far))
    return run


@kernel
def _run_at(
    data: npt.NDArray[np.uint8],
    place: np.uint64,
    stop: np.uint64,
    classes: npt.NDArray[np.uint8],
    limits: npt.NDArray[np.int64],
) -> tuple[np.uint64, int, np.uint8]:
    """Return where the run ends that begins at a place, its length, and its class; a code point of class 0 is alone."""
    width = _width(data[place])
    end = place + width
    kind = class_at(data, place, classes)
    count = 1
    while kind and end < stop:
        if limits[kind, 1]:
            if class_at(data, end, classes) != kind:
                break
        elif not _is_again(data, place, end, stop, width):
            break
        end += _width(data[end])
        count += 1
    return end, count, kind


@kernel
def _width(lead: np.uint8) -> np.uint64:
    """Return the size of a code point in bytes, by its first one."""
    return np.uint64(1 + (lead >= 0xC2) + (lead >= 0xE0) + (lead >= 0xF0))


@kernel
def _is_again(
    data: npt.NDArray[np.uint8], place: np.uint64, other: np.uint64, stop: np.uint64, width: np.uint64
) -> bool:
    """Return whether the code point at one place stands at another too; its last byte tells soonest."""
    if other + width > stop:
        return False
    for j in range(width, 0, -1):
        back = np.uint64(j - 1)
        if data[place + back] != data[other + back]:
            return False
    return True
