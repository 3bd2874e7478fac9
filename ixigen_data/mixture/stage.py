"""The mix stage: weights and supply to the plan of every window."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ixigen_data.core.digests import digest_value
from ixigen_data.core.files import join, read_bytes, size_of, write_bytes, write_model
from ixigen_data.engine.stage import Outcome, Task
from ixigen_data.mixture.order import Order
from ixigen_data.mixture.plan import MixPlan, plan_mixture
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.tokens.bucket_cache import open_stores
from ixigen_data.tokens.token_files import TokenType

BYTES = 1
_PLAN = "plan.json"
_ORDER = "order.npy"


@dataclass(frozen=True)
class Stores:
    """The token stores of a mixture: stage folders by source, in recipe order, and the type of their tokens."""

    folders: Mapping[str, str]
    dtype: TokenType


class MixStage:
    """Plans a mixture from the token stores; one task, and a small one."""

    name = "mix"
    unit = "plans"

    def __init__(
        self, settings: MixtureSettings, seq_len: int, seed: int, stores: Stores, upstream: Sequence[str]
    ) -> None:
        """`upstream`: the fingerprints of the store stages."""
        self._settings = settings
        self._seq_len = seq_len
        self._seed = seed
        self._stores = stores
        # Order counts: parts are numbered, and equal remainders settled, as the recipe lists them.
        written = settings.model_dump_json(by_alias=True)
        self.fingerprint = digest_value(["mix", BYTES, written, seq_len, seed, *upstream])

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
        stores = open_stores(self._stores.folders, self._stores.dtype)
        plan, order = plan_mixture(self._settings, self._seq_len, self._seed, stores)
        write_model(join(folder, _PLAN), plan)
        size_bytes = size_of(join(folder, _PLAN))
        buffer = io.BytesIO()
        np.save(buffer, order.checkpoints)
        write_bytes(join(folder, _ORDER), buffer.getbuffer())
        return Outcome(files={_PLAN: size_bytes, _ORDER: buffer.tell()})


def read_mix(folder: str) -> tuple[MixPlan, Order]:
    """Return what a finished mix stage planned."""
    plan = MixPlan.model_validate_json(read_bytes(join(folder, _PLAN)))
    return plan, Order(plan.tree(), np.load(io.BytesIO(read_bytes(join(folder, _ORDER)))))
