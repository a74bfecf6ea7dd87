"""Where the running Handraise is: its address, its keys, its broker and its mail."""

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from examples.common.trouble import Trouble

_ROOT = Path(__file__).resolve().parents[2]
_ASSIGNMENT = re.compile(r"(?:export\s+)?(HANDRAISE_[A-Z_]+)=(.*)")
_MAIL_PORT_OFFSET = 5
_NEEDED = (
    "HANDRAISE_URL",
    "HANDRAISE_API_KEY",
    "HANDRAISE_CALLBACK_SECRET",
    "HANDRAISE_REVIEWER_TOKEN",
    "HANDRAISE_ADMIN_TOKEN",
    "HANDRAISE_KAFKA",
    "HANDRAISE_PG_DSN",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an example knows of the stack it runs in."""

    url: str
    api_key: str
    callback_secret: str
    reviewer_token: str
    reviewer_email: str | None
    admin_token: str
    kafka: str
    pg_dsn: str
    mail_url: str
    port_base: int
    """The examples' own servers listen from 20 ports above it on."""
    directory: Path
    """Where the example keeps its files."""


def run_directory(environment: Mapping[str, str]) -> Path:
    """Where the local stack keeps its files: `HANDRAISE_RUN_DIR`, else `.run`."""
    wanted = environment.get("HANDRAISE_RUN_DIR")
    return Path(wanted).expanduser().resolve() if wanted else _ROOT / ".run"


def find(example: str, environment: Mapping[str, str] | None = None) -> Surroundings:
    """Read `dev.env` of the run directory; what is set in the environment wins.

    `example` names the directory of the example's own files. Raises Trouble when the stack has
    never run here, or lacks what the examples need.
    """
    given = os.environ if environment is None else environment
    directory = run_directory(given)
    known = {**_dev_env(directory / "dev.env"), **given}
    names = (
        "URL",
        "API_KEY",
        "CALLBACK_SECRET",
        "REVIEWER_TOKEN",
        "ADMIN_TOKEN",
        "KAFKA",
        "PG_DSN",
    )
    missing = [f"HANDRAISE_{name}" for name in names if not known.get(f"HANDRAISE_{name}")]
    if missing:
        raise Trouble(
            f"Handraise is not running here ({directory}/dev.env has no {', '.join(missing)}):"
            " start it with `make up`, or with `make run` in another terminal"
        )
    return Surroundings(
        url=known["HANDRAISE_URL"],
        api_key=known["HANDRAISE_API_KEY"],
        callback_secret=known["HANDRAISE_CALLBACK_SECRET"],
        reviewer_token=known["HANDRAISE_REVIEWER_TOKEN"],
        reviewer_email=known.get("HANDRAISE_REVIEWER_EMAIL"),
        admin_token=known["HANDRAISE_ADMIN_TOKEN"],
        kafka=known["HANDRAISE_KAFKA"],
        pg_dsn=known["HANDRAISE_PG_DSN"],
        mail_url=_beside(known["HANDRAISE_URL"], _MAIL_PORT_OFFSET),
        port_base=_port(known["HANDRAISE_URL"]),
        directory=directory / "examples" / example,
    )


def _dev_env(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    found = (_ASSIGNMENT.fullmatch(line.strip()) for line in lines)
    return {one[1]: "".join(shlex.split(one[2])) for one in found if one}


def _port(url: str) -> int:
    return urlsplit(url).port or 80


def _beside(url: str, offset: int) -> str:
    """The address some ports above the front door's."""
    return f"http://{urlsplit(url).hostname}:{_port(url) + offset}"
