"""Links: for which people of its tenant an agent may act."""

from collections.abc import Sequence

import asyncpg

from kernel.directory.person import person_from
from kernel.directory.principals import Ability, Auth, Principal
from kernel.directory.store import Deed, Store
from kernel.errors import NotFound
from kernel.validation import flawed


class Links:
    """Who may act for whom (`act_for`)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def create(self, *, tenant: str, owner: str, person: str) -> None:
        """Lets the keys of an owner act for a person of the tenant.

        Raises:
            NotFound: the tenant has no such person.
            Unavailable: Postgres is away.
        """
        try:
            row = await self._store.of(tenant).row(
                "INSERT INTO directory.links (tenant, owner, person)"
                " SELECT tenant, $2, id FROM directory.people WHERE tenant = $1 AND id = $3"
                " ON CONFLICT (tenant, owner, person) DO UPDATE SET owner = $2 RETURNING person",
                tenant,
                owner,
                person,
            )
        except asyncpg.ForeignKeyViolationError:
            row = None
        if row is None:
            raise NotFound("there is no such person")

    async def remove(self, *, tenant: str, owner: str, person: str) -> None:
        """Takes that back, at once.

        Raises:
            Unavailable: Postgres is away.
        """
        await self._store.of(tenant).row(
            "DELETE FROM directory.links WHERE tenant = $1 AND owner = $2 AND person = $3",
            tenant,
            owner,
            person,
        )

    async def every(self, tenant: str) -> dict[str, tuple[str, ...]]:
        """The ids of the people for whom each owner's keys may act.

        Raises:
            Unavailable: Postgres is away.
        """
        rows = await self._store.of(tenant).rows(
            "SELECT owner, array_agg(person ORDER BY person) AS people FROM directory.links"
            " WHERE tenant = $1 GROUP BY owner",
            tenant,
        )
        return {row["owner"]: tuple(row["people"]) for row in rows}

    async def put(
        self, tenant: str, owner: str, people: Sequence[str], deed: Deed | None = None
    ) -> None:
        """Lets the keys of an owner act for just these people, from now on.

        Raises:
            Invalid: the tenant has not all of them.
            Unavailable: Postgres is away.
        """
        wanted = list(dict.fromkeys(people))
        store = self._store.of(tenant)
        async with store.transaction() as connection:
            await connection.execute(
                "DELETE FROM directory.links WHERE tenant = $1 AND owner = $2", tenant, owner
            )
            made = await connection.fetch(
                "INSERT INTO directory.links (tenant, owner, person)"
                " SELECT tenant, $2, id FROM directory.people WHERE tenant = $1 AND id = ANY($3)"
                " RETURNING person",
                tenant,
                owner,
                wanted,
            )
            if len(made) != len(wanted):
                raise flawed("/act_for", "names somebody whom this tenant has not")
            if deed is not None:
                await store.note(connection, deed, owner)

    async def person_for(self, agent: Principal, person: str) -> Principal | None:
        """The active person in whose place an agent's key speaks; None where it may not.

        Raises:
            Unavailable: Postgres is away.
        """
        if not agent.can(Ability.ACT_FOR):
            return None
        row = await self._store.of(agent.tenant).row(
            "SELECT person.* FROM directory.people AS person JOIN directory.links AS link"
            " ON link.tenant = person.tenant AND link.person = person.id"
            " WHERE person.tenant = $1 AND link.owner = $2 AND person.id = $3"
            " AND person.is_active",
            agent.tenant,
            agent.id,
            person,
        )
        return row and person_from(row).principal(Auth.API_KEY, via=agent.key_id)
