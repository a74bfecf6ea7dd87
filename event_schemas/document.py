"""Writes `docs/events.md` from the Avro schemas: every event, its topic and what it carries."""

import sys
from pathlib import Path
from typing import Any

from event_schemas.catalog import Schema, definitions

PAGE = Path(__file__).parents[1] / "docs" / "events.md"
TOP = """# Events

What happens to a request, as the public topics tell it; made from `event_schemas/event/*.avsc` by
`make schemas`. Each record on a public topic is an envelope (`event_schemas/public/envelope.avsc`)
whose `data` is one of these. There is no order between topics: the envelope's `request` block is
the request's public state after the event, and the highest `version` of it is the newest.
"""


def type_name(node: Any) -> str:
    """An Avro type in few words."""
    if isinstance(node, list):
        return f"{type_name(node[1])} or null"
    if isinstance(node, dict):
        if "logicalType" in node:
            return "timestamp (UTC, µs)"
        return f"array of {type_name(node['items'])}"
    return node.rpartition(".")[2]


def section(schema: Schema) -> str:
    """One event: its sentence and a table of its fields."""
    lines = [f"## `{schema['name']}`", "", schema["doc"], ""]
    if schema["fields"]:
        lines += ["| field | type | meaning |", "|---|---|---|"]
        lines += [
            f"| `{field['name']}` | {type_name(field['type'])} | {field['doc']} |"
            for field in schema["fields"]
        ]
    else:
        lines.append("It carries nothing but the envelope.")
    return "\n".join(lines) + "\n"


def page() -> str:
    """The whole page."""
    events = [s for s in definitions().values() if s["namespace"] == "handraise.event"]
    return "\n".join([TOP, *[section(schema) for schema in events]])


def main() -> int:
    """Writes the page, or with `--check` says whether it is current (exit status 1 if not)."""
    if "--check" in sys.argv:
        return 0 if PAGE.read_text() == page() else 1
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
