"""Weights and optimizer state as one flat table of tensors, written and read by torch.distributed.checkpoint.

Names are those of the model of transformers: whoever trains, whatever it wraps the model in, reads the others'
checkpoints. Hyperparameters are left out: the recipe says them, and the learning rate follows from the step.
"""

import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias, cast

import torch
from torch import nn
from torch.distributed.checkpoint.filesystem import FileSystemReader
from torch.distributed.checkpoint.metadata import TensorStorageMetadata
from torch.distributed.checkpoint.state_dict import (
    OptimizerStateType,
    StateDictOptions,
    get_state_dict,
    set_state_dict,
)
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save
from torch.optim import Optimizer

from ixigen_train.checkpoints.place import CheckpointError
from ixigen_train.checkpoints.ranks import num_ranks

State: TypeAlias = dict[str, torch.Tensor]  # by "model.<name>" and "optimizer.<name>.<exp_avg|exp_avg_sq|step>"

_MODEL, _OPTIMIZER = "model.", "optimizer."
_MOMENTS = "state."  # torch's word before them
_FLAT = StateDictOptions(flatten_optimizer_state_dict=True)


def write_state(folder: Path, model: nn.Module, optimizer: Optimizer) -> None:
    """Write the state of all ranks into a folder, each rank its shards; every rank calls it."""
    with _quiet():
        save(_state_of(model, *_tables(model, optimizer)), checkpoint_id=folder, no_dist=num_ranks() == 1)


def read_state(folder: Path, model: nn.Module, optimizer: Optimizer) -> None:
    """Put the state that a folder holds into model and optimizer, however many ranks wrote it; every rank calls it.

    Raises:
        CheckpointError: it is the state of another model.
    """
    weights, moments = _tables(model, optimizer)
    state = _state_of(model, weights, moments)
    _must_fit(state, _sizes_in(folder))
    with _quiet():
        load(state, checkpoint_id=folder, no_dist=num_ranks() == 1)
    weights |= _below(state, _MODEL)
    weights |= {alias: weights[name] for alias, name in _aliases(model).items() if alias in weights}
    moments |= {f"{_MOMENTS}{name}": each for name, each in _below(state, _OPTIMIZER).items()}
    set_state_dict(
        model,
        optimizer,
        model_state_dict={**weights},
        optim_state_dict=cast(OptimizerStateType, moments),
        options=_FLAT,
    )


def weights_in(folder: Path) -> dict[str, int]:
    """Return the bytes of every weight of a checkpoint, by the model's names, tied ones once."""
    sizes = {key: entry for key, entry in _tensors_in(folder).items() if key.startswith(_MODEL)}
    return {
        key.removeprefix(_MODEL): entry.size.numel() * entry.properties.dtype.itemsize for key, entry in sizes.items()
    }


def read_weights(folder: Path, names: Collection[str] | None = None) -> State:
    """Return whole weights of a checkpoint in memory, by the model's names, tied ones once; one process alone.

    `names`: those to read, of `weights_in`; None: all.
    """
    sizes = {key: size for key, size in _tensors_in(folder).items() if key.startswith(_MODEL)}
    wanted = sizes.keys() if names is None else {f"{_MODEL}{name}" for name in names}
    state = {key: torch.empty(size.size, dtype=size.properties.dtype) for key, size in sizes.items() if key in wanted}
    with _quiet():
        load(dict(state), checkpoint_id=folder, no_dist=True)
    return _below(state, _MODEL)


def _tables(model: nn.Module, optimizer: Optimizer) -> tuple[State, State]:
    """Return torch's table of weights, and its table of the optimizer, where hyperparameters stand beside moments."""
    weights, moments = get_state_dict(model, optimizer, options=_FLAT)
    return cast(State, weights), cast(State, moments)


def _state_of(model: nn.Module, weights: State, moments: State) -> State:
    aliases = _aliases(model)
    state = {f"{_MODEL}{name}": each for name, each in weights.items() if name not in aliases}
    return state | {f"{_OPTIMIZER}{name}": each for name, each in _below(moments, _MOMENTS).items()}


def _aliases(model: nn.Module) -> dict[str, str]:
    """Return the further names of tied weights, each with the first: they are written once."""
    first: dict[int, str] = {}
    names = ((name, first.setdefault(id(each), name)) for name, each in model.named_parameters(remove_duplicate=False))
    return {name: owner for name, owner in names if name != owner}


def _below(table: Mapping[str, torch.Tensor], prefix: str) -> State:
    return {name.removeprefix(prefix): each for name, each in table.items() if name.startswith(prefix)}


def _tensors_in(folder: Path) -> dict[str, TensorStorageMetadata]:
    entries = FileSystemReader(folder).read_metadata().state_dict_metadata
    return {key: entry for key, entry in entries.items() if isinstance(entry, TensorStorageMetadata)}


def _sizes_in(folder: Path) -> dict[str, tuple[int, ...]]:
    return {key: tuple(entry.size) for key, entry in _tensors_in(folder).items()}


def _must_fit(state: State, saved: Mapping[str, tuple[int, ...]]) -> None:
    for key in sorted(state.keys() | saved.keys()):
        ours = tuple(state[key].size()) if key in state else None
        if ours != saved.get(key):
            raise CheckpointError(f"another model: {key} is {_shape(saved.get(key))} there, {_shape(ours)} here")


def _shape(size: tuple[int, ...] | None) -> str:
    return "missing" if size is None else f"{size}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Torch warns of a single process although it was told of one."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="torch.distributed is disabled")
        yield
