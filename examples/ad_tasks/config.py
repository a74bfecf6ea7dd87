"""How the platform works, read from a TOML file that explains itself."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from examples.common.trouble import Trouble

SETTINGS: Final = Path(__file__).parent / "settings.toml"
VARIABLE: Final = "AD_TASKS_TICKET_TOKEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tickets:
    """Where tickets are opened, and as whom."""

    system: Literal["jira", "servicenow"]
    url: str
    user: str
    token: str = field(repr=False)
    project: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings, as `settings.toml` names and explains them."""

    auto_approve_formats: frozenset[str]
    hitl_webhook_url: str | None
    flagged_words: tuple[str, ...]
    flagged_targeting: frozenset[str]
    minimum_age: int
    tries_when_away: int
    seconds_between_tries: float
    questions_per_operation: int
    failed_operations: int
    window_minutes: int
    tickets: Tickets | None
    adapter_urls: Mapping[str, str]


def config_from(path: Path = SETTINGS, environment: Mapping[str, str] | None = None) -> Config:
    """Read the settings. Raises Trouble for a file that does not have them all."""
    given = os.environ if environment is None else environment
    try:
        with path.open("rb") as file:
            said: dict[str, Any] = tomllib.load(file)
        return Config(
            auto_approve_formats=frozenset(said["auto_approve_formats"]),
            hitl_webhook_url=said["hitl_webhook_url"] or None,
            flagged_words=tuple(said["flagged_words"]),
            flagged_targeting=frozenset(said["flagged_targeting"]),
            minimum_age=said["minimum_age"],
            tries_when_away=said["tries_when_away"],
            seconds_between_tries=said["seconds_between_tries"],
            questions_per_operation=said["questions_per_operation"],
            failed_operations=said["alerts"]["failed_operations"],
            window_minutes=said["alerts"]["window_minutes"],
            tickets=_tickets(said["tickets"], given),
            adapter_urls={name: one["url"] for name, one in said["adapters"].items()},
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as wrong:
        raise Trouble(f"The settings {path} can't be used: {wrong!r}") from wrong


def _tickets(said: Mapping[str, Any], environment: Mapping[str, str]) -> Tickets | None:
    if not said["system"]:
        return None
    if said["system"] not in ("jira", "servicenow"):
        raise Trouble(f"tickets.system is jira, servicenow or empty, not {said['system']!r}")
    return Tickets(
        system=said["system"],
        url=said["url"],
        user=said["user"],
        token=environment.get(VARIABLE, ""),
        project=said["project"],
    )
