"""What an admin changes about the people of a tenant, so that it is never left without one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kernel.clock import Clock
from kernel.directory.people import People
from kernel.directory.person import Person
from kernel.directory.principals import Principal, Role
from kernel.directory.store import Deed, Store
from kernel.errors import HandraiseError, NotFound
from kernel.ids import new_id
from kernel.validation import flawed


class LastAdmin(HandraiseError):
    """Without this person nobody could let anybody in."""

    status, code = 409, "last_admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of a person; what is None stays."""

    name: str | None = None
    roles: Sequence[str] | None = None
    teams: Sequence[str] | None = None
    is_active: bool | None = None


class Staff:
    """The changes that admins make."""

    def __init__(self, store: Store, people: People, clock: Clock) -> None:
        self._store = store
        self._people = people
        self._clock = clock

    async def change(
        self, tenant: str, person: str, change: Change, *, by: Principal, deed: Deed
    ) -> Person:
        """Changes a person; it holds everywhere within 5 s.

        Whoever is deactivated is signed out, and what they hold is given back by `departures`.

        Raises:
            NotFound: there is no such person.
            Invalid: there is no such team.
            LastAdmin: the tenant would be left without an active admin.
            Unavailable: Postgres is away.
        """
        store = self._store.of(tenant)
        async with store.transaction() as connection:
            # One change at a time, so that two admins can't take the role from each other.
            await connection.execute(
                "SELECT FROM directory.tenants WHERE id = $1 FOR UPDATE", tenant
            )
            await check_teams(connection, tenant, change.teams or ())
            before = await connection.fetchrow(
                "SELECT is_active FROM directory.people WHERE tenant = $1 AND id = $2",
                tenant,
                person,
            )
            if before is None:
                raise NotFound("there is no such person")
            await self._update(connection, tenant, person, change)
            if not await connection.fetchval(
                "SELECT EXISTS (SELECT FROM directory.people WHERE tenant = $1 AND is_active"
                " AND $2 = ANY(roles))",
                tenant,
                Role.ADMIN,
            ):
                raise LastAdmin("Somebody must stay who is an admin and active")
            await _departures(connection, tenant, person, change, (before["is_active"], by))
            await store.note(connection, deed, person)
        self._people.forget(tenant, person)
        changed = await self._people.get(tenant, person)
        assert changed is not None
        return changed

    async def _update(self, connection: Any, tenant: str, person: str, change: Change) -> None:
        await connection.execute(
            "UPDATE directory.people SET name = coalesce($3, name), roles = coalesce($4, roles),"
            " teams = coalesce($5, teams), is_active = coalesce($6, is_active), tokens_from ="
            " CASE WHEN $6 IS FALSE THEN $7 ELSE tokens_from END"
            " WHERE tenant = $1 AND id = $2",
            tenant,
            person,
            change.name,
            None if change.roles is None else [str(role) for role in change.roles],
            None if change.teams is None else list(change.teams),
            change.is_active,
            self._clock(),
        )


async def check_teams(connection: Any, tenant: str, teams: Sequence[str]) -> None:
    """Makes sure that the tenant has these teams, and keeps them while the transaction lasts.

    Raises:
        Invalid: it has not; the pointer names the first that is missing.
    """
    rows = await connection.fetch(
        "SELECT name FROM directory.teams WHERE tenant = $1 AND name = ANY($2) FOR SHARE",
        tenant,
        list(teams),
    )
    known = {row["name"] for row in rows}
    for place, team in enumerate(teams):
        if team not in known:
            raise flawed(f"/teams/{place}", "there is no such team")


async def _departures(
    connection: Any, tenant: str, person: str, change: Change, before: tuple[bool, Principal]
) -> None:
    """Notes that somebody leaves, or that they are back."""
    was_active, by = before
    if change.is_active and not was_active:
        await connection.execute(
            "UPDATE directory.departures SET done_at = clock_timestamp()"
            " WHERE tenant = $1 AND person = $2 AND done_at IS NULL",
            tenant,
            person,
        )
    if change.is_active is False and was_active:
        await connection.execute(
            "INSERT INTO directory.departures (id, tenant, person, name, by_id, by_name, by_roles)"
            " SELECT $1, tenant, id, name, $4, $5, $6 FROM directory.people"
            " WHERE tenant = $2 AND id = $3",
            new_id(),
            tenant,
            person,
            by.id,
            by.name,
            list(by.roles),
        )
