"""What watching costs: all hooks of a training run, on and off in turn, in one Composer process.

A Llama layout of 3.5 M parameters in fp32 on one thread, steps of 2,048 tokens: small steps, where a fixed cost shows
most. Steps take turns: hooks on, hooks off. Two figures come of it: what the hooks' own events take, which hardly has
noise, and by how much a step with hooks is longer than the one behind it, which would show what they cost elsewhere
too. CPU time of the process, not wall time. Clipping is training, so it stays; hold-outs and checkpoints are left out.
"""

import statistics
import tempfile
import time
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel, JsonValue
from rich.console import Console
from rich.table import Table

from benchmarks.harness import Figures, Work, measure, write_results

GOAL = 0.01  # of a step
SEQ_LEN, BATCH, MICROBATCH = 256, 8, 4
VOCABULARY = 8_000
WARM_UP = 4  # steps that are not counted
LAYOUT = {
    "vocab_size": VOCABULARY,
    "hidden_size": 160,
    "intermediate_size": 432,
    "num_hidden_layers": 3,
    "num_attention_heads": 5,
    "num_key_value_heads": 5,
    "max_position_embeddings": SEQ_LEN,
    "tie_word_embeddings": False,
}


class Overhead(BaseModel):
    """CPU-seconds of a step: medians over all steps of a kind, hooks on or off, or over pairs of neighbours."""

    parameters: int
    steps: int  # of each kind
    on: float
    off: float
    inside: float  # of the hooks' own events, on steps that have them
    longer: float  # a step with hooks less the one behind it
    noise: float  # one standard error of that

    @property
    def share(self) -> float:
        """What the hooks' events take of a step."""
        return self.inside / self.off

    @property
    def difference(self) -> float:
        """By how much of a step one with hooks is longer."""
        return self.longer / self.off


def watched(pairs: int) -> Work:
    """Train so many steps with hooks and as many without, in turn."""
    from transformers import LlamaConfig

    from ixigen_train.foundry.render import render
    from ixigen_train.foundry.train import register, train
    from ixigen_train.recipe.settings import TrainRecipe
    from ixigen_train.runs.folder import RunFolder
    from ixigen_train.windows.plan import plan_course
    from tests.dataset import ORDER, write_dataset

    scratch = tempfile.TemporaryDirectory()
    root = Path(scratch.name)
    windows = BATCH * (WARM_UP + 2 * pairs + 1)
    write_dataset(str(root / "data"), seq_len=SEQ_LEN, order=(ORDER * (windows // len(ORDER) + 1))[:windows])
    LlamaConfig(**LAYOUT).save_pretrained(root / "model")
    recipe = TrainRecipe.model_validate(
        {
            "name": "hooks",
            "model": {"path": str(root / "model"), "weights": "random"},
            "precision": "fp32",
            "batch": {"windows": BATCH, "microbatch": MICROBATCH},
            "evaluation": {"parts": []},
        }
    )
    folder = RunFolder(root / "run")
    folder.make()
    config = render(recipe, plan_course(recipe, str(root / "data")), SEQ_LEN, folder, ranks=1)
    callbacks = config["callbacks"]
    assert isinstance(callbacks, dict)
    del callbacks["ixigen_checkpoints"]
    turns = _turns()
    register()
    callbacks["turns"] = callbacks.pop("ixigen_hooks")

    def work() -> JsonValue:
        trainer = train(config)
        scratch.cleanup()
        parameters = sum(each.numel() for each in trainer.state.model.parameters())
        return overhead(turns.ends, turns.inside, parameters).model_dump()

    return work


class Turns:
    """When each step ended, and what the hooks took of it; both in CPU-seconds."""

    def __init__(self) -> None:
        self.ends: list[float] = []
        self.inside: list[float] = []  # 0.0 on steps without hooks


def _turns() -> Turns:
    """Register a callback that has the hooks' events every other step, and return what it will have measured."""
    import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

    from composer import Callback, Event, Logger, State
    from llmfoundry import registry

    from ixigen_train.foundry.hooks.callback import Hooks

    turns = Turns()

    class Turn(Callback):
        def __init__(self, folder: str, recipe: Mapping[str, JsonValue]) -> None:
            self._hooks = Hooks(folder, recipe)

        def run_event(self, event: Event, state: State, logger: Logger) -> None:
            if event == Event.FIT_START:
                self._hooks.run_event(event, state, logger)
            if event == Event.BEFORE_DATALOADER:
                turns.ends.append(time.process_time())
                turns.inside.append(0.0)
            if event != Event.FIT_END and len(turns.ends) % 2:  # the ledger of every other step is none
                began = time.process_time()
                self._hooks.run_event(event, state, logger)
                if turns.inside:
                    turns.inside[-1] += time.process_time() - began

    registry.callbacks.register("turns", func=Turn)
    return turns


def overhead(ends: list[float], inside: list[float], parameters: int) -> Overhead:
    """Return the figures of a run; the first steps, and the last, whose end nobody saw, do not count."""
    seconds = [stop - start for start, stop in pairwise(ends)][WARM_UP:]
    events = inside[WARM_UP : WARM_UP + len(seconds)]
    on, off = seconds[0::2], seconds[1::2]
    longer = [with_hooks - without for with_hooks, without in zip(on, off, strict=False)]
    return Overhead(
        parameters=parameters,
        steps=len(longer),
        on=statistics.median(on),
        off=statistics.median(off),
        inside=statistics.median(events[0::2]),
        longer=statistics.median(longer),
        noise=1.2533 * _spread(longer) / len(longer) ** 0.5,  # of a median: 1.2533 times that of a mean
    )


def _spread(values: list[float]) -> float:
    """Return the standard deviation, from quartiles: what neighbours do to a few steps is left out."""
    first, _, third = statistics.quantiles(values, n=4)
    return (third - first) / 1.349


def main(quick: bool) -> bool:
    """Measure, print a table, write the figures; return whether the goal was reached."""
    runs = [measure(watched, 4 if quick else 30) for _ in range(1 if quick else 2)]
    found = [Overhead.model_validate(run.result) for run in runs]
    show(found)
    told: list[JsonValue] = [_told(run, one) for run, one in zip(runs, found, strict=True)]
    print(f"figures: {write_results('hooks', told)}")
    return statistics.median(one.share for one in found) <= GOAL


def show(found: list[Overhead]) -> None:
    """Print the figures."""
    columns = ("parameters", "steps", "step, off", "step, on", "difference", "events alone", "of a step")
    table = Table(*columns, title=f"All hooks, steps of {BATCH * SEQ_LEN:,} tokens, CPU time")
    for one in found:
        difference = f"{one.difference:+.2%} ± {one.noise / one.off:.2%}"
        times = (f"{one.off:.3f} s", f"{one.on:.3f} s", difference, f"{one.inside * 1e3:.2f} ms", f"{one.share:.2%}")
        table.add_row(f"{one.parameters / 1e6:.2f} M", f"2 × {one.steps}", *times)
    Console().print(table)
    share = statistics.median(one.share for one in found)
    print(f"goal {GOAL:.0%} of a step: {'reached' if share <= GOAL else 'missed'}")


def _told(run: Figures, one: Overhead) -> JsonValue:
    return {**one.model_dump(), "share": one.share, "difference": one.difference, "peak_bytes": run.peak_bytes}
