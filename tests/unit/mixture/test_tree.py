from dataclasses import dataclass

from ixigen_data.mixture.tree import children_of


@dataclass
class Placed:
    parent: int


def test_children_stand_in_the_order_of_the_list() -> None:
    assert children_of([Placed(-1), Placed(0), Placed(0), Placed(2), Placed(2), Placed(0)]) == [
        [1, 2, 5],
        [],
        [3, 4],
        [],
        [],
        [],
    ]
    assert children_of([Placed(-1)]) == [[]]
