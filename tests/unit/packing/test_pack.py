from typing import Literal

import numpy as np
import pytest

from ixigen_data.mixture.plan import Inputs, Shape, plan_mixture, training_streams
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.packing.best_fit import BestFit
from ixigen_data.packing.pack import fitter_of, pack_windows
from ixigen_data.packing.settings import PackingSettings
from tests.unit.mixture.memory_store import store_of


def test_windows_are_fitted_where_the_method_needs_it() -> None:
    assert fitter_of(PackingSettings(seq_len=64)) is None
    assert fitter_of(PackingSettings(method="best_fit", seq_len=64)) == BestFit(64)


@pytest.mark.parametrize(("method", "windows", "whole"), [("concat", 6, 4), ("best_fit", 8, 8)])
def test_the_method_of_the_plan_packs(method: Literal["concat", "best_fit"], windows: int, whole: int) -> None:
    settings = MixtureSettings.model_validate({"total_tokens": 48, "parts": {"x": {"weight": 1, "from": ["x"]}}})
    store = {"x": store_of("x", [6] * 8)}
    fitter = fitter_of(PackingSettings(method=method, seq_len=8))
    mix = plan_mixture(settings, Shape(8, 17, method), Inputs(store, fitter))
    packed, lineage = pack_windows(mix, training_streams(mix, store), 0, mix.plan.total_windows, 99)
    assert len(packed) == mix.plan.total_windows == windows
    assert np.count_nonzero(lineage.tokens == 6) == whole
    assert packed.length.sum() == 48
