"""The golden learning rates, as the optimizer uses them in a real Trainer."""

import warnings
from collections.abc import Iterator

import pytest

torch = pytest.importorskip("torch", reason="needs the train lock")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

    pytest.importorskip("composer", reason="needs the train lock")
    from composer import Callback, Event, Logger, State, Trainer
    from composer.models import ComposerModel

    from ixigen_train.foundry.steps import Schedule, Steps

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]


class Scale(ComposerModel):
    """One weight, whose gradient is always 1; it remembers what it was given and drew."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(()))
        self.drawn: list[float] = []

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        self.drawn.append(float(torch.rand(())))
        return self.weight * batch.mean()

    def loss(self, outputs: torch.Tensor, batch: torch.Tensor) -> torch.Tensor:
        return outputs


class Resumed(Callback):
    """Puts the clock forward, as a checkpoint does."""

    def __init__(self, step: int) -> None:
        self.step = step

    def after_load(self, state: State, logger: Logger) -> None:
        state.timestamp = state.timestamp.copy(batch=self.step)


def ones() -> Iterator[torch.Tensor]:
    while True:
        yield torch.ones(1)


class Ones:
    def __iter__(self) -> Iterator[torch.Tensor]:
        return ones()


def trained(steps: int, first: int = 0) -> tuple[list[float], list[float]]:
    """Train with plain SGD; return by how much each step moved the weight, and what it drew."""
    torch.backends.cuda.matmul.allow_tf32 = True  # as Composer has it on a GPU
    model, moved = Scale(), []
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-5)

    class Moved(Callback):
        def run_event(self, event: Event, state: State, logger: Logger) -> None:
            if event == Event.BATCH_END:
                moved.append(-float(model.weight.detach()))

    Trainer(
        model=model,
        train_dataloader=Ones(),
        optimizers=optimizer,
        schedulers=Schedule(steps=100, kind="cosine", warmup=10, floor=0.1),
        max_duration=f"{steps}ba",
        callbacks=[Resumed(first), Steps(seed=17), Moved()],
        progress_bar=False,
        spin_dataloaders=False,
        device_train_microbatch_size=1,
        device="cpu",
    ).fit()
    return [after - before for before, after in zip([0.0, *moved], moved, strict=False)], model.drawn


@pytest.fixture(scope="module")
def whole() -> tuple[list[float], list[float]]:
    return trained(101)


@pytest.mark.parametrize(("step", "lr"), [(0, 0.0), (1, 1e-6), (10, 1e-5), (55, 5.5e-6), (100, 1e-6)])
def test_each_step_trains_with_its_own_rate(whole: tuple[list[float], list[float]], step: int, lr: float) -> None:
    assert whole[0][step] == pytest.approx(lr, abs=1e-10)  # weights are fp32, and sum to 5e-4


def test_a_resumed_run_takes_the_rate_and_the_random_numbers_of_its_step(
    whole: tuple[list[float], list[float]],
) -> None:
    moved, drawn = trained(60, first=55)
    assert moved == pytest.approx(whole[0][55:60], abs=1e-10)
    assert drawn == whole[1][55:60]
    assert len(set(whole[1])) == 101
    assert torch.backends.cuda.matmul.allow_tf32 is False


def test_composers_own_scaling_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^scale_schedule_ratio: 0.5: the schedule knows its steps; use 1\.0"):
        Schedule(steps=100, kind="cosine", warmup=10, floor=0.1)(None, ssr=0.5)
