"""Which windows a run is served: planned from a recipe, and planned anew where a run goes on with more data."""

from collections.abc import Sequence

from ixigen_data.core.errors import IxigenError, ShardError
from ixigen_data.core.files import without_secrets
from ixigen_data.shards.manifest import Manifest
from ixigen_train.recipe.settings import StageSettings, TrainRecipe
from ixigen_train.windows.course import CoursePlan, Stretch, must_agree, opened


def plan_course(recipe: TrainRecipe, shards_url: str) -> CoursePlan:
    """Return the windows of a run from its beginning: every full batch of the dataset, and of the stages behind it.

    A step takes `batch` windows; what fills no batch at the end stays unserved. Tokens of `at_tokens` are those of
    whole windows, pad included.

    Raises:
        IxigenError: batch, context, steps or a stage do not fit the datasets; says what would.
        ShardError: a dataset is missing, or was changed.
    """
    manifest = opened(shards_url)
    if recipe.context not in (None, manifest.seq_len):
        raise IxigenError(
            f"context: {recipe.context:,}, but the windows of {without_secrets(shards_url)} have {manifest.seq_len:,} "
            f"tokens; use {manifest.seq_len:,}, or build the dataset with packing.seq_len {recipe.context:,}"
        )
    batch = recipe.batch.windows_of(manifest.seq_len)
    plan = CoursePlan(stretches=(_first(shards_url, manifest, batch),), batch_windows=batch)
    for number, stage in enumerate(recipe.stages):
        follower = opened(stage.shards)
        plan = _with_stage(plan, manifest, stage, follower, f"stages.{number}")
        manifest = follower
    return _capped(plan, recipe.steps)


def resumed(plan: CoursePlan, step: int, shards_url: str, steps: int | None = None) -> CoursePlan:
    """Return the plan of a run that goes on after `step` finished steps, with the dataset at `shards_url`.

    It may be the dataset of the plan, here or elsewhere; the same with generations appended, whose windows then follow;
    or one that continues it from the window at which the run stands, which takes over.

    Args:
        plan: of the run so far, from its checkpoint.
        step: finished steps.
        shards_url: a dataset.
        steps: the recipe's: fewer than there would be.

    Raises:
        ShardError: the dataset is another one.
        IxigenError: there are fewer steps than asked for.
    """
    manifest = opened(shards_url)
    for number, stretch in enumerate(plan.stretches):
        if stretch.digest == manifest.digest:
            moved = stretch.model_copy(update={"shards": shards_url})
            return plan.model_copy(update={"stretches": _replaced(plan.stretches, number, moved)})
    last = plan.stretches[-1]
    before = plan.stretches[:-1]
    served = step - sum(stretch.steps for stretch in before)
    consumed = last.first_window + served * plan.batch_windows
    if last.digest in digests_of(manifest):
        grown = _rest(shards_url, manifest, last.first_window, plan.batch_windows)
        return _capped(plan.model_copy(update={"stretches": (*before, grown)}), steps)
    if served < 0 or not _continues(manifest, (last.digest,), consumed):
        raise ShardError(_another(shards_url, manifest, last, consumed))
    must_agree(shards_url, manifest, opened(last.shards, last.digest))
    cut = last.model_copy(update={"steps": served})
    new = _rest(shards_url, manifest, 0, plan.batch_windows)
    return _capped(plan.model_copy(update={"stretches": (*before, cut, new)}), steps)


