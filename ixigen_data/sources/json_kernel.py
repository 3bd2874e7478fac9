"""Where the values of a large JSON file begin and end, found without building any of them.

Bytes are looked at as they lie, in UTF-8 or cp949 alike: no second byte of a cp949 character (A-Z, a-z, 0x81-0xFE) is
one that means something to JSON, which the tests show for every character.
"""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.documents import Int64s
from ixigen_data.core.kernels import kernel

Bytes = npt.NDArray[np.uint8]

DEPTH, IN_STRING, ESCAPED = 0, 1, 2  # places of `state`
_QUOTE, _BACKSLASH, _COMMA, _COLON = np.uint8(34), np.uint8(92), np.uint8(44), np.uint8(58)
_OPEN_LIST, _CLOSE_LIST, _OPEN_OBJECT, _CLOSE_OBJECT = np.uint8(91), np.uint8(93), np.uint8(123), np.uint8(125)
# What a byte means outside a string.
_NOTHING, _STRING, _OPENS, _CLOSES, _PARTS, _NAMES = range(6)
_MEANING = np.zeros(256, np.uint8)
_MEANING[_QUOTE] = _STRING
_MEANING[_OPEN_LIST] = _MEANING[_OPEN_OBJECT] = _OPENS
_MEANING[_CLOSE_LIST] = _MEANING[_CLOSE_OBJECT] = _CLOSES
_MEANING[_COMMA], _MEANING[_COLON] = _PARTS, _NAMES


@kernel
def find_parts(data: Bytes, begin: int, deepest: int, state: Int64s, marks: Int64s) -> tuple[int, int]:
    """Write the positions of brackets, commas and colons outside strings, at most `deepest` deep, into `marks`.

    A bracket is as deep as what it holds. It ends behind the first mark that is no comma, when `marks` is full, or at
    the end of `data`; `state` says how deep it is there, and whether inside a string, for the call that goes on.

    Returns:
        The number of marks, and where it ended.
    """
    depth, in_string, escaped = state[DEPTH], state[IN_STRING], state[ESCAPED]
    count, place = 0, begin
    while place < data.size:
        byte = data[place]
        place += 1
        if in_string:
            if escaped:
                escaped = 0
            elif byte == _BACKSLASH:
                escaped = 1
            elif byte == _QUOTE:
                in_string = 0
            continue
        meaning = _MEANING[byte]
        if meaning == _NOTHING:
            continue
        if meaning == _STRING:
            in_string = 1
            continue
        depth += meaning == _OPENS
        if depth <= deepest:
            marks[count] = place - 1
            count += 1
        shown = depth <= deepest
        depth -= meaning == _CLOSES
        if shown and (meaning != _PARTS or count == marks.size):
            break
    state[DEPTH], state[IN_STRING], state[ESCAPED] = depth, in_string, escaped
    return count, place
