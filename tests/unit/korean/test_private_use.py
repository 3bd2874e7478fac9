"""N9: private use characters."""

import pytest

from ixigen_data.core.steps import Revision
from ixigen_data.korean.private_use import PrivateUse

TEXT = "가" * 998


@pytest.mark.parametrize("character", ["\ue000", "\uf0b7", "\uf8ff"])
def test_private_use_is_deleted(character: str) -> None:
    assert PrivateUse().revise(TEXT + character) == Revision(TEXT)


def test_a_document_full_of_it_is_dropped() -> None:
    assert PrivateUse().revise(f"\ue000{TEXT}\ue001") == Revision(TEXT)  # 0.2 %
    assert PrivateUse().revise(f"\ue000{TEXT[1:]}\ue001").reason == "private_use"
    assert PrivateUse(max_share=0.5).revise("가\ue000") == Revision("가")
    assert PrivateUse(max_share=0).revise(f"{TEXT}\ue000").reason == "private_use"


def test_other_text_stays() -> None:
    for text in ("", "가", "\ud7ff", "\uf900", "\U000f0000"):
        assert PrivateUse().revise(text) == Revision(text)
