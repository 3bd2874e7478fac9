"""A JSON file of any size, taken apart into the items of its long lists and what stands around them.

Every item is parsed by itself, so what is wrong with one costs that one alone, and memory depends on the largest item
and not on the file.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
from pydantic import JsonValue

from ixigen_data.core.units import format_size
from ixigen_data.sources.faults import Problem
from ixigen_data.sources.json_kernel import find_parts
from ixigen_data.sources.lines import LINE_LIMIT_BYTES
from ixigen_data.sources.records import parse_value
from ixigen_data.sources.settings import Encoding

Path = tuple[str, ...]  # the keys that lead to a list; () is the file itself

_MARKS = 4096
_COMMA, _COLON, _OPEN_LIST, _CLOSE_LIST, _OPEN_OBJECT, _CLOSE_OBJECT = b",:[]{}"
_CLOSERS = {_CLOSE_LIST: "]", _CLOSE_OBJECT: "}"}
_WIDE = {b"\xff\xfe", b"\xfe\xff"}  # byte order marks of UTF-16


class Item(NamedTuple):
    """An item of a list; or, where `path` is None, the file with those lists empty, or what is wrong with it."""

    path: Path | None
    offset: int  # where its bytes begin
    data: bytes = b""
    problem: Problem | None = None


class JsonFile:
    """Takes one file apart.

    Args:
        lists: where the items stand that are wanted one by one.
        limit_bytes: of an item, and of the file without the items.
    """

    def __init__(self, lists: Iterable[Path], encoding: Encoding, limit_bytes: int = LINE_LIMIT_BYTES) -> None:
        self._lists = frozenset(lists)
        self._ways = {path[:length] for path in self._lists for length in range(len(path) + 1)}
        self._encoding = encoding
        self._limit_bytes = limit_bytes
        self._around = bytearray()  # the file so far, with those lists empty
        self._key_at = 0  # where in it the next key may begin
        self._keys: list[str | None] = []  # of every bracket that is open, the last key; None: a list
        self._ended = False  # whether the outermost bracket is closed
        self._reading: Path | None = None  # the list whose items are being read
        self._head: Mapping[str, JsonValue] | None = None
        self._item = bytearray()  # so far
        self._is_first = self._is_too_long = False
        self._offset = 0  # where the item began; else the last bracket, comma or colon
        self._deepest = 1  # how deep brackets, commas and colons are looked at
        self._state = np.zeros(3, np.int64)
        self._marks = np.empty(_MARKS, np.int64)

    @property
    def head(self) -> Mapping[str, JsonValue]:
        """What stands before the items that are being read, as far as it can be parsed."""
        if self._head is None:
            closed = bytes(self._around) + b"]" + b"}" * (len(self._keys) - 1)
            try:
                value = parse_value(closed, self._encoding)
            except Problem:
                value = {}
            self._head = value if isinstance(value, dict) else {}
        return self._head

    def items(self, blocks: Iterable[bytes]) -> Iterator[Item]:
        """Yield the items in order, and at last the file without them, or what is wrong with it or with `blocks`.

        A file of no bytes has no items and is none.
        """
        at = 0
        try:
            for block in blocks:
                if not at and block[:2] in _WIDE:
                    raise Problem("encoding_unknown", "UTF-16; save it as UTF-8")
                yield from self._read(block, at)
                at += len(block)
        except Problem as problem:
            yield Item(None, self._offset, problem=problem)
        else:
            if at:
                yield self._rest(at)

    def _rest(self, size_bytes: int) -> Item:
        if self._keys or self._state.any():
            where = f"the item that begins at byte {self._offset}" if self._reading is not None else "an open bracket"
            problem = Problem("file_truncated", f"it ends inside {where}, after {size_bytes} bytes")
            return Item(None, self._offset, problem=problem)
        return Item(None, 0, bytes(self._around))

    def _read(self, block: bytes, at: int) -> Iterator[Item]:
        """Yield the items that end in a block, whose first byte is byte `at` of the file."""
        data = np.frombuffer(block, np.uint8)
        begin = place = 0
        while place < len(block):
            count, place = find_parts(data, place, self._deepest, self._state, self._marks)
            for mark in self._marks[:count].tolist():
                if self._reading is None:
                    self._hold(self._around, block[begin : mark + 1])
                    self._offset = at + mark
                    self._pass(block[mark])
                    begin = mark + 1
                elif block[mark] != _COLON:
                    self._hold(self._item, block[begin:mark])
                    begin = mark + 1
                    yield from self._complete(block[mark])
                    self._offset = at + begin
        self._hold(self._around if self._reading is None else self._item, block[begin:])

    def _hold(self, held: bytearray, data: bytes) -> None:
        if len(held) + len(data) <= self._limit_bytes:
            held += data
        elif self._reading is None:
            told = f"more than {format_size(self._limit_bytes)} outside its lists"
            raise Problem("document_too_long", f"{told}; split the file")
        else:
            self._is_too_long = True
            held.clear()

    def _complete(self, mark: int) -> Iterator[Item]:
        """Yield the item before a comma or the list's end."""
        data = bytes(self._item)
        offset = self._offset + len(data) - len(data.lstrip())
        if self._is_too_long:
            problem = Problem("document_too_long", f"more than {format_size(self._limit_bytes)}; split the item")
            yield Item(self._reading, self._offset, problem=problem)
        elif data.strip() or not (self._is_first and mark == _CLOSE_LIST):
            yield Item(self._reading, offset, data)
        self._item.clear()
        self._is_first = self._is_too_long = False
        if mark != _COMMA:
            self._close(mark)
            self._around.append(mark)
            self._reading = None

    def _pass(self, mark: int) -> None:
        """Take note of a bracket, comma or colon outside the lists."""
        if mark == _COMMA:
            self._key_at = len(self._around)
        elif mark == _COLON:
            self._name()
        elif mark in _CLOSERS:
            self._close(mark)
        else:
            self._open(mark)

    def _name(self) -> None:
        if not self._keys or self._keys[-1] is None:
            raise Problem("json_broken", f"a colon outside an object, at byte {self._offset}")
        try:
            key = parse_value(bytes(self._around[self._key_at : -1]), self._encoding)
        except Problem:
            key = ""  # the parser will tell
        self._key_at = len(self._around)
        self._keys[-1] = key if isinstance(key, str) else ""
        self._deepest = len(self._keys) + (self._path() in self._ways)

    def _path(self) -> Path | None:
        """Return the keys that lead here, None within a list that is not taken apart."""
        keys = [key for key in self._keys if key is not None]
        return tuple(keys) if len(keys) == len(self._keys) else None

    def _open(self, mark: int) -> None:
        if self._ended:
            told = f"a second value begins at byte {self._offset}"
            raise Problem("json_broken", f"{told}; where every line is a record, set format: jsonl")
        path = self._path()
        if mark == _OPEN_LIST and path is not None and path in self._lists:
            self._reading, self._head, self._is_first = path, None, True
            self._offset += 1
        self._keys.append("" if mark == _OPEN_OBJECT else None)
        self._key_at = len(self._around)
        self._deepest = len(self._keys)

    def _close(self, mark: int) -> None:
        if not self._keys or (self._keys[-1] is None) != (mark == _CLOSE_LIST):
            raise Problem("json_broken", f"{_CLOSERS[mark]!r} closes nothing, at byte {self._offset}")
        self._keys.pop()
        self._ended = not self._keys
        self._deepest = max(1, len(self._keys))
