"""YAML that remembers its lines, and rejects what YAML itself lets pass: duplicate keys and keys that are not text."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml
from pydantic import JsonValue

from ixigen_data.core.errors import Mistake, RecipeError

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class MarkedYaml:
    """A document's value, the line (from 1) on which each path begins, and the mistakes that YAML does not see."""

    value: JsonValue
    lines: dict[Path, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def line_of(self, path: Path) -> int | None:
        """Return the line of a path, or of the nearest thing around it that has one."""
        for length in range(len(path), -1, -1):
            if (line := self.lines.get(path[:length])) is not None:
                return line
        return None


def load_marked(text: str, file: str) -> MarkedYaml:
    """Read a YAML document.

    Raises:
        RecipeError: the text is not YAML, or holds an alias of itself.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line = None if mark is None else mark.line + 1
        raise RecipeError([Mistake("", f"not YAML: {getattr(fault, 'problem', None) or fault}", line)], file) from None
    except RecursionError:
        raise RecipeError([Mistake("", "nested too deep to be a recipe")], file) from None
    result = MarkedYaml({}, {}, [])
    if node is None:
        return result
    return MarkedYaml(_value(node, (), result, frozenset()), result.lines, result.mistakes)


def dotted(path: Path) -> str:
    """Return a path as people write it.

    >>> dotted(("clean", 0, "rule"))
    'clean[0].rule'
    """
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _value(node: yaml.Node, path: Path, into: MarkedYaml, around: frozenset[int]) -> JsonValue:
    into.lines.setdefault(path, node.start_mark.line + 1)
    if id(node) in around:
        into.mistakes.append(
            Mistake(dotted(path), "an alias holds itself; write the value out", node.start_mark.line + 1)
        )
        return None
    around |= {id(node)}
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, place), into, around) for place, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return {key: _value(item, (*path, key), into, around) for key, item in _pairs(node, path, into)}
    return _scalar(node)


def _pairs(node: yaml.MappingNode, path: Path, into: MarkedYaml) -> Iterator[tuple[str, yaml.Node]]:
    first: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
        if key is None:
            into.mistakes.append(Mistake(dotted(path), "a key is a list or a mapping; write it as text", line))
        elif key in first:
            message = f"duplicate key, first on line {first[key]}; keep one of the two"
            into.mistakes.append(Mistake(dotted((*path, key)), message, line))
        else:
            first[key] = line
            into.lines[(*path, key)] = line
            yield key, value_node


def _scalar(node: yaml.Node) -> JsonValue:
    constructor = yaml.constructor.SafeConstructor()
    value = constructor.construct_object(node)
    # Dates and binary have no JSON form; as text they fail where the recipe asks for something else, with the line.
    return value if value is None or isinstance(value, bool | int | float | str) else str(node.value)
