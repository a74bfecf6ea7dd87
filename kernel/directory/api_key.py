"""An API key, as its row says, without what is secret about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from event_schemas.types import ActorKind
from kernel.directory.principals import Ability, Auth, Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key without its secrets; `owner` is the agent's name and stays over rotation."""

    id: str
    tenant: str
    owner: str
    abilities: tuple[Ability, ...]
    created_at: datetime
    revoked_at: datetime | None
    rotated_from: str | None = None

    def holds_at(self, moment: datetime) -> bool:
        """Whether it proves its owner at a moment."""
        return self.revoked_at is None or moment < self.revoked_at

    def principal(self, auth: Auth) -> Principal:
        """The party that the key stands for."""
        return Principal(
            kind=ActorKind.AGENT,
            id=self.owner,
            tenant=self.tenant,
            name=self.owner,
            auth=auth,
            abilities=self.abilities,
            key_id=self.id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedKey:
    """A key just made, with the secrets that are shown once."""

    key: ApiKey
    bearer: str
    signing_secret: str


def key_from(row: Any) -> ApiKey:
    """The key in a row of `directory.api_keys`."""
    return ApiKey(
        id=row["id"],
        tenant=row["tenant"],
        owner=row["owner"],
        abilities=tuple(Ability(word) for word in row["abilities"]),
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
        rotated_from=row["rotated_from"],
    )
