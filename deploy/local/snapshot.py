"""What a running stack tells others of itself, through a file in its run directory."""

import json
import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any


class Phase(StrEnum):
    """Where a stack's life is."""

    STARTING = "starting"
    HEALTHY = "healthy"
    ILL = "not healthy"
    STOPPING = "stopping"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One process at one moment; `up_seconds` and `pid` only while it runs."""

    name: str
    state: str
    pid: int | None
    up_seconds: float | None
    restarts: int
    last_error: str
    log: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A stack at one moment; `note` is a sentence for a person, or empty."""

    pid: int
    phase: Phase
    address: str
    note: str
    rows: tuple[Row, ...]


def write(file: Path, snapshot: Snapshot) -> None:
    """Put `snapshot` in `file` such that a reader never sees half of it."""
    fresh = file.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(asdict(snapshot)), encoding="utf-8")
    fresh.replace(file)


def read(file: Path) -> Snapshot | None:
    """The last snapshot, or None where there is none."""
    try:
        fields: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    rows = tuple(Row(**row) for row in fields.pop("rows"))
    return Snapshot(phase=Phase(fields.pop("phase")), rows=rows, **fields)
