"""An invitation: a link by which somebody sets a password, without what is secret about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Purpose(StrEnum):
    """What a link is for."""

    JOIN = "join"
    PASSWORD = "password"  # noqa: S105 - a purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A link without its token; `person` is whose password it sets, none for one to join."""

    id: str
    tenant: str
    purpose: Purpose
    email: str
    person: str | None
    name: str
    roles: tuple[str, ...]
    teams: tuple[str, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Who is to be invited, and what they will be."""

    email: str
    name: str = ""
    roles: Sequence[str] = ()
    teams: Sequence[str] = ()


def invitation_from(row: Any) -> Invitation:
    """The invitation in a row of `directory.invitations`."""
    return Invitation(
        id=row["id"],
        tenant=row["tenant"],
        purpose=Purpose(row["purpose"]),
        email=row["email"],
        person=row["person"],
        name=row["name"],
        roles=tuple(row["roles"]),
        teams=tuple(row["teams"]),
        created_at=row["created_at"],
        created_by=row["created_by"],
        expires_at=row["expires_at"],
    )
