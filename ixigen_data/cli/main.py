"""ixigen-data: the command line."""

from ixigen_data.cli.build import build, mix
from ixigen_data.cli.check import check
from ixigen_data.cli.diff import diff
from ixigen_data.cli.index import index
from ixigen_data.cli.init import init
from ixigen_data.cli.normalize import normalize
from ixigen_data.cli.plan import plan
from ixigen_data.cli.report import report
from ixigen_data.cli.sample import sample
from ixigen_data.cli.show import show
from ixigen_data.cli.task import task
from ixigen_data.cli.verify import verify
from ixigen_data.core.command_line import command_line, run

app = command_line(
    "Exactly mixed, verified training data: one recipe in, MDS shards out.",
    (init, check, sample, plan, build, mix, index, verify, report, show, diff, normalize),
)
app.command(hidden=True)(task)


def main() -> None:
    """Run a command; see `run` for how it ends."""
    run(app)


if __name__ == "__main__":
    main()
