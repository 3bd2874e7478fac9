"""YAML that remembers its lines, and rejects what YAML itself lets pass: duplicate keys and keys that are not text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml
from pydantic import JsonValue

from ixigen_data.core.errors import Mistake, RecipeError

Path = tuple[str | int, ...]

MOST_VALUES = 100_000  # aliases of aliases make 10^9 values of ten lines
_MERGE = "tag:yaml.org,2002:merge"
_INTEGER = "tag:yaml.org,2002:int"
_OCTAL = re.compile(r"[-+]?0[0-7_]+")
_BASE_60 = re.compile(r"[-+]?[0-9_]+(:[0-5]?[0-9])+")


@dataclass(frozen=True)
class MarkedYaml:
    """A document's value, the line (from 1) on which each path begins, and the mistakes that YAML does not see."""

    value: JsonValue
    lines: dict[Path, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def add_mistake(self, path: Path, message: str, node: yaml.Node) -> None:
        """Note a mistake at a path, on the line of its node."""
        self.mistakes.append(Mistake(dotted(path), message, node.start_mark.line + 1))

    def line_of(self, path: Path) -> int | None:
        """Return the line of a path, or of the nearest thing around it that has one."""
        for length in range(len(path), -1, -1):
            if (line := self.lines.get(path[:length])) is not None:
                return line
        return None


def load_marked(text: str, file: str) -> MarkedYaml:
    """Read a YAML document.

    Raises:
        RecipeError: the text is not YAML, is nested too deep, or its aliases make too much of it.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        result = MarkedYaml({}, {}, [])
        if node is None:
            return result
        return MarkedYaml(_value(node, (), result, frozenset()), result.lines, result.mistakes)
    except yaml.YAMLError as fault:
        raise RecipeError([_not_yaml(fault, text)], file) from None
    except RecursionError:
        raise RecipeError([Mistake("", "nested too deep to be a recipe")], file) from None
    except _TooManyValuesError:
        message = f"its aliases make more than {MOST_VALUES:,} values of it; write fewer of them"
        raise RecipeError([Mistake("", message)], file) from None


class _TooManyValuesError(Exception):
    """The document is larger than any recipe."""


def _not_yaml(fault: yaml.YAMLError, text: str) -> Mistake:
    if isinstance(fault, yaml.reader.ReaderError):
        line = text.count("\n", 0, fault.position) + 1
        return Mistake("", f"not YAML: U+{ord(text[fault.position]):04X} is no character of a text; remove it", line)
    mark = getattr(fault, "problem_mark", None)
    problem = getattr(fault, "problem", None) or str(fault)
    advice = "; indent with spaces, not tabs" if "\\t" in problem else ""
    return Mistake("", f"not YAML: {problem}{advice}", None if mark is None else mark.line + 1)


def dotted(path: Path) -> str:
    """Return a path as people write it.

    >>> dotted(("clean", 0, "rule"))
    'clean[0].rule'
    """
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _value(node: yaml.Node, path: Path, into: MarkedYaml, around: frozenset[int]) -> JsonValue:
    into.lines.setdefault(path, node.start_mark.line + 1)
    if len(into.lines) > MOST_VALUES:
        raise _TooManyValuesError
    if id(node) in around:
        into.add_mistake(path, "an alias holds itself; write the value out", node)
        return None
    around |= {id(node)}
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, place), into, around) for place, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return {key: _value(item, (*path, key), into, around) for key, item in _pairs(node, path, into)}
    return _scalar(node, path, into)


def _pairs(node: yaml.MappingNode, path: Path, into: MarkedYaml) -> Iterator[tuple[str, yaml.Node]]:
    first: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
        if key_node.tag == _MERGE:
            into.add_mistake(path, "merge keys (<<) are not followed; write the keys out", key_node)
        elif key is None:
            into.mistakes.append(Mistake(dotted(path), "a key is a list or a mapping; write it as text", line))
        elif key in first:
            message = f"duplicate key, first on line {first[key]}; keep one of the two"
            into.mistakes.append(Mistake(dotted((*path, key)), message, line))
        else:
            first[key] = line
            into.lines[(*path, key)] = line
            yield key, value_node


def _scalar(node: yaml.Node, path: Path, into: MarkedYaml) -> JsonValue:
    text = str(node.value)
    try:
        value = yaml.constructor.SafeConstructor().construct_object(node)
    except yaml.constructor.ConstructorError:
        into.add_mistake(path, f"the tag {node.tag} means nothing in a recipe; leave it out", node)
        return text
    except ValueError:  # the thirteenth month, a number of 5,000 digits
        return text
    if node.tag == _INTEGER and (message := _surprise(text, value)):
        into.add_mistake(path, message, node)
    # Dates and binary have no JSON form; as text they fail where the recipe asks for something else, with the line.
    return value if value is None or isinstance(value, bool | int | float | str) else text


def _surprise(text: str, value: int) -> str | None:
    """Return what is told of a whole number that few would read as YAML does."""
    if _OCTAL.fullmatch(text):
        return f"{text} is octal in YAML and means {value:,}; write the number without leading zeros, or {value}"
    if _BASE_60.fullmatch(text):
        return f"{text} is a number to base 60 in YAML and means {value:,}; write {value}, or put it in quotes"
    if abs(value) >= 2**63:
        return f"{text[:20]}… is beyond 2^63; write a smaller number"
    return None
