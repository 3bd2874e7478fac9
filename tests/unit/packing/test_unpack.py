import numpy as np

from ixigen_data.packing.unpack import unpack
from ixigen_data.packing.windows import Windows


def test_pieces_end_at_bits_and_begin_with_their_window() -> None:
    tokens = np.arange(24, dtype=np.int32).reshape(3, 8)
    ends = np.array([[0b10000100], [0b00000011], [0b10000000]], np.uint8)
    unpacked = unpack(Windows(tokens, ends, np.array([8, 2, 8], np.uint32), np.zeros(3, np.uint16)))
    assert len(unpacked) == 5
    assert unpacked.row.tolist() == [0, 0, 1, 1, 2]
    assert [unpacked.piece(number).tolist() for number in range(5)] == [
        [0, 1, 2],
        [3, 4, 5, 6, 7],
        [8],
        [9],
        [16, 17, 18, 19, 20, 21, 22, 23],
    ]


def test_no_windows() -> None:
    none = Windows(np.zeros((0, 8), np.int32), np.zeros((0, 1), np.uint8), np.zeros(0, np.uint32), np.zeros(0, "u2"))
    assert len(unpack(none)) == 0
