"""The folder of a run: what stands where."""

from dataclasses import dataclass
from pathlib import Path

from ixigen_data.core.errors import IxigenError
from ixigen_train.runs.checkpoint_names import checkpoint_name, steps_named

_NAMES = {
    "recipe.yaml",
    "run.json",
    "foundry.yaml",
    "metrics.jsonl",
    "report.html",
    "checkpoints",
    "export",
    "logs",
    "cache",
    "tracking",
}


@dataclass(frozen=True)
class RunFolder:
    """Paths of a run; nothing is read or written but by `make`."""

    root: Path
    url: str | None = None  # of the run, where it lives on an object store and `root` is but worked in

    def make(self) -> None:
        """Make the folder, where it is not there yet.

        Raises:
            IxigenError: it is a file, or a folder that is not that of a run.
        """
        if self.root.exists() and not self.root.is_dir():
            raise IxigenError(f"{self.root}: is a file, a run needs a folder; name one that is empty or not there")
        foreign = sorted(path.name for path in self.root.iterdir() if not _is_ours(path.name)) if self.is_there else []
        if foreign and not self.run_file.exists():
            raise IxigenError(
                f"{self.root}: holds {foreign[0]} and is not the folder of a run; name one that is empty or not there"
            )
        for folder in (self.root, self.checkpoints, self.logs):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def place(self) -> str:
        """What the run's user calls it: its URL, or its folder."""
        return self.url or str(self.root)

    @property
    def is_there(self) -> bool:
        """Whether there is a folder of this name."""
        return self.root.is_dir()

    @property
    def recipe(self) -> Path:
        """The training recipe, resolved."""
        return self.root / "recipe.yaml"

    @property
    def run_file(self) -> Path:
        """What the run is and how it stands: `runs/run_file.py`."""
        return self.root / "run.json"

    @property
    def configuration(self) -> Path:
        """The configuration of LLM-Foundry that the recipe became."""
        return self.root / "foundry.yaml"

    @property
    def metrics(self) -> Path:
        """One object a step: `runs/metrics.py`."""
        return self.root / "metrics.jsonl"

    @property
    def report(self) -> Path:
        """The page with the curves."""
        return self.root / "report.html"

    @property
    def export(self) -> Path:
        """The model as a Hugging Face folder."""
        return self.root / "export"

    @property
    def cache(self) -> Path:
        """Shards that were fetched, unless the recipe names another place."""
        return self.root / "cache"

    @property
    def tracking(self) -> Path:
        """What loggers such as TensorBoard write."""
        return self.root / "tracking"

    @property
    def logs(self) -> Path:
        """The output of the ranks."""
        return self.root / "logs"

    @property
    def checkpoints(self) -> Path:
        """The checkpoints, one folder each."""
        return self.root / "checkpoints"

    def log(self, rank: int) -> Path:
        """Return the file of what a rank writes to its standard error."""
        return self.logs / f"rank-{rank}.log"

    def checkpoint(self, step: int) -> Path:
        """Return the folder of the checkpoint after so many steps.

        >>> RunFolder(Path("run")).checkpoint(12).as_posix()
        'run/checkpoints/step-000012'
        """
        return self.checkpoints / checkpoint_name(step)

    def saved_steps(self) -> tuple[int, ...]:
        """Return the steps that have a whole checkpoint, in order."""
        return saved_steps(self.checkpoints)


def saved_steps(checkpoints: Path) -> tuple[int, ...]:
    """Return the steps of the whole checkpoints in a folder, in order; none where there is no such folder."""
    return steps_named(path.name for path in checkpoints.glob("*") if path.is_dir())


def _is_ours(name: str) -> bool:
    return name in _NAMES or name.startswith(".")
