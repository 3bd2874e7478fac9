"""The house rules that no linter knows: packages, names, sizes, locks."""

import ast
import configparser
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 40
MAX_KERNEL_LINES = 80  # a state machine in numba cannot hand its state to a smaller function without paying for it
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "misc"}


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


PACKAGE_FILES = python_files("ixigen_data", "ixigen_train")
GOLDEN_SOURCES = ROOT / "tests" / "golden" / "sources"  # text that is built from, not code of ours
ALL_FILES = [
    *PACKAGE_FILES,
    *(path for path in python_files("tests", "benchmarks") if not path.is_relative_to(GOLDEN_SOURCES)),
]


def test_package_inits_hold_a_docstring_only() -> None:
    for path in PACKAGE_FILES:
        if path.name == "__init__.py":
            tree = ast.parse(path.read_text(encoding="utf-8"))
            assert ast.get_docstring(tree), f"{path}: write a docstring"
            assert len(tree.body) == 1, f"{path}: write nothing but the docstring"


def test_every_folder_of_modules_is_a_package() -> None:
    for path in PACKAGE_FILES:
        assert (path.parent / "__init__.py").is_file(), f"{path.parent}: has no __init__.py"


def test_no_module_is_named_for_nothing() -> None:
    for path in ALL_FILES:
        assert path.stem not in FORBIDDEN_NAMES, f"{path}: name what it holds"


def test_files_are_small() -> None:
    too_long = {
        str(path): lines for path in ALL_FILES if (lines := len(path.read_bytes().splitlines())) > MAX_FILE_LINES
    }
    assert not too_long, f"files of more than {MAX_FILE_LINES} lines: {too_long}"


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body without its docstring."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    start = first.end_lineno if documented else first.lineno - 1
    return (function.end_lineno or 0) - (start or 0)


def test_functions_are_small() -> None:
    too_long = [
        f"{path}:{function.lineno} {function.name} ({code_lines(function)} lines)"
        for path in PACKAGE_FILES
        for function in functions(path)
        if code_lines(function) > (MAX_KERNEL_LINES if path.stem.endswith("_kernel") else MAX_FUNCTION_LINES)
    ]
    assert not too_long, f"split these functions: {too_long}"


def test_no_keyword_sink() -> None:
    sinks = [f"{p}:{f.lineno} {f.name}" for p in PACKAGE_FILES for f in functions(p) if f.args.kwarg is not None]
    assert not sinks, f"functions with **kwargs: {sinks}"


def test_every_raises_tests_the_sentence() -> None:
    for path in python_files("tests"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.raises":
                assert any(word.arg == "match" for word in node.keywords), f"{path}:{node.lineno}: no match="


def test_the_data_side_loads_no_torch() -> None:
    # What cli imports lazily counts too, so every module of the data side is imported.
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in python_files("ixigen_data")]
    names = [name.removesuffix(".__init__") for name in modules if not name.endswith("__main__")]
    program = (
        f"import importlib, sys\nfor name in {names}: importlib.import_module(name)\nprint('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "False"


def pins(name: str) -> dict[str, str]:
    """Package -> version of a lock."""
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if "==" in line and not line.lstrip().startswith("#"))
    return {canonicalize_name(package): version.strip() for package, version in pairs}


def setup_requirements(*path: str) -> list[Requirement]:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return [Requirement(line) for line in parser.get(*path).splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize(
    ("lock", "section", "option"),
    [
        ("data.txt", "options", "install_requires"),
        ("train.txt", "options", "install_requires"),
        ("train.txt", "options.extras_require", "train"),
        ("train.txt", "options.extras_require", "merge"),
        ("dev.txt", "options.extras_require", "dev"),
    ],
)
def test_locks_satisfy_setup_cfg(lock: str, section: str, option: str) -> None:
    pinned = pins(lock)
    for requirement in setup_requirements(section, option):
        if requirement.name == "torch":  # installed first and alone
            continue
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name}: not in requirements/{lock}"
        assert requirement.specifier.contains(version), f"requirements/{lock} has {requirement.name} {version}"


def test_locks_agree() -> None:
    train = pins("train.txt")
    for lock in ("data.txt", "dev.txt"):
        differing = {name: version for name, version in pins(lock).items() if train.get(name, version) != version}
        assert not differing, f"{lock} differs from train.txt in {differing}"
    assert set(pins("data.txt")) <= set(train), "the train lock holds the data lock"


def test_locks_leave_torch_out_and_name_no_place() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        places = [
            word for word in ("https:", "http:", "file:", "--index", "--extra-index", "--find-links") if word in text
        ]
        assert not places, f"{path} names a place: {places}"
    assert not {"torch", "torchvision", "triton"} & set(pins("train.txt"))


def test_every_override_has_a_reason() -> None:
    for path in (ROOT / "requirements").glob("*-overrides.txt"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            requirement, _, reason = line.partition("#")
            assert not requirement.strip() or len(reason.split()) >= 2, f"{path}:{number}: say why"
