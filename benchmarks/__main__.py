"""`python -m benchmarks [NAME] [--quick]`: one benchmark, or all. Figures go to benchmarks/results, or $IXIGEN_RESULTS.

What stands behind `--` is for the benchmark itself: `python -m benchmarks training -- --help`.
"""

import argparse
import importlib
import sys

from benchmarks.harness import CORPORA

# In the order of a build's last steps to its whole; with what each needs.
NEEDS_CORPORA = {
    "sources": True,
    "privacy": True,
    "json": True,
    "normalize": True,
    "fit": True,
    "filters": True,
    "order": False,
    "report": False,
    "packing": True,
    "shards": False,
    "tokenize": True,
    "build": True,
    "plan": True,
    "signatures": True,
    "decontamination": True,
    "near": True,
    "lines": True,
    "clusters": False,
    "everything": True,
    "attention": False,
    "hooks": False,
    "training": False,
    "loader": False,
}
WITH_OPTIONS = {"training"}


def main() -> int:
    """Run benchmarks; return 1 where one misses its mark or has no corpora."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=NEEDS_CORPORA, help="one benchmark; without a name, all")
    parser.add_argument("--quick", action="store_true", help="small sizes, one repeat: does it run?")
    behind = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    asked, options = parser.parse_args(sys.argv[1:behind]), sys.argv[behind + 1 :]
    if options and asked.name not in WITH_OPTIONS:
        parser.error(f"only {', '.join(sorted(WITH_OPTIONS))} takes options behind --; got {' '.join(options)}")
    names = [asked.name] if asked.name else list(NEEDS_CORPORA)
    passed = True
    for name in names:
        if NEEDS_CORPORA[name] and not CORPORA.is_dir():
            print(f"{name}: needs the corpora in ../shared/corpora, beside the repository; there is no such folder")
            passed = False
            continue
        print(f"== {name}")
        # What misses its mark says so itself; a benchmark without a mark returns nothing.
        run = importlib.import_module(f"benchmarks.bench_{name}").main
        passed &= (run(asked.quick, options) if name in WITH_OPTIONS else run(asked.quick)) is not False
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
