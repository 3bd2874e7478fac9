"""Runs written as files, by the classes that a training writes them with; no step is trained."""

import math
import random
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from pydantic import JsonValue

from ixigen_train.recipe.settings import BatchSettings, EvaluationSettings, ModelSettings, TrainRecipe
from ixigen_train.runs.folder import RunFolder
from ixigen_train.runs.records import PartStep, StepRecord, perplexity
from ixigen_train.runs.run_file import RunFile, Start

PARTS = {"telco/상담": 0.4, "telco/manuals": 0.1, "replay/한국어": 0.3, "replay/en": 0.2}
BATCH_TOKENS = 2048 * 4096


@dataclass
class Written:
    """What to write of a run; `steps` are finished, of `planned`."""

    steps: int = 400
    planned: int = 400
    parts: dict[str, float] = field(default_factory=lambda: dict(PARTS))
    hold_outs: int = 5  # measurements after the first
    name: str = "telco-50-qwen-3b"
    model: str = "Qwen/Qwen2.5-3B"
    shards: str = "no-such-folder/dataset"
    digest: str = "a" * 32
    batch: int = 2048
    status: str = "finished"
    reason: str | None = None
    starts: tuple[int, ...] = (0,)
    alarm: float | None = 0.05

    def write(self, folder: Path) -> Path:
        """Write the run's folder."""
        run = RunFolder(folder)
        run.make()
        recipe = TrainRecipe(
            name="x",
            model=ModelSettings(path=self.model),
            batch=BatchSettings(windows=self.batch),
            evaluation=EvaluationSettings(alarm=self.alarm),
        )
        run.recipe.write_bytes(orjson.dumps(recipe.model_dump(mode="json")))  # JSON is YAML
        stretch: JsonValue = {"shards": self.shards, "digest": self.digest, "steps": self.planned}
        file = RunFile(
            name=self.name,
            model=self.model,
            recipe_digest="b" * 32,
            course={"stretches": [stretch], "batch_windows": self.batch},
            starts=tuple(
                Start(
                    at=f"2026-11-23T0{n}:00:00+00:00",
                    step=step,
                    ranks=8,
                    device="NVIDIA H100",
                    versions={"torch": "2.13.0"},
                )
                for n, step in enumerate(self.starts)
            ),
        )
        file = file.failed(self.reason or "") if self.status == "failed" else file
        file = (
            file.finished().model_copy(update={"ended": "2026-11-23T09:00:00+00:00"})
            if self.status == "finished"
            else file
        )
        file.write(run.run_file)
        run.metrics.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in self.lines()))
        for step in (self.steps // 2, self.steps) if self.steps > 1 else ():
            run.checkpoint(step).mkdir()
            (run.checkpoint(step) / "place.json").write_bytes(b"{}")
        return folder

    def lines(self) -> list[dict[str, JsonValue]]:
        """The lines of metrics.jsonl."""
        rng = random.Random(7)
        lines = [{"step": 0} | self._held_out(0, rng)] if self.hold_outs else []
        consumed = dict.fromkeys(self.parts, 0)
        every = max(1, self.planned // self.hold_outs) if self.hold_outs else 0
        for step in range(1, self.steps + 1):
            line = self._step(step, consumed, rng)
            lines.append(
                line | self._held_out(step, rng) if every and (step % every == 0 or step == self.planned) else line
            )
        return lines

    def _step(self, step: int, consumed: dict[str, int], rng: random.Random) -> dict[str, JsonValue]:
        parts = {}
        done = step / self.planned
        for number, (path, share) in enumerate(self.parts.items()):
            tokens = round(share * BATCH_TOKENS)
            consumed[path] += tokens
            loss = 2.1 + 0.22 * number + (0.9 - 0.25 * number) * math.exp(-5 * done) + rng.gauss(0, 0.03)
            parts[path] = PartStep(loss * tokens, tokens, 3 * tokens, consumed[path])
        seconds = 41.0 + rng.gauss(0, 0.6) + (9 if step % 97 == 0 else 0)
        measures = {
            "seconds": seconds,
            "wait_seconds": abs(rng.gauss(0.1, 0.05)) + (9 if step % 97 == 0 else 0),
            "tokens_per_second": BATCH_TOKENS / seconds,
            "mfu": 0.41 * 41 / seconds,
            "grad_norm": 0.4 + math.exp(-8 * done) + abs(rng.gauss(0, 0.05)),
        }
        lr = 1e-5 * min(1, step / (0.02 * self.planned)) * (0.55 + 0.45 * math.cos(math.pi * done))
        windows = ((step - 1) * self.batch, step * self.batch)
        return StepRecord(step, sum(consumed.values()), lr, parts, windows, measures).line()

    def _held_out(self, step: int, rng: random.Random) -> dict[str, JsonValue]:
        done = step / max(self.planned, 1)
        line: dict[str, JsonValue] = {}
        for number, path in enumerate(self.parts):
            change = (-0.6 + 0.25 * number) * (1 - math.exp(-4 * done)) * (0.35 if number == 3 else 1)
            line[f"held_out/loss/{path}"] = 2.9 - 0.1 * number + change
            line[f"held_out/change/{path}"] = perplexity(change) - 1
            line[f"held_out/bits_per_byte/{path}"] = (2.9 - 0.1 * number + change) / 2.1
        return line
