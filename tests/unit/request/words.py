"""Any word that fits its schema, however little sense it makes."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from hypothesis import strategies as st

from event_schemas.catalog import definitions
from kernel.codec import from_record

_primitives: dict[str, st.SearchStrategy[Any]] = {
    "string": st.sampled_from(["", "ann", "approve", "request_changes", "n1", "x" * 40, "ü\n"]),
    "int": st.one_of(st.integers(-2, 3), st.integers(-(2**31), 2**31 - 1)),
    "long": st.one_of(st.integers(-2, 5000), st.integers(-(2**63), 2**63 - 1)),
    "boolean": st.booleans(),
    "bytes": st.binary(max_size=4),
    "null": st.none(),
}
_moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def any_word(name: str) -> st.SearchStrategy[Any]:
    """Any word of this full name."""
    return any_record(name).map(lambda record: from_record(name, record))


@cache
def any_record(name: str) -> st.SearchStrategy[Any]:
    """Any record or enum value of this full name, as fastavro would read it."""
    schema = definitions()[name]
    match schema["type"]:
        case "enum":
            return st.sampled_from(schema["symbols"])
        case "fixed":
            return st.binary(min_size=schema["size"], max_size=schema["size"])
        case _:
            fields = {field["name"]: _any(field["type"]) for field in schema["fields"]}
            return st.fixed_dictionaries(fields)


def _any(node: Any) -> st.SearchStrategy[Any]:
    if isinstance(node, list):
        return st.one_of([_any(branch) for branch in node])
    if isinstance(node, dict):
        if node.get("logicalType") == "timestamp-micros":
            return _moments
        return st.lists(_any(node["items"]), max_size=2)
    return _primitives[node] if node in _primitives else any_record(node)
