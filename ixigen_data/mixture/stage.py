"""The mix stage: weights and supply to the plan of every window."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ixigen_data.core.digests import digest_value
from ixigen_data.core.files import join, read_bytes, size_of, write_bytes, write_model
from ixigen_data.engine.stage import Outcome, Task
from ixigen_data.mixture.earlier_files import FILE_NAME as SERVED
from ixigen_data.mixture.earlier_files import read_earlier, write_earlier
from ixigen_data.mixture.order import Order
from ixigen_data.mixture.plan import Inputs, Mix, MixPlan, Shape, plan_mixture
from ixigen_data.mixture.pools import Fitter, Pools
from ixigen_data.mixture.served import NOTHING
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.tokens.bucket_cache import open_stores
from ixigen_data.tokens.token_files import TokenType

BYTES = 2
_PLAN = "plan.json"
_ORDER = "order.npz"
_POOLS = "pools.npz"


@dataclass(frozen=True)
class MixInputs:
    """What a mixture is planned on: stage folders, and the packing where windows have to be fitted."""

    stores: Mapping[str, str]  # token stores by source, in recipe order
    dtype: TokenType  # of their tokens
    fitter: Fitter | None = None
    earlier: str | None = None  # of the dataset that is continued


class MixStage:
    """Plans a mixture from the token stores; one task, and a small one."""

    name = "mix"
    unit = "plans"

    def __init__(self, settings: MixtureSettings, shape: Shape, inputs: MixInputs, upstream: Sequence[str]) -> None:
        """`upstream`: the fingerprints of the stages whose folders `inputs` names."""
        self._settings = settings
        self._shape = shape
        self._inputs = inputs
        # Order counts: parts are numbered, and equal remainders settled, as the recipe lists them.
        written = settings.model_dump_json(by_alias=True)
        self.fingerprint = digest_value(["mix", BYTES, written, shape.method, shape.seq_len, shape.seed, *upstream])

    def tasks(self) -> Sequence[Task]:
        """Return the one task."""
        return [Task(index=0, name="mix", work=1)]

    def outputs(self, folder: str) -> str:
        """Return `folder`."""
        return folder

    def run(self, task: Task, folder: str) -> Outcome:  # noqa: ARG002 - there is one task
        """Plan the mixture.

        Raises:
            SupplyError: a part has too few tokens.
        """
        inputs = self._inputs
        earlier = NOTHING if inputs.earlier is None else read_earlier(join(inputs.earlier, SERVED))
        stores = open_stores(inputs.stores, inputs.dtype)
        mix = plan_mixture(self._settings, self._shape, Inputs(stores, inputs.fitter, earlier))
        write_model(join(folder, _PLAN), mix.plan)
        files = {_PLAN: size_of(join(folder, _PLAN))}
        files[_ORDER] = _save(join(folder, _ORDER), mix.order.arrays())
        if mix.pools:
            arrays = {f"{number}": np.stack([p.first_token, p.first_window]) for number, p in enumerate(mix.pools)}
            files[_POOLS] = _save(join(folder, _POOLS), arrays)
        if inputs.earlier is not None:
            files |= write_earlier(folder, earlier)
        return Outcome(files=files)


def read_mix(folder: str) -> Mix:
    """Return what a finished mix stage planned."""
    plan = MixPlan.model_validate_json(read_bytes(join(folder, _PLAN)))
    order = Order.of(_load(join(folder, _ORDER)))
    pools: tuple[Pools, ...] = ()
    if plan.method == "best_fit":
        arrays = _load(join(folder, _POOLS))
        pools = tuple(Pools(*arrays[f"{number}"]) for number in range(len(plan.parts)))
    return Mix(plan, order, pools, read_earlier(join(folder, SERVED)) if plan.continues else NOTHING)


def _save(url: str, arrays: Mapping[str, npt.NDArray[np.int64]]) -> int:
    """Write arrays as one file and return its size."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    write_bytes(url, buffer.getbuffer())
    return buffer.tell()


def _load(url: str) -> dict[str, npt.NDArray[np.int64]]:
    with np.load(io.BytesIO(read_bytes(url))) as found:
        return dict(found)
