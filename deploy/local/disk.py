"""The room left on the disk."""

import shutil
from pathlib import Path

from deploy.local.trouble import Trouble

MIB = 1024 * 1024
START_BYTES = 500 * MIB
LOW_BYTES = 200 * MIB


def free_bytes(path: Path) -> int:
    """Free bytes on the disk that holds `path`, which need not exist yet."""
    nearest = next(place for place in (path, *path.parents) if place.exists())
    return shutil.disk_usage(nearest).free


def require_space(path: Path, needed_bytes: int = START_BYTES) -> None:
    """Raise Trouble when the disk of `path` has less than `needed_bytes` free."""
    free = free_bytes(path)
    if free < needed_bytes:
        raise Trouble(
            f"The disk that holds {path} has {free // MIB} MiB free;"
            f" the stack needs {needed_bytes // MIB} MiB.",
            "Free some space, or set HANDRAISE_RUN_DIR to a directory on another disk.",
        )
