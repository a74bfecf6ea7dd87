"""A kind as text: read from YAML that a stranger may have written, and written for an editor."""

import inspect
import re
from collections.abc import Mapping
from typing import Any

import yaml

from task_kinds import loader
from task_kinds.flaws import BadKind, Flaw
from task_kinds.kind import Kind

MAX_CHARS = 64 * 1024
MAX_LEVELS = 40
_numeric = re.compile(r"[-+.0-9eE]+")
NEW = """\
kind: my_kind
title: My kind
description: What the reviewer is asked, in a sentence.
decisions:
  - name: approve
    means: approve
  - name: reject
    means: reject
    needs_comment: true
priority: medium
deadline:
  after: 24h
  then: fail
reminders: [4h, 1h]
ladder:
  - name: team lead
    after: 12h
    candidates:
      roles: [lead]
channels: [email, web]
view: json
"""


def read_kind(text: str, name: str | None = None) -> Kind:
    """The kind that a text defines; with a name, it must be called so.

    Raises:
        BadKind: all that is wrong, each with its line.
    """
    source = name or "kind"
    if len(text) > MAX_CHARS:
        raise BadKind(source, (Flaw((), f"more than {MAX_CHARS} characters", 1),))
    if flaw := _wildness(text):
        raise BadKind(source, (flaw,))
    return loader.kind_from_text(text, source, name)


class _Dumper(yaml.SafeDumper):
    """Indents lists below their names, as people write them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def text(self, value: str) -> yaml.ScalarNode:
        """A text, quoted where it looks like a number: YAML 1.2 reads what 1.1 writes here."""
        style = "'" if _numeric.fullmatch(value) else None
        return self.represent_scalar("tag:yaml.org,2002:str", value, style)


_Dumper.add_representer(str, _Dumper.text)


def text_of(definition: Mapping[str, Any]) -> str:
    """A definition as YAML."""
    return yaml.dump(
        dict(definition), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=88
    )


def builtin_text(name: str) -> str:
    """The file of a built-in kind, with its comments; empty where there is none of this name."""
    if name not in loader.builtin_kinds():
        return ""
    return (loader.HERE / f"{name}.yaml").read_text()


def _wildness(text: str) -> Flaw | None:
    """What must be refused before a document is built: it could become huge, or endlessly deep."""
    levels = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if getattr(event, "anchor", None) is not None:
                return Flaw((), "anchors and aliases are not supported; write it out", line)
            if isinstance(event, yaml.CollectionStartEvent):
                levels += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                levels -= 1
            if levels > MAX_LEVELS:
                return Flaw((), f"nested deeper than {MAX_LEVELS} levels", line)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return Flaw((), f"not YAML: {error.problem}", line)
    except yaml.YAMLError as error:
        return Flaw((), f"not YAML: {inspect.cleandoc(str(error))[:200]}", 1)
    return None
