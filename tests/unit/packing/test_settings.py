import pytest
from pydantic import ValidationError

from ixigen_data.packing.settings import PackingSettings


def test_concat_is_the_default() -> None:
    assert PackingSettings(seq_len=4096).method == "concat"


def test_another_method_is_asked_for_by_name() -> None:
    assert PackingSettings(method="best_fit", seq_len=4096).method == "best_fit"
    with pytest.raises(ValidationError, match="Input should be 'concat' or 'best_fit'"):
        PackingSettings.model_validate({"method": "first_fit", "seq_len": 4096})


@pytest.mark.parametrize(
    ("seq_len", "message"),
    [
        (100, r"100 is not a multiple of 8 \(a byte of `ends` marks eight tokens\); use 96 or 104"),
        (0, "0 is not a window's length; write a multiple of 8 such as 4096"),
        ("4k", "'4k' is not a window's length; write a multiple of 8 such as 4096"),
        (True, "True is not a window's length; write a multiple of 8 such as 4096"),
    ],
)
def test_lengths_that_are_none(seq_len: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        PackingSettings.model_validate({"seq_len": seq_len})
