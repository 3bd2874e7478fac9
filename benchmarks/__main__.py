"""`python -m benchmarks [NAME] [--quick]`: one benchmark, or all."""

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
    "hooks": False,
    "training": False,
    "loader": False,
}


def main() -> int:
    """Run benchmarks; return 1 where one misses its mark or has no corpora."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=NEEDS_CORPORA, help="one benchmark; without a name, all")
    parser.add_argument("--quick", action="store_true", help="small sizes, one repeat: does it run?")
    asked = parser.parse_args()
    names = [asked.name] if asked.name else list(NEEDS_CORPORA)
    passed = True
    for name in names:
        if NEEDS_CORPORA[name] and not CORPORA.is_dir():
            print(f"{name}: needs the corpora in ../shared/corpora, beside the repository; there is no such folder")
            passed = False
            continue
        print(f"== {name}")
        # What misses its mark says so itself; a benchmark without a mark returns nothing.
        passed &= importlib.import_module(f"benchmarks.bench_{name}").main(asked.quick) is not False
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
