"""Where the running Handraise is: its address, its keys, its broker and its mail."""

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from examples.code_review.trouble import Trouble

_ROOT = Path(__file__).resolve().parents[2]
_ASSIGNMENT = re.compile(r"(?:export\s+)?(HANDRAISE_[A-Z_]+)=(.*)")
_MAIL_PORT_OFFSET = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the demo knows of the stack it runs in."""

    url: str
    api_key: str
    callback_secret: str
    reviewer_token: str
    reviewer_email: str | None
    kafka: str
    mail_url: str
    directory: Path
    """Where the demo keeps its files."""


def run_directory(environment: Mapping[str, str]) -> Path:
    """Where the local stack keeps its files: `HANDRAISE_RUN_DIR`, else `.run`."""
    wanted = environment.get("HANDRAISE_RUN_DIR")
    return Path(wanted).expanduser().resolve() if wanted else _ROOT / ".run"


def find(environment: Mapping[str, str] | None = None) -> Surroundings:
    """Read `dev.env` of the run directory; what is set in the environment wins.

    Raises Trouble when the stack has never run here, or lacks what the demo needs.
    """
    given = os.environ if environment is None else environment
    directory = run_directory(given)
    known = {**_dev_env(directory / "dev.env"), **given}
    names = ("URL", "API_KEY", "CALLBACK_SECRET", "REVIEWER_TOKEN", "KAFKA")
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
        kafka=known["HANDRAISE_KAFKA"],
        mail_url=_mail_url(known["HANDRAISE_URL"]),
        directory=directory / "demo",
    )


def _dev_env(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    found = (_ASSIGNMENT.fullmatch(line.strip()) for line in lines)
    return {one[1]: "".join(shlex.split(one[2])) for one in found if one}


def _mail_url(url: str) -> str:
    """The mail sink's address: beside the front door, five ports on."""
    parts = urlsplit(url)
    return f"http://{parts.hostname}:{(parts.port or 80) + _MAIL_PORT_OFFSET}"
