"""Tasks in which marked documents end the worker: `run_task` stands in for the build's own, from outside.

A mark is a word of the text. The rule or backend that meets it dies of it, as native code does on hostile text.
"""

import ctypes
import os
import time
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from ixigen_data import build
from ixigen_data.clean.whitespace import Whitespace
from ixigen_data.engine import guard
from ixigen_data.tokens.backend import Counts, Ids
from ixigen_data.tokens.fast import FastBackend
from ixigen_data.tokens.reference import ReferenceBackend

_Take = Callable[[Whitespace, pa.LargeStringArray], pa.LargeStringArray]


def segfault() -> None:
    ctypes.string_at(0)


def loop() -> None:
    while True:
        pass


def sleep() -> None:
    time.sleep(86_400)


def eat() -> None:
    held = []
    while True:
        held.append(bytearray(64 << 20))


def ask_for_more_than_there_is() -> None:
    bytearray(1 << 50)


CLEAN_MARKS = {"SEGFAULT": segfault, "ABORT": os.abort, "LOOP": loop, "SLEEP": sleep, "EAT": eat}
CLEAN_MARKS["MORE"] = ask_for_more_than_there_is
TOKENIZE_MARK = "TOKENIZER_DIES"
NEVER_ALONE = "NEVER_ALONE"  # dies in company only: no document is to blame


def run_task(plan: str, stage: str, index: int) -> None:
    """Run a task with the faults in place; limits are low, so that tests are quick."""
    guard.CPU_SECONDS = 3
    guard.MEMORY_BYTES = 1 << 30
    _plant()
    build.run_task(plan, stage, index)


def _plant() -> None:
    if Whitespace.format_all.__module__ == __name__:
        return
    clean, reference, fast = Whitespace.format_all, ReferenceBackend.encode, FastBackend.encode

    def format_all(rule: Whitespace, text: pa.LargeStringArray) -> pa.LargeStringArray:
        for mark, die in CLEAN_MARKS.items():
            if holds(text, mark):
                die()
        if holds(text, NEVER_ALONE) and len(text) > 1000:
            segfault()
        return clean(rule, text)

    def encode(backend: ReferenceBackend, text: pa.LargeStringArray) -> tuple[Ids, Counts]:
        if holds(text, TOKENIZE_MARK):
            segfault()
        return reference(backend, text)

    def encode_fast(backend: FastBackend, text: pa.LargeStringArray) -> tuple[Ids, Counts]:
        if holds(text, TOKENIZE_MARK):
            segfault()
        return fast(backend, text)

    Whitespace.format_all = format_all  # type: ignore[method-assign]
    ReferenceBackend.encode = encode  # type: ignore[method-assign]
    FastBackend.encode = encode_fast  # type: ignore[method-assign]


def holds(text: pa.LargeStringArray, mark: str) -> bool:
    return bool(pc.any(pc.match_substring(text, mark)).as_py())