def unserved_advice(windows: int, batch: int, seq_len: int, ranks: int = 1) -> str | None:
    """Return a sentence on the windows that fill no batch, with values that would serve all; None where all are served.

    Batches that are told can be divided among the ranks.

    >>> print(unserved_advice(1001, 96, 2048))
    41 of 1,001 windows fill no batch and are not served; batch.windows 91 or 143 would serve all, or a dataset of \
1,966,080 or 2,162,688 tokens (mixture.total_tokens)
    >>> unserved_advice(960, 96, 2048)
    """
    left = windows % batch
    if not left:
        return None
    fitting = [n for n in (_divisor(windows, batch, -1, ranks), _divisor(windows, batch, 1, ranks)) if n]
    batches = " or ".join(f"{n:,}" for n in fitting)
    totals = [n * batch * seq_len for n in (windows // batch, windows // batch + 1) if n]
    told = f"{left:,} of {windows:,} windows fill no batch and are not served; "
    if fitting:
        told += f"batch.windows {batches} would serve all, or a dataset of "
    else:
        told += "use a dataset of "
    return f"{told}{' or '.join(f'{n:,}' for n in totals)} tokens (mixture.total_tokens)"


def digests_of(manifest: Manifest) -> tuple[str, ...]:
    """Return the digests that a dataset has had: its own, and those before generations were appended to it."""
    earlier = [generation.digest for generation in manifest.generations if generation.digest is not None]
    assert manifest.digest is not None
    return (manifest.digest, *earlier)


def _divisor(windows: int, batch: int, towards: int, ranks: int) -> int | None:
    """Return the divisor of `windows` nearest to `batch` on one side that ranks can share, within twice or half."""
    candidates = range(batch, max(1, batch // 2) - 1, -1) if towards < 0 else range(batch, 2 * batch + 1)
    return next((n for n in candidates if windows % n == 0 and n % ranks == 0), None)


def _first(url: str, manifest: Manifest, batch: int) -> Stretch:
    if manifest.total_windows < batch:
        raise IxigenError(
            f"batch.windows: {batch:,}, but {without_secrets(url)} has {manifest.total_windows:,} windows: not one "
            f"step; use at most {manifest.total_windows:,}"
        )
    return _rest(url, manifest, 0, batch)


def _rest(url: str, manifest: Manifest, first_window: int, batch: int) -> Stretch:
    """Return the stretch of all full batches from a window on."""
    assert manifest.digest is not None
    steps = (manifest.total_windows - first_window) // batch
    return Stretch(shards=url, digest=manifest.digest, first_window=first_window, steps=steps)


def _with_stage(plan: CoursePlan, before: Manifest, stage: StageSettings, follower: Manifest, where: str) -> CoursePlan:
    """Return the plan with a stage behind it. where: the stage's place in the recipe."""
    must_agree(stage.shards, follower, before)
    batch, (*earlier, last) = plan.batch_windows, plan.stretches
    step_tokens = batch * before.seq_len
    begun = plan.steps - last.steps
    _must_begin_within(stage.at_tokens, step_tokens, (begun, plan.steps), where)
    cut = last.model_copy(update={"steps": stage.at_tokens // step_tokens - begun})
    consumed = last.first_window + cut.steps * batch
    if before.digest in digests_of(follower):
        new = _rest(stage.shards, follower, consumed, batch)
    elif _continues(follower, digests_of(before), consumed):
        new = _rest(stage.shards, follower, 0, batch)
    else:
        raise IxigenError(_cannot_follow(follower, before, stage, (consumed, last.first_window - begun * batch), where))
    if not new.steps:
        raise IxigenError(
            f"{where}.shards: {without_secrets(stage.shards)} has {follower.total_windows - new.first_window:,} "
            f"windows to serve, a step takes {batch:,}"
        )
    return plan.model_copy(update={"stretches": (*earlier, cut, new)})


def _must_begin_within(at_tokens: int, step_tokens: int, steps: tuple[int, int], where: str) -> None:
    """Raise unless a stage begins between two steps of the dataset before it. steps: its first, and that behind it."""
    first, stop = steps
    if first * step_tokens <= at_tokens <= stop * step_tokens:
        if at_tokens % step_tokens == 0:
            return
        below = at_tokens // step_tokens * step_tokens
        raise IxigenError(
            f"{where}.at_tokens: {at_tokens:,} is no multiple of a step's {step_tokens:,} tokens; use {below:,} or "
            f"{below + step_tokens:,}"
        )
    raise IxigenError(
        f"{where}.at_tokens: {at_tokens:,}, but the dataset before it serves the steps from {first * step_tokens:,} to "
        f"{stop * step_tokens:,} tokens"
    )


def _continues(manifest: Manifest, digests: Sequence[str], window: int) -> bool:
    told = manifest.continues
    return told is not None and told.digest in digests and told.window == window


def _cannot_follow(
    follower: Manifest, before: Manifest, stage: StageSettings, windows: tuple[int, int], where: str
) -> str:
    """Return why a dataset cannot follow another. windows: consumed of that one; its first, less those before it."""
    consumed, offset = windows
    told, place = follower.continues, without_secrets(stage.shards)
    wanted = f"build it with continues: {{digest: {before.digest}, at: {consumed}}}"
    if told is None or told.digest not in digests_of(before):
        found = "continues no dataset" if told is None else f"continues {told.digest}"
        return f"{where}.shards: {place} {found}, the stage before it is {before.digest}; {wanted}"
    at_tokens = (told.window - offset) * before.seq_len
    return (
        f"{where}.at_tokens: {stage.at_tokens:,} is window {consumed:,}, but {place} continues from window "
        f"{told.window:,} on, as some would be served twice or never; use {at_tokens:,} where that is a multiple of a "
        f"step's tokens, or {wanted}"
    )


def _another(url: str, manifest: Manifest, last: Stretch, consumed: int) -> str:
    told = manifest.continues
    found = "" if told is None else f", which continues {told.digest} from window {told.window:,} on"
    return (
        f"{without_secrets(url)}: is dataset {manifest.digest}{found}; the run was served {last.digest} up to window "
        f"{consumed:,}: go on with that, with generations appended to it, or with a dataset that continues it from "
        f"window {consumed:,} on"
    )


def _capped(plan: CoursePlan, steps: int | None) -> CoursePlan:
    """Return the plan with so many steps in all; None: as it is."""
    if steps is None:
        return plan
    *earlier, last = plan.stretches
    begun = plan.steps - last.steps
    if steps > plan.steps:
        raise IxigenError(
            f"steps: {steps:,}, but the data serves {plan.steps:,} full batches; use at most {plan.steps:,}"
        )
    if earlier and steps <= begun:
        raise IxigenError(
            f"steps: {steps:,}, but the last dataset takes over at step {begun:,}; use more, or leave that stage out"
        )
    cut = last.model_copy(update={"steps": steps - begun})
    return plan.model_copy(update={"stretches": (*earlier, cut)})


def _replaced(stretches: Sequence[Stretch], number: int, stretch: Stretch) -> tuple[Stretch, ...]:
    return (*stretches[:number], stretch, *stretches[number + 1 :])
