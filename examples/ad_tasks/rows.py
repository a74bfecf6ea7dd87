"""Rows of the database as the records they are."""

from dataclasses import fields
from typing import Any, TypeVar

T = TypeVar("T")


def record(kind: type[T], row: Any) -> T:
    """The record in a row that has its fields and maybe more."""
    return kind(**{field.name: row[field.name] for field in fields(kind)})  # type: ignore[arg-type]


def records(kind: type[T], rows: Any) -> list[T]:
    """The records in rows."""
    return [record(kind, row) for row in rows]
