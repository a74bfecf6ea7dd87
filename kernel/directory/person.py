"""A person of a tenant, as its row says."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from event_schemas.types import ActorKind
from kernel.directory.principals import Auth, Principal


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
