"""Ranks by fork from one process that has imported what they need: `python -m tests.e2e.rank_server MODULE`.

Composer takes 15 s to import, and seven ranks would spend two minutes of CPU on it. Each line of standard input is a
JSON object: a rank to start, answered with its process id; or one to ask after, answered with its exit code or null.
"""

import importlib
import json
import os
import runpy
import signal
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from ixigen_train.checkpoints import store
from ixigen_train.runs.checkpoint_names import PARTIAL, checkpoint_name
from ixigen_train.runs.metrics import MetricsLog

FUNCTIONS = {"writing": "write_state", "sealed": "_seal", "published": "_publish", "removing": "_remove"}
SIGNALS = {"told": signal.SIGKILL, "preempted": signal.SIGTERM}


def arm(moment: str, step: int) -> None:
    """Have this process killed at a moment of a step: "told", its line stands in metrics.jsonl; or of its checkpoint.

    "writing": torch's files stand; "sealed": so does place.json; "published": it has its name, the older ones stand
    too; "removing": it is being removed itself. "preempted" is SIGTERM where "told" is SIGKILL; "within" is SIGTERM in
    the step after.
    """
    if moment == "within":
        arm_start(step)
    elif moment in SIGNALS:
        arm_line(SIGNALS[moment], step)
    else:
        arm_checkpoint(moment, step)


def arm_line(number: signal.Signals, step: int) -> None:
    append = MetricsLog.append

    def appended(log: MetricsLog, line: Mapping[str, JsonValue]) -> None:
        append(log, line)
        if line["step"] == step:
            os.kill(os.getpid(), number)

    setattr(MetricsLog, "append", appended)  # noqa: B010 - another signature by name


def arm_start(step: int) -> None:
    from ixigen_train.foundry.steps import Logger, State, Steps  # Composer, which some servers do without

    begin = Steps.batch_start

    def began(steps: Steps, state: State, logger: Logger) -> None:
        begin(steps, state, logger)
        if state.timestamp.batch.value == step:
            os.kill(os.getpid(), signal.SIGTERM)

    setattr(Steps, "batch_start", began)  # noqa: B010 - another signature by name


def arm_checkpoint(moment: str, step: int) -> None:
    act = getattr(store, FUNCTIONS[moment])

    def acted(folder: Path, *others: object) -> None:
        is_moment = folder.name.removesuffix(PARTIAL) == checkpoint_name(step)
        if is_moment and moment == "removing":
            folder.rename(folder.with_name(folder.name + PARTIAL))
        else:
            act(folder, *others)
        if is_moment:
            os.kill(os.getpid(), signal.SIGKILL)

    setattr(store, FUNCTIONS[moment], acted)


def be_rank(told: dict[str, str], words: list[str], moment: str, log: str) -> int:
    """Run a module as a rank of its own, and return the exit code."""
    with open(log, "ab") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    os.environ.update(told)
    if moment:
        name, step = moment.split(":")
        arm(name, int(step))
    sys.argv = words
    try:
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def serve() -> None:
    """Answer one line after another."""
    ended: dict[int, int] = {}
    for line in sys.stdin:
        told = json.loads(line)
        if "pid" in told:
            if told["pid"] not in ended:
                found, status = os.waitpid(told["pid"], os.WNOHANG)
                ended |= {found: os.waitstatus_to_exitcode(status)} if found else {}
            answer = ended.get(told["pid"])
        else:
            answer = os.fork()
            if answer == 0:
                os._exit(be_rank(**told))
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    importlib.import_module(sys.argv[1])
    serve()
