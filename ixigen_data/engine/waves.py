"""Runs stages whose tasks do not depend on each other, skipping what is complete."""

from collections.abc import Sequence

from ixigen_data.core.progress import Progress
from ixigen_data.engine.completion import gather_outcomes, incomplete, is_finished, plan_tasks, stage_folder
from ixigen_data.engine.executor import Executor, Job
from ixigen_data.engine.stage import Stage


def run_wave(plan: str, work: str, stages: Sequence[Stage], executor: Executor, progress: Progress) -> None:
    """Plan the stages, run every task that is not complete, and return when all are.

    Stages of one wave share the first word of their names ("clean/wiki", "clean/calls") and one line of progress.

    Raises:
        EngineError: a task failed for good.
        IxigenError: a task met a mistake of the user's.
    """
    # Stages of one wave are told by what they have in common: clean/wiki, clean/news.
    title, unit = stages[0].name if len(stages) == 1 else stages[0].name.split("/")[0], stages[0].unit
    planned = [
        (stage, folder, plan_tasks(stage, folder))
        for stage in stages
        for folder in [stage_folder(work, stage.name, stage.fingerprint)]
    ]
    jobs = [
        Job(plan, stage.name, task.index, task.work, folder)
        for stage, folder, tasks in planned
        for task in incomplete(folder, tasks, stage.outputs(folder))
    ]
    total = sum(task.work for _, _, tasks in planned for task in tasks)
    progress.begin(title, total, unit)
    progress.advance(title, total - sum(job.work for job in jobs))
    executor.run(jobs, lambda job: progress.advance(title, job.work))
    ran = {job.stage for job in jobs}
    for stage, folder, tasks in planned:
        if stage.name in ran or not is_finished(folder):
            gather_outcomes(folder, tasks)
    progress.end(title)
