from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.mixture.targets import branches, targets
from ixigen_data.mixture.windows import PartWindows, order_tree, part_windows, window_counts

SETTINGS = MixtureSettings.model_validate(
    {
        "total_tokens": 48,
        "parts": {
            "a": {"weight": 1, "from": ["a"]},
            "b": {"weight": 1, "parts": {"c": {"weight": 3, "from": ["c"]}, "d": {"weight": 5, "from": ["d"]}}},
            "e": {"weight": 0.01, "from": ["e"]},
        },
    }
)


def test_windows_sum_at_every_node() -> None:
    tree = branches(SETTINGS)
    tokens = targets(tree, 48)
    assert tokens == [48, 24, 24, 9, 15, 0]
    assert window_counts(tree, tokens, 8) == [6, 3, 3, 1, 2, 0]
    assert part_windows(tree, tokens, 8) == [
        PartWindows(3, 3, 0),
        PartWindows(1, 1, 1),
        PartWindows(2, 1, 7),
        PartWindows(0, 0, 0),
    ]
    assert [windows.owns_settlement for windows in part_windows(tree, tokens, 8)] == [False, False, True, False]


def test_the_tree_of_the_order_has_no_empty_branch() -> None:
    tree = order_tree(branches(SETTINGS), [6, 3, 3, 1, 2, 0])
    assert tree.first_edge.tolist() == [0, 2, 4]
    assert tree.child.tolist() == [-1, 1, -2, -3]
    assert tree.shares.tolist() == [3, 3, 1, 2]
    assert tree.windows == 6
