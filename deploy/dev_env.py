"""The file with the local stack's addresses and keys, to be read by a shell."""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from deploy.local.secret_key import shell_variables

_owner_only = 0o600


def read_variables(path: Path) -> dict[str, str]:
    """The variables that a file sets; none where there is no file, or none that a shell reads."""
    try:
        return shell_variables(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def write_variables(path: Path, variables: Mapping[str, str]) -> None:
    """Writes the variables so that `source` exports them; only the owner may read the file."""
    text = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _owner_only)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
