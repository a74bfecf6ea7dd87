"""Writes `types.py` from the `.avsc` files: one frozen dataclass per record, one StrEnum per enum.

`python -m event_schemas.generate` writes; with `--check` it only says whether the file is current.
The conversions to and from the dictionaries that fastavro reads and writes are generated as
straight-line code, since they run once per record on the hot path.
"""

import sys
from pathlib import Path
from typing import Any

from event_schemas.catalog import PLACEHOLDER, Schema, definitions

TYPES = Path(__file__).parent / "types.py"
PRIMITIVES = {
    "string": "str",
    "int": "int",
    "long": "int",
    "boolean": "bool",
    "bytes": "bytes",
    "null": "None",
}
HEADER = '''\
"""The words as frozen types; made from the .avsc files by `make schemas`, never edited by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, TypeAlias

Record: TypeAlias = dict[str, Any]
'''
DATACLASS = "@dataclass(frozen=True, slots=True, kw_only=True)"


def python_type(node: Any, known: dict[str, Schema]) -> str:
    """The annotation for an Avro type; the only unions here are with null."""
    if isinstance(node, list):
        return f"{python_type(node[1], known)} | None"
    if isinstance(node, dict):
        if node.get("logicalType") == "timestamp-micros":
            return "datetime"
        return f"tuple[{python_type(node['items'], known)}, ...]"
    if node in PRIMITIVES:
        return PRIMITIVES[node]
    if node == PLACEHOLDER:
        return "Event"
    return "bytes" if known[node]["type"] == "fixed" else known[node]["name"]


def outward(node: Any, value: str, known: dict[str, Schema]) -> str:
    """The expression that turns a field's value into what fastavro writes."""
    if isinstance(node, list):
        inner = outward(node[1], value, known)
        return value if inner == value else f"None if {value} is None else {inner}"
    if isinstance(node, dict) and node["type"] == "array":
        inner = outward(node["items"], "item", known)
        return value if inner == "item" else f"[{inner} for item in {value}]"
    if isinstance(node, str) and (node == PLACEHOLDER or is_record(node, known)):
        return f"{value}.as_record()"
    return value


def inward(node: Any, value: str, known: dict[str, Schema]) -> str:
    """The expression that turns what fastavro read into a field's value."""
    if isinstance(node, list):
        inner = inward(node[1], value, known)
        return value if inner == value else f"None if {value} is None else {inner}"
    if isinstance(node, dict) and node["type"] == "array":
        inner = inward(node["items"], "item", known)
        return f"tuple({value})" if inner == "item" else f"tuple([{inner} for item in {value}])"
    if isinstance(node, str) and node in known:
        kind, name = known[node]["type"], known[node]["name"]
        return {"record": f"{name}.from_record({value})", "enum": f"{name}({value})"}.get(
            kind, value
        )
    return value


def is_record(name: str, known: dict[str, Schema]) -> bool:
    """Whether a full name is a record's."""
    return name in known and known[name]["type"] == "record"


def default_of(field: Schema) -> str:
    """The default as Python source, with its equals sign, or nothing."""
    if "default" not in field:
        return ""
    return " = ()" if field["default"] == [] else f" = {field['default']!r}"


def enum_source(schema: Schema) -> str:
    """The source of a StrEnum."""
    members = "\n".join(f'    {symbol.upper()} = "{symbol}"' for symbol in schema["symbols"])
    return f'class {schema["name"]}(StrEnum):\n    """{schema["doc"]}"""\n\n{members}\n'


def record_source(schema: Schema, known: dict[str, Schema]) -> str:
    """The source of a frozen dataclass with its two conversions."""
    name, fields = schema["name"], schema["fields"]
    lines = [DATACLASS, f"class {name}:", f'    """{schema["doc"]}"""', ""]
    lines.append(f'    SCHEMA: ClassVar[str] = "{schema["namespace"]}.{name}"')
    lines += [f"    {f['name']}: {python_type(f['type'], known)}{default_of(f)}" for f in fields]
    out = ", ".join(
        f'"{f["name"]}": {outward(f["type"], "self." + f["name"], known)}' for f in fields
    )
    lines += ["", "    def as_record(self) -> Record:", f"        return {{{out}}}"]
    if not any(f["type"] == PLACEHOLDER for f in fields):
        args = ", ".join(
            f"{f['name']}={inward(f['type'], 'r[' + repr(f['name']) + ']', known)}" for f in fields
        )
        lines += ["", "    @classmethod", f"    def from_record(cls, r: Record) -> {name}:"]
        lines += [f"        return cls({args})"]
    return "\n".join(lines) + "\n"


def source() -> str:
    """The whole text of `types.py`."""
    known = definitions()
    parts = [HEADER]
    for schema in known.values():
        if schema["type"] == "enum":
            parts.append(enum_source(schema))
        elif schema["type"] == "record":
            parts.append(record_source(schema, known))
    for union, namespace in (("CommandBody", "command"), ("Event", "event")):
        names = [s["name"] for s in known.values() if s["namespace"] == f"handraise.{namespace}"]
        parts.append(f"{union}: TypeAlias = (\n    " + "\n    | ".join(names) + "\n)\n")
        parts.append(
            f"{namespace.upper()}S: tuple[type[{union}], ...] = (\n"
            + "".join(f"    {name},\n" for name in names)
            + ")\n"
        )
    return "\n\n".join(parts)


def main() -> int:
    """Writes the file, or with `--check` says whether it is current (exit status 1 if not)."""
    text = source()
    if "--check" in sys.argv:
        if TYPES.read_text() == text:
            return 0
        print("event_schemas/types.py is not what the .avsc files say: run `make schemas`")
        return 1
    TYPES.write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
