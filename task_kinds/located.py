"""Reads YAML as JSON values and remembers the line of every value.

Plain scalars follow YAML 1.2's core schema, so `no`, `1:30` and dates stay the text they look
like. Names given twice, and values that JSON does not have, are flaws.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from task_kinds.flaws import BadKind, Flaw, Path

_plain: tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...] = (
    (re.compile(r"null|Null|NULL|~|"), lambda _: None),
    (re.compile(r"true|True|TRUE"), lambda _: True),
    (re.compile(r"false|False|FALSE"), lambda _: False),
    (re.compile(r"[-+]?[0-9]{1,15}"), int),
    (re.compile(r"[-+]?(\.[0-9]{1,15}|[0-9]{1,15}(\.[0-9]{0,15})?)([eE][-+]?[0-9]{1,2})?"), float),
)


@dataclass(frozen=True, slots=True)
class Located:
    """A document and the line (from 1) on which each of its values starts, by path."""

    value: Any
    lines: dict[Path, int]

    def located(self, flaw: Flaw) -> Flaw:
        """The flaw with the line of its place, or of the nearest place around it."""
        path = flaw.path
        while path and path not in self.lines:
            path = path[:-1]
        return Flaw(flaw.path, flaw.detail, self.lines.get(path, 1))


@dataclass(slots=True)
class _Reading:
    lines: dict[Path, int] = field(default_factory=dict[Path, int])
    flaws: list[Flaw] = field(default_factory=list[Flaw])

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            items: list[yaml.Node] = node.value
            return [self.value(item, (*path, index)) for index, item in enumerate(items)]
        return _scalar(node)

    def mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        pairs: list[tuple[yaml.Node, yaml.Node]] = node.value
        for key, item in pairs:
            name = str(key.value)
            place = (*path, name)
            line = key.start_mark.line + 1
            if name in found:
                self.flaws.append(Flaw(place, "is given twice; keep one", line))
            self.lines[place] = line
            found[name] = self.value(item, place)
        return found


def read_yaml(text: str, source: str) -> Located:
    """The document in a YAML text with its lines.

    Raises:
        BadKind: not YAML, or a name is given twice.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadKind(source, (Flaw((), f"not YAML: {error.problem}", line),)) from None
    if node is None:
        raise BadKind(source, (Flaw((), "the file is empty; write a kind into it", 1),))
    reading = _Reading()
    value = reading.value(node, ())
    if reading.flaws:
        raise BadKind(source, tuple(reading.flaws))
    return Located(value, reading.lines)


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if isinstance(node, yaml.ScalarNode) and node.style is None:
        for pattern, made in _plain:
            if pattern.fullmatch(text):
                return made(text)
    return text
