"""Checks that today's words can read, and be read by, every version ever released.

FULL_TRANSITIVE in the registry's words: each present schema against each released one of the same
name, both ways. Apache's checker is blind to logical types, so a rule of our own stands beside it:
a logical type never changes. `python -m event_schemas.compatibility` prints what is wrong.
"""

import json
from collections.abc import Iterator
from typing import Any

import avro.schema
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

from event_schemas.catalog import Schema, Word, released, words


def breaks(now: Word, before: Word) -> Iterator[str]:
    """What keeps either version from reading the other, one sentence each."""
    for reader, writer, way in ((now, before, "read"), (before, now, "be read by")):
        found: Any = ReaderWriterCompatibilityChecker().get_compatibility(
            avro.schema.parse(json.dumps(reader.schema)),
            avro.schema.parse(json.dumps(writer.schema)),
        )
        if found.compatibility is not SchemaCompatibilityType.compatible:
            yield f"{now.name} can no longer {way} its released form: {'; '.join(found.messages)}"
    was, is_now = logical_types(before.schema), logical_types(now.schema)
    for place in was.keys() & is_now.keys():
        if was[place] != is_now[place]:
            yield f"{now.name}{place} changed its logical type {was[place]} to {is_now[place]}"


def logical_types(schema: Schema) -> dict[str, str | None]:
    """The logical type at each place of a schema, None where there is none."""
    found: dict[str, str | None] = {}

    def walk(node: Any, place: str) -> None:
        if isinstance(node, list):
            for branch in node:
                walk(branch, place)
        elif isinstance(node, dict):
            if "fields" in node:
                for field in node["fields"]:
                    walk(field["type"], f"{place}/{field['name']}")
            elif "items" in node:
                walk(node["items"], f"{place}/*")
            else:
                found[place] = node.get("logicalType")
        elif node != "null":
            found.setdefault(place, None)

    walk(schema, "")
    return found


def main() -> int:
    """Prints each break; exit status 1 if there is any."""
    present = words()
    found = [
        sentence
        for before in released()
        if before.name in present
        for sentence in breaks(present[before.name], before)
    ]
    found += [f"{w.name} was released and is gone" for w in released() if w.name not in present]
    print("\n".join(found) or "every released word is still read and readable")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
