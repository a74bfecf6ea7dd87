"""Loads the Avro schemas, present and released, and knows each by name and fingerprint.

Each `.avsc` file holds one named type and refers to others by full name. A schema leaves here
whole: what it refers to is written out where it is first met, as Avro wants it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fastavro.schema import fingerprint, parse_schema, to_parsing_canonical_form

HERE = Path(__file__).parent
RELEASED = HERE / "released"
PLACEHOLDER = "handraise.event.Event"

type_folders = ("shared", "command", "event", "log", "state", "public")
Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Word:
    """One schema version: its full name, the schema written out, and its CRC-64-AVRO fingerprint.

    `fingerprint` is 8 bytes, little-endian, as single-object encoding wants it
    (Avro 1.12 specification, "Single-object encoding").
    """

    name: str
    schema: Schema
    parsed: Any
    fingerprint: bytes


@cache
def definitions() -> dict[str, Schema]:
    """The content of every `.avsc` file of today, by full name, in the order of their folders."""
    found: dict[str, Schema] = {}
    for folder in type_folders:
        for path in sorted((HERE / folder).glob("*.avsc")):
            schema: Schema = json.loads(path.read_text())
            found[f"{schema['namespace']}.{schema['name']}"] = schema
    return found


def written_out(schema: Schema, known: Mapping[str, Schema]) -> Schema:
    """`schema` with each name it uses replaced, at its first use, by the definition."""
    met: set[str] = set()

    def resolve(node: Any) -> Any:
        if isinstance(node, str):
            return resolve(known[node]) if node in known and node not in met else node
        if isinstance(node, list):
            return [resolve(branch) for branch in node]  # pyright: ignore[reportUnknownVariableType]
        if "namespace" in node and "name" in node:
            met.add(f"{node['namespace']}.{node['name']}")
        nested = {"type", "items", "fields"}
        return {key: resolve(value) if key in nested else value for key, value in node.items()}

    def whole(node: Schema) -> Schema:
        return {
            key: [resolve_field(field) for field in value] if key == "fields" else value
            for key, value in node.items()
        }

    def resolve_field(field: Schema) -> Schema:
        return {**field, "type": resolve(field["type"])}

    met.add(f"{schema['namespace']}.{schema['name']}")
    return whole(schema) if schema["type"] == "record" else schema


def word(name: str, schema: Schema) -> Word:
    """A schema, made ready to encode and decode."""
    canonical = to_parsing_canonical_form(schema)
    mark = fingerprint(canonical, "CRC-64-AVRO")
    return Word(name, schema, parse_schema(schema), bytes.fromhex(mark)[::-1])


def public_schema(event: str, known: Mapping[str, Schema]) -> Schema:
    """The envelope's schema with the event's record in the place of its data."""
    envelope = known["handraise.public.Envelope"]
    fields = [
        {**field, "type": event} if field["type"] == PLACEHOLDER else field
        for field in envelope["fields"]
    ]
    short = event.rpartition(".")[2]
    return written_out({**envelope, "name": short, "fields": fields}, known)


@cache
def words() -> dict[str, Word]:
    """Every record of today, by full name; public events as `handraise.public.<Event>`."""
    known = definitions()
    found = {
        name: word(name, written_out(schema, known))
        for name, schema in known.items()
        if schema["type"] == "record" and name != "handraise.public.Envelope"
    }
    for event in [name for name in known if name.startswith("handraise.event.")]:
        name = f"handraise.public.{event.rpartition('.')[2]}"
        found[name] = word(name, public_schema(event, known))
    return found


def released() -> Iterator[Word]:
    """Every schema version ever released, oldest first; readers accept them all."""
    for path in sorted(RELEASED.glob("*/*.avsc")):
        schema: Schema = json.loads(path.read_text())
        yield word(f"{schema['namespace']}.{schema['name']}", schema)
