"""ixigen-train: the command line."""

import sys

import typer

from ixigen_data.core.errors import IxigenError
from ixigen_train.cli.console import fail
from ixigen_train.cli.export import export
from ixigen_train.cli.plan import plan
from ixigen_train.cli.pretrain import pretrain
from ixigen_train.cli.report import report
from ixigen_train.cli.watch import watch

# Clients of object stores raise exceptions of their own for refused credentials and the like.
_CLIENTS = {"botocore", "aiobotocore", "aiohttp", "gcsfs", "google"}

app = typer.Typer(
    help="Continued pretraining on exactly mixed shards, loss and tokens known by part.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
for command in (pretrain, plan, watch, report, export):
    app.command()(command)


def main() -> None:
    """Run a command; exit with 0, with 1 after one line that says what is wrong, or with 2 for a wrong call."""
    try:
        app()
    except IxigenError as error:
        sys.exit(fail(str(error)).exit_code)
    except OSError as error:  # a full disk, a refused connection: the machine's word is clear enough
        told = f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)
        sys.exit(fail(told).exit_code)
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in _CLIENTS:
            raise
        sys.exit(fail(f"the object store's client: {error}; check the URL, credentials and endpoint").exit_code)


if __name__ == "__main__":
    main()
