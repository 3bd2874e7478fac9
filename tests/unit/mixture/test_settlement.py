from ixigen_data.mixture.order import Order, tree_of
from ixigen_data.mixture.settlement import Piece, SettlementWindow, settle
from ixigen_data.mixture.windows import PartWindows


def order_of(parts: list[PartWindows]) -> Order:
    return Order.plan(tree_of([[-1 - part for part in range(len(parts))]], [[p.windows for p in parts]]))


def test_no_remainder_no_settlement() -> None:
    parts = [PartWindows(2, 2, 0), PartWindows(1, 1, 0)]
    assert settle(parts, order_of(parts), 8) == []


def test_an_owner_and_two_others() -> None:
    # Targets 13, 9 and 10 of windows of 8: part 0 is rounded up.
    parts = [PartWindows(2, 1, 5), PartWindows(1, 1, 1), PartWindows(1, 1, 2)]
    order = order_of(parts)
    pieces = (Piece(part=0, tokens=5, offset=8), Piece(part=1, tokens=1, offset=8), Piece(part=2, tokens=2, offset=8))
    assert settle(parts, order, 8) == [SettlementWindow(window=order.window_of(0, 1), owner=0, pieces=pieces)]


def test_room_is_filled_from_the_last_window_and_dealt_from_the_first() -> None:
    # Targets 7, 6, 5, 4, 2 of windows of 8: parts 0, 1 and 2 own one each; parts 3 and 4 fill 1 + 2 + 3 tokens of room.
    parts = [
        PartWindows(1, 0, 7),
        PartWindows(1, 0, 6),
        PartWindows(1, 0, 5),
        PartWindows(0, 0, 4),
        PartWindows(0, 0, 2),
    ]
    found = settle(parts, order_of(parts), 8)
    told = [(w.window, w.owner, [(p.part, p.tokens, p.offset) for p in w.pieces]) for w in found]
    assert told == [
        (0, 0, [(0, 7, 0), (4, 1, 0)]),
        (1, 1, [(1, 6, 0), (3, 1, 0), (4, 1, 1)]),
        (2, 2, [(2, 5, 0), (3, 3, 1)]),
    ]
