"""A person of a tenant, as its row says."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from event_schemas.types import ActorKind, Candidates
from kernel.directory.principals import Auth, Principal, covers
from kernel.validation import flawed

_email = re.compile(r"[^\s@<>,;:\x00-\x20\x7f]{1,64}@[A-Za-z0-9._-]{1,190}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person of a tenant; one who is not active can't sign in or be told of anything."""

    id: str
    tenant: str
    email: str
    name: str
    roles: tuple[str, ...]
    teams: tuple[str, ...]
    is_active: bool
    created_at: datetime

    def fits(self, candidates: Candidates, kind: str, principal_id: str | None) -> bool:
        """Whether they are among the candidates for a request of this kind and principal."""
        return (
            self.id in candidates.people
            or bool(set(self.teams).intersection(candidates.teams))
            or any(
                covers(held, role, kind, principal_id)
                for held in self.roles
                for role in candidates.roles
            )
        )

    def principal(self, auth: Auth, *, via: str | None = None) -> Principal:
        """The party that this person's credential stands for; `via` the key that speaks for it."""
        return Principal(
            kind=ActorKind.PERSON,
            id=self.id,
            tenant=self.tenant,
            name=self.name,
            auth=auth,
            roles=self.roles,
            teams=self.teams,
            email=self.email,
            via=via,
        )


INSERT_PERSON = (
    "INSERT INTO directory.people (id, tenant, email, name, roles, teams, hashed_password)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *"
)


def check_email(email: str) -> None:
    """Makes sure that a text is an e-mail address.

    Raises:
        Invalid: it is none.
    """
    if not _email.fullmatch(email):
        raise flawed("/email", "an e-mail address is expected")


def person_from(row: Any) -> Person:
    """The person in a row of `directory.people`."""
    return Person(
        id=row["id"],
        tenant=row["tenant"],
        email=row["email"],
        name=row["name"],
        roles=tuple(row["roles"]),
        teams=tuple(row["teams"]),
        is_active=row["is_active"],
        created_at=row["created_at"],
    )
