"""What is told of a step whose loss, or whose gradient, is no number."""

from collections.abc import Iterator, Sequence

from ixigen_data.core.files import without_secrets
from ixigen_train.runs.records import StepRecord
from ixigen_train.windows.course import Course

_SHOWN = 8  # windows of a rank that are named


def told_not_finite(course: Course, record: StepRecord, places: Sequence[Sequence[int]], saved: str | None) -> str:
    """Return the sentence that ends a run: step, windows, what is left, and where to look.

    Args:
        course: that served the step.
        record: of the step.
        places: by rank, the windows of its share, from 0, that have no finite loss.
        saved: the last checkpoint, where there is one.
    """
    norm = record.measures.get("grad_norm")
    named = list(_named(course, record.step - 1, places))
    if named:
        what = f"the loss is {record.loss}: {', '.join(told for told, _ in named)}"
    else:
        first, stop = record.windows
        windows = f"its windows are {first:,} to {stop - 1:,} of the course"
        what = f"the loss is {record.loss:.4f}, but the norm of the gradients is {norm}; {windows}"
    left = f"the last good checkpoint is {saved}" if saved else "there is no checkpoint yet"
    look = f"; look at `{named[0][1]}`" if named else ""
    return f"step {record.step:,}: {what}; nothing of this step was saved, {left}{look}"


def _named(course: Course, step: int, places: Sequence[Sequence[int]]) -> Iterator[tuple[str, str]]:
    """Yield, for each rank that has such windows, their numbers in their dataset, and what shows the first."""
    for rank, found in enumerate(places):
        if not found:
            continue
        share = course.share(step, rank, len(places))
        url = without_secrets(course.plan.stretches[share.stretch].shards)
        numbers = [share.windows[place] for place in found]
        shown = ", ".join(f"{number}" for number in numbers[:_SHOWN])
        more = f" and {len(numbers) - _SHOWN:,} more" if len(numbers) > _SHOWN else ""
        windows = "window" if len(numbers) == 1 else "windows"
        yield f"{windows} {shown}{more} of {url} (rank {rank})", f"ixigen-data show {url} --window {numbers[0]}"
