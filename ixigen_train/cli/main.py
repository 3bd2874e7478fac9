"""ixigen-train: the command line."""

from ixigen_data.core.command_line import command_line, run
from ixigen_train.cli.export import export
from ixigen_train.cli.plan import plan
from ixigen_train.cli.pretrain import pretrain
from ixigen_train.cli.report import report
from ixigen_train.cli.watch import watch

app = command_line(
    "Continued pretraining on exactly mixed shards, loss and tokens known by part.",
    (pretrain, plan, watch, report, export),
)


def main() -> None:
    """Run a command; see `run` for how it ends."""
    run(app)


if __name__ == "__main__":
    main()
