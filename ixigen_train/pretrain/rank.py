"""One rank of a run: `python -m ixigen_train.pretrain.rank FOLDER`, started by torch.distributed.run."""

import os
import signal
import sys
import traceback
from pathlib import Path

import yaml

from ixigen_train.foundry.train import train
from ixigen_train.pretrain.fault import Fault
from ixigen_train.pretrain.parent import end_with_parent
from ixigen_train.runs.folder import RunFolder


def main() -> None:
    """Train as the configuration in a run's folder says; exit with 1 where that fails, the reason left there."""
    end_with_parent(signal.SIGKILL)
    folder, rank = RunFolder(Path(sys.argv[1])), int(os.environ["RANK"])
    _write_into(folder.log(rank))
    try:
        train(yaml.safe_load(folder.configuration.read_bytes()))
    except Exception as error:
        traceback.print_exc()
        Fault.of(rank, error).write(folder)
        sys.stderr.flush()
        # Not sys.exit: threads of collectives that wait for other ranks would keep the process for half an hour.
        os._exit(1)


def _write_into(log: Path) -> None:
    """Send standard output and error, those of native code too, to the end of a file."""
    with log.open("ab") as stream:
        os.dup2(stream.fileno(), sys.stdout.fileno())
        os.dup2(stream.fileno(), sys.stderr.fileno())


if __name__ == "__main__":
    main()
