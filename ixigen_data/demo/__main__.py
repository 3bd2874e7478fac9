"""`python -m ixigen_data.demo`: fetch the corpora, build the finance demonstration, verify it, report it."""

import argparse
import sys
import time
from pathlib import Path

from ixigen_data.core.errors import IxigenError
from ixigen_data.core.units import format_count, format_duration
from ixigen_data.demo.fetch import fetch_corpora, fetch_packages, fetch_tokenizer
from ixigen_data.demo.run import build_verify_report

RECIPE = Path("recipes/data/finance-demo.yaml")


def main() -> int:
    """Run the demonstration from the repository's root; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ixigen_data.demo", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".demo"), help="where corpora and tokenizer are kept")
    parser.add_argument("--out", default="shards/finance-demo", help="where the dataset goes")
    parser.add_argument("--fetch-only", action="store_true", help="fetch corpora and tokenizer, build nothing")
    options = parser.parse_args()
    try:
        fetch_all(options.folder)
        if not options.fetch_only:
            build_verify_report(RECIPE, options.out, work=str(options.folder / "work"))
    except IxigenError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def fetch_all(folder: Path) -> None:
    """Fetch packages, corpora and tokenizer into `folder`, with a line a step."""
    began = time.monotonic()
    packages = fetch_packages(folder)
    _tell(began, f"{packages} packages in {folder / 'packages'}, each with the sha256 it must have")
    began = time.monotonic()
    counts = fetch_corpora(folder)
    files = ", ".join(f"{name} {format_count(count)}" for name, count in counts.items())
    _tell(began, f"corpora in {folder / 'corpora'}; files: {files}")
    began = time.monotonic()
    tokenizer = fetch_tokenizer(folder)
    _tell(began, f"tokenizer {tokenizer}")


def _tell(began: float, message: str) -> None:
    print(f"[{format_duration(time.monotonic() - began):>5}] {message}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
