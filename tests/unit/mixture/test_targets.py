from fractions import Fraction

from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.mixture.targets import branches, ratio_of_whole, targets
from ixigen_data.mixture.tree import children_of

PAPER = MixtureSettings.model_validate(
    {
        "total_tokens": 1000,
        "holdout": {"tokens": 64},
        "parts": {
            "finance": {"weight": 24.5, "from": ["bank"], "holdout": {"tokens": 0}},
            "replay": {
                "weight": 28.5,
                "parts": {
                    "ko": {"weight": 20, "from": ["wiki"], "holdout": {"tokens": 128}},
                    "en": {"weight": 5.5, "from": ["web"]},
                    "code": {"weight": 3, "from": ["git"]},
                },
            },
        },
    }
)


def test_nodes_stand_depth_first_with_their_places_in_a_recipe() -> None:
    tree = branches(PAPER)
    assert [branch.path for branch in tree] == ["", "finance", "replay", "replay/ko", "replay/en", "replay/code"]
    assert [branch.part for branch in tree] == [None, 0, None, 1, 2, 3]
    assert [branch.recipe_path for branch in tree[3:4]] == ["mixture.parts.replay.parts.ko"]
    assert children_of(tree) == [[1, 2], [], [3, 4, 5], [], [], []]


def test_the_nearest_holdout_wins() -> None:
    assert [branch.holdout_tokens for branch in branches(PAPER)] == [0, 0, 0, 128, 64, 64]


def test_every_node_is_divided_to_the_token() -> None:
    assert targets(branches(PAPER), 1000) == [1000, 462, 538, 377, 104, 57]
    assert targets(branches(PAPER), 0) == [0] * 6


def test_weights_are_taken_as_written() -> None:
    assert ratio_of_whole(branches(PAPER))[3] == Fraction(285, 530) * Fraction(200, 285)
