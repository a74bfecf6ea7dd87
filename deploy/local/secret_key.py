"""The stack's secret key: made once, kept in the run directory, readable by its owner only."""

import base64
import secrets
import shlex
from collections.abc import Mapping
from pathlib import Path

NAME = "HANDRAISE_SECRET_KEY"
KEY_BYTES = 32


def secret_key(file: Path, environ: Mapping[str, str]) -> str:
    """The key as base64: the one in `file`, which is made where there is none.

    A new file takes the environment's key if it has one. An existing file wins over the
    environment: what was sealed with its key stays readable, whatever a shell has set.
    """
    if not file.exists():
        key = environ.get(NAME) or base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
        fresh = file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(f"{NAME}={key}\n", encoding="utf-8")
        fresh.replace(file)
    return shell_variables(file.read_text(encoding="utf-8"))[NAME]


def shell_variables(text: str) -> dict[str, str]:
    """The variables that a file of `NAME=value` or `export NAME='value'` lines sets."""
    variables: dict[str, str] = {}
    for line in text.splitlines():
        for word in shlex.split(line, comments=True):
            name, equals, value = word.partition("=")
            if equals and name.isidentifier():
                variables[name] = value
    return variables
