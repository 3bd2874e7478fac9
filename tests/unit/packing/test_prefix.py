import numpy as np
import pytest

from ixigen_data.mixture.pieces import joined
from ixigen_data.mixture.plan import Inputs, Shape, plan_mixture, training_streams
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.packing.best_fit import BestFit, pack_best_fit, window_seed
from ixigen_data.packing.prefix import fitted_prefix
from tests.unit.mixture.memory_store import store_of

SETTINGS = MixtureSettings.model_validate(
    {"total_tokens": 1111, "parts": {"x": {"weight": 1, "from": ["x"], "max_epochs": 3}}}
)
METHOD = BestFit(16, pool_documents=9, pool_tokens=200, pool_windows=1)
STORE = {"x": store_of("x", [3, 50, 7, 12, 16, 90, 1, 1, 30] * 3, 0, 64)}
MIX = plan_mixture(SETTINGS, Shape(16, 17, "best_fit"), Inputs(STORE, METHOD))


@pytest.mark.parametrize("windows", [*range(0, MIX.plan.total_windows, 3), MIX.plan.total_windows])
def test_a_prefix_is_what_its_windows_hold(windows: int) -> None:
    (stream,) = training_streams(MIX, STORE)
    prefix = fitted_prefix(METHOD, stream, 1111, windows, window_seed(17, "x"))
    named = joined([*stream.index(0, prefix.position), *prefix.pieces])
    _, lineage = pack_best_fit(MIX, [stream], 0, windows, 0)
    told = named.epoch, named.bucket, named.row, named.first, named.tokens
    held = lineage.epoch, lineage.bucket, lineage.row, lineage.document_token, lineage.tokens
    assert every_token(*told) == every_token(*held)
    assert prefix.position in MIX.pools[0].first_token


def every_token(*columns: np.ndarray) -> list[tuple[int, ...]]:
    """Return epoch, bucket, row and place in its document of every token of some pieces, sorted."""
    pieces = zip(*(column.tolist() for column in columns), strict=True)
    return sorted(
        (epoch, bucket, row, first + token) for epoch, bucket, row, first, tokens in pieces for token in range(tokens)
    )
