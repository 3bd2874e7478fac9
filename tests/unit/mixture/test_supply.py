import pytest

from ixigen_data.core.errors import SupplyError
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.mixture.supply import Supply, check_supply, largest_total, shortage, total_tokens
from ixigen_data.mixture.targets import Branch, branches, targets


def mixture(total: object = 800, epochs: float = 1) -> MixtureSettings:
    ko, en = {"weight": 3, "from": ["wiki"]}, {"weight": 1, "from": ["web"]}
    return MixtureSettings.model_validate(
        {
            "total_tokens": total,
            "parts": {
                "telco": {"weight": 1, "from": ["calls"], "max_epochs": epochs},
                "replay": {"weight": 1, "parts": {"ko": ko, "en": en}},
            },
        }
    )


def supply(telco: int, ko: int = 10**6, en: int = 10**6) -> dict[str, Supply]:
    return {"telco": Supply(telco, 1), "replay/ko": Supply(ko, 1), "replay/en": Supply(en, 1)}


def brute_force(tree: list[Branch], most: dict[str, int], seq_len: int, limit: int) -> int:
    best = 0
    for total in range(seq_len, limit, seq_len):
        tokens = targets(tree, total)
        if all(share <= most.get(branch.path, share) for branch, share in zip(tree, tokens, strict=True)):
            best = total
    return best


def test_enough_is_enough() -> None:
    assert shortage(branches(mixture()), targets(branches(mixture()), 800), supply(400, 300, 100), 8) is None


def test_a_shortage_names_part_gap_and_what_works() -> None:
    tree = branches(mixture())
    tokens = targets(tree, 800)
    message = (
        r"^mixture\.parts\.telco: the target is 400 tokens, but there are 150 × max_epochs 1 = 150: 250 are missing; "
        r"the largest total_tokens that works is 296, or set max_epochs to 3$"
    )
    with pytest.raises(SupplyError, match=message):
        check_supply(tree, tokens, supply(150), 8)
    check_supply(tree, targets(tree, 296), supply(150), 8)


def test_a_shortage_of_two_names_the_worse_first() -> None:
    tree = branches(mixture())
    message = shortage(tree, targets(tree, 800), supply(399, 10**6, 1), 8)
    assert message is not None
    assert message.startswith("mixture.parts.replay.parts.en: the target is 100")
    assert message.endswith("(short as well: telco)")


def test_an_empty_supply_has_no_total() -> None:
    tree = branches(mixture())
    message = shortage(tree, targets(tree, 800), supply(0), 8)
    assert message is not None
    assert message.endswith("400 are missing; no total_tokens works")


def test_epochs_raise_what_a_part_may_give() -> None:
    tree = branches(mixture(epochs=2.5))
    assert shortage(tree, targets(tree, 800), supply(160), 8) is None
    assert shortage(tree, targets(tree, 800), supply(159), 8) is not None


@pytest.mark.parametrize("seq_len", [8, 16, 64])
@pytest.mark.parametrize("most", [0, 1, 7, 100, 333])
def test_the_largest_total_is_the_largest(seq_len: int, most: int) -> None:
    settings = MixtureSettings.model_validate(
        {
            "total_tokens": 8,
            "parts": {
                "a": {"weight": 3, "from": ["a"]},
                "b": {"weight": 10, "parts": {"c": {"weight": 0.7, "from": ["c"]}, "d": {"weight": 9, "from": ["d"]}}},
                "e": {"weight": 11, "from": ["e"]},
            },
        }
    )
    tree = branches(settings)
    for path in ("a", "b/c", "b/d"):
        best = brute_force(tree, {path: most}, seq_len, 12_000)
        assert largest_total(tree, {path: most}, seq_len) == best
    both = {"a": most, "b/d": most}
    assert largest_total(tree, both, seq_len) == brute_force(tree, both, seq_len, 12_000)


def test_a_total_follows_from_a_supply() -> None:
    assert total_tokens(mixture({"part": "telco"}), supply(403), 8) == 800
    assert total_tokens(mixture({"part": "telco", "epochs": 1.5}, epochs=2), supply(403), 8) == 1208
    assert total_tokens(mixture(64), supply(0), 8) == 64


def test_a_supply_below_one_window_is_told() -> None:
    message = r"mixture\.total_tokens: part 'telco' has 2 tokens: at 1 epochs not enough for one window of 8 tokens"
    with pytest.raises(SupplyError, match=message):
        total_tokens(mixture({"part": "telco"}), supply(2), 8)
