"""A standing rule as it is kept: of which questions, what is decided, and who answers for it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from event_schemas.types import AutoDecision
from kernel.canonical import canonical
from kernel.text import Json


class Mode(StrEnum):
    """Whether a rule decides, or only has it recorded what it would have decided."""

    LIVE = "live"
    SHADOW = "shadow"


@dataclass(frozen=True, slots=True)
class Match:
    """A place in the context (JSON pointer, RFC 6901) and the value there, as RFC 8785 text."""

    pointer: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRule:
    """A rule as it stands; every change of it is a new version.

    `principal_id` None is for questions that name none. `made_by` is the person who answers for
    this version, `maker_roles` are theirs of now, `linked` says that the asker may act for them.
    `made_from` is the request whose answer it repeats. `max_uses` None is as many as come.
    """

    id: str
    tenant: str
    version: int
    kind: str
    principal_id: str | None
    asker: str
    matches: tuple[Match, ...]
    decision: str
    comment: str | None
    valid_until: datetime
    max_uses: int | None
    mode: Mode
    made_by: str
    made_at: datetime
    made_from: str | None = None
    maker_roles: tuple[str, ...] = ()
    linked: bool = False
    revoked_at: datetime | None = None
    revoked_by: str | None = None

    def auto_decision(self) -> AutoDecision:
        """What goes along with a question that the rule fits."""
        return AutoDecision(
            rule=self.id,
            rule_version=self.version,
            decision=self.decision,
            comment=self.comment,
            maker=self.made_by,
            shadow=self.mode is Mode.SHADOW,
            until=self.valid_until,
        )


def match_of(pointer: str, value: Json) -> Match:
    """The match with just this value."""
    return Match(pointer, canonical(value).decode())
