"""One rank of runs that must fail on all ranks: `watched_rank.py FOLDER…`, started by torch.distributed.run.

Each folder has a `foundry.yaml`; what stops the run is left in `stopped-<rank>`. In a folder named "apart", the second
rank has another learning rate in its recipe.
"""

import sys
from pathlib import Path

import yaml

from ixigen_data.core.errors import IxigenError
from ixigen_train.foundry.train import train


def main() -> None:
    from composer.utils import dist

    for folder in map(Path, sys.argv[1:]):
        config = yaml.safe_load((folder / "foundry.yaml").read_bytes())
        if folder.name == "apart" and dist.get_global_rank() == 1:
            config["variables"]["recipe"]["optimizer"]["lr"] = 0.5
        try:
            train(config)
        except IxigenError as error:
            (folder / f"stopped-{dist.get_global_rank()}").write_text(str(error), encoding="utf-8")


if __name__ == "__main__":
    main()
