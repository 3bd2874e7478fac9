"""Attention document by document against the mask of transformers, forward and backward, on one processor.

Both compute the same losses. At 32,768 tokens the masked way is left out: it wants more than 14 GB for four layers.
"""

import itertools

import torch
from pydantic import JsonValue
from rich.console import Console
from rich.table import Table
from torch import nn
from transformers import AutoModelForCausalLM, Qwen2Config

from benchmarks.harness import Figures, Work, measure, write_results
from ixigen_train.models.window_nll import WindowNll

VOCABULARY, LAYERS = 4096, 4
WINDOWS = (4096, 16_384)
LARGEST = 32_768  # for ours alone
DOCUMENTS = (500, 4000)  # tokens of a document


def layout() -> Qwen2Config:
    """Return 4.9 M parameters with grouped heads."""
    return Qwen2Config(
        vocab_size=VOCABULARY,
        hidden_size=256,
        intermediate_size=704,
        num_hidden_layers=LAYERS,
        num_attention_heads=8,
        num_key_value_heads=2,
        max_position_embeddings=LARGEST,
    )


def attending(how: str, window: int, document: int) -> Work:
    """Take one window of documents of one length through a model and back; "masked" is transformers' own way."""
    torch.manual_seed(17)
    model = WindowNll(AutoModelForCausalLM.from_config(layout(), attn_implementation="sdpa")).train()
    if how == "masked":
        model.lm.set_attn_implementation("sdpa")
    lengths = tuple(min(document, window - start) for start in range(0, window, document))
    ids = torch.randint(0, VOCABULARY, (1, window))
    positions = torch.cat([torch.arange(length) for length in lengths])[None]
    step(model, ids[:, :64], positions[:, :64], (64,))

    def work() -> JsonValue:
        return step(model, ids, positions, lengths)

    return work


def step(model: nn.Module, ids: torch.Tensor, positions: torch.Tensor, lengths: tuple[int, ...]) -> float:
    """Return the mean loss of a window, after its backward pass."""
    loss = model(ids, positions, ids, [lengths]).mean()
    loss.backward()
    return float(loss.detach())


def main(quick: bool) -> None:
    """Measure at two lengths and two kinds of documents, print a table, write the figures."""
    windows = WINDOWS[:1] if quick else WINDOWS
    asked = [(how, *rest) for *rest, how in itertools.product(windows, DOCUMENTS, ("masked", "ours"))]
    asked += [] if quick else [("ours", LARGEST, document) for document in DOCUMENTS]
    runs = {key: measure(attending, *key) for key in asked}
    idle = measure(attending, "ours", 64, 64).peak_bytes
    Console().print(table(runs, idle))
    for document in DOCUMENTS:
        masked, ours = (runs[how, windows[-1], document] for how in ("masked", "ours"))
        assert abs(float(str(masked.result)) - float(str(ours.result))) < 1e-5
        faster = masked.cpu_seconds / ours.cpu_seconds
        smaller = (masked.peak_bytes - idle) / (ours.peak_bytes - idle)
        print(
            f"{windows[-1]:,} of documents of {document:,}: {faster:.1f} × the speed, {1 / smaller:.0%} of the memory"
        )
    results: list[JsonValue] = [
        {"how": how, "window": window, "document": document, **run.model_dump()}
        for (how, window, document), run in runs.items()
    ]
    print(f"figures: {write_results('attention', {'runs': results, 'idle_bytes': idle})}")


def table(runs: dict[tuple[str, int, int], Figures], idle: int) -> Table:
    """Return the figures for a reader."""
    shown = Table("window", "documents", "attention", "CPU s", "beyond the model, MB", title="forward and backward")
    for (how, window, document), run in sorted(runs.items(), key=lambda each: each[0][1:]):
        grown = f"{(run.peak_bytes - idle) / 1e6:,.0f}"
        shown.add_row(f"{window:,}", f"{document:,}", how, f"{run.cpu_seconds:.2f}", grown)
    return shown


if __name__ == "__main__":
    main(quick=False)
