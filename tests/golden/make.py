"""Makes a sample of every word, and the golden bytes that each sample must always come to.

`python -m tests.golden.make` adds what is missing; bytes of released words are never rewritten.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from event_schemas.catalog import PLACEHOLDER, definitions, released, words
from kernel.codec import encode, from_record

FOLDER = Path(__file__).parent / "words"
MOMENT = datetime(2026, 11, 21, 10, 30, 0, 123456, tzinfo=UTC)
SIMPLE: dict[str, Any] = {"string": "text", "int": 7, "long": 8_000_000_000, "boolean": True}


def sample(node: Any, name: str = "") -> Any:
    """A value that fits an Avro type, the same every time; null branches are not taken."""
    known = definitions()
    if isinstance(node, list):
        return sample(node[1], name)
    if isinstance(node, dict):
        if node.get("logicalType") == "timestamp-micros":
            return MOMENT + timedelta(seconds=len(name))
        return [sample(node["items"], name)] * 2
    if node in known:
        schema = known[node]
        if schema["type"] == "enum":
            return schema["symbols"][len(name) % len(schema["symbols"])]
        if schema["type"] == "fixed":
            return bytes(range(schema["size"]))
        return {field["name"]: sample(field["type"], field["name"]) for field in schema["fields"]}
    if node == "bytes":
        return name.encode()
    return f"{name} ✋" if node == "string" else SIMPLE[node]


def sample_word(name: str) -> Any:
    """The sample of a word, by its full name."""
    known = definitions()
    short = name.rpartition(".")[2]
    if not name.startswith("handraise.public.") or name in known:
        return from_record(name, sample(name))
    fields = known["handraise.public.Envelope"]["fields"]
    event = f"handraise.event.{short}"
    types = {f["name"]: event if f["type"] == PLACEHOLDER else f["type"] for f in fields}
    return from_record(name, {key: sample(kind, key) for key, kind in types.items()})


def main() -> int:
    """Writes the golden bytes that are missing or, before their release, out of date."""
    frozen = {word.name for word in released()}
    for name, word in words().items():
        path = FOLDER / f"{name}.{word.fingerprint.hex()}.avro"
        if name not in frozen:
            for old in FOLDER.glob(f"{name}.*.avro"):
                if old != path:
                    old.unlink()
        if not path.exists():
            path.write_bytes(encode(sample_word(name)))
            sys.stderr.write(f"added {path.name}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
