"""The people of a tenant: who they are, what they may do, and how they sign in."""

from collections.abc import Callable, Sequence

import asyncpg

from event_schemas.types import Candidates
from kernel.clock import Clock, utc_now
from kernel.directory.cache import ReadThrough
from kernel.directory.passwords import Passwords
from kernel.directory.person import INSERT_PERSON, Person, check_email, person_from
from kernel.directory.principals import Auth, Principal, Role
from kernel.directory.store import Deed, Store
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.validation import flawed

MAX_CANDIDATES = 1000


class People:
    """The people of all tenants; every question names the tenant."""

    def __init__(self, store: Store, now: Callable[[], float], clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock
        self._passwords = Passwords()
        self._people = ReadThrough(self._load, now=now)
        self._candidates = ReadThrough(self._load_candidates, now=now)

    async def get(self, tenant: str, person: str) -> Person | None:
        """The person of this id, active or not.

        Raises:
            Unavailable: Postgres is away, and was when last asked.
        """
        return await self._people.get((tenant, person))

    async def every(self, tenant: str) -> tuple[Person, ...]:
        """All people of the tenant, by name.

        Raises:
            Unavailable: Postgres is away.
        """
        rows = await self._store.of(tenant).rows(
            "SELECT * FROM directory.people WHERE tenant = $1 ORDER BY name, id",
            tenant,
        )
        return tuple(map(person_from, rows))

    async def page(
        self,
        tenant: str,
        *,
        limit: int,
        after: tuple[str, str] | None = None,
        having: str | None = None,
    ) -> tuple[Person, ...]:
        """So many people of the tenant by name and id, those behind `after`.

        `having` is what their name or address must contain, in whatever case.

        Raises:
            Unavailable: Postgres is away.
        """
        name, person = after or (None, None)
        rows = await self._store.of(tenant).rows(
            "SELECT * FROM directory.people WHERE tenant = $1"
            " AND ($2::text IS NULL OR (name, id) > ($2, $3))"
            " AND ($5::text IS NULL OR strpos(lower(name || ' ' || email), lower($5)) > 0)"
            " ORDER BY name, id LIMIT $4",
            tenant,
            name,
            person,
            limit,
            having,
        )
        return tuple(map(person_from, rows))

    async def matching(
        self, tenant: str, candidates: Candidates, *, kind: str, principal_id: str | None
    ) -> tuple[Person, ...]:
        """The active people who match, for a request of this kind and principal; at most 1000.

        Nobody named means every reviewer.

        Raises:
            Unavailable: Postgres is away, and was when last asked.
        """
        if not (candidates.roles or candidates.teams or candidates.people):
            candidates = Candidates(roles=(Role.REVIEWER,))
        people = await self._candidates.get((tenant, candidates))
        return tuple(one for one in people if one.fits(candidates, kind, principal_id))

    async def named(self, tenant: str, names: Sequence[str]) -> dict[str, str]:
        """The ids of the active people named by id or e-mail address; unknown names are left out.

        Raises:
            Unavailable: Postgres is away.
        """
        if not names:
            return {}
        rows = await self._store.of(tenant).rows(
            "SELECT id, lower(email) AS email FROM directory.people WHERE tenant = $1 AND is_active"
            " AND (id = ANY($2) OR lower(email) = ANY($3))",
            tenant,
            list(names),
            [name.lower() for name in names],
        )
        known = {row["id"]: row["id"] for row in rows} | {row["email"]: row["id"] for row in rows}
        found = {name: known.get(name) or known.get(name.lower()) for name in names}
        return {name: person for name, person in found.items() if person is not None}

    async def authenticate(
        self, email: str, password: str, tenant: str | None = None
    ) -> Principal | None:
        """The person with this address and password; takes as long where there is none.

        Without a tenant the address must not fit people of several tenants with that password.

        Raises:
            Unavailable: Postgres is away.
        """
        rows = await self._store.rows(
            "SELECT * FROM directory.people_of_email($1, $2)", email, tenant
        )
        if not rows:
            await self._passwords.matches(password, None)
        fitting = [
            row for row in rows if await self._passwords.matches(password, row["hashed_password"])
        ]
        return person_from(fitting[0]).principal(Auth.JWT) if len(fitting) == 1 else None

    async def create(
        self,
        *,
        tenant: str,
        email: str,
        name: str,
        password: str | None = None,
        roles: Sequence[str] = (Role.REVIEWER,),
        teams: Sequence[str] = (),
        deed: Deed | None = None,
    ) -> Person:
        """A new person; without a password they can't sign in with one.

        Raises:
            Invalid: the address is none or taken, the password is too short, no such tenant.
            Unavailable: Postgres is away.
        """
        check_email(email)
        try:
            row = await self._store.of(tenant).row(
                INSERT_PERSON,
                new_id(),
                tenant,
                email,
                name,
                [str(role) for role in roles],
                list(teams),
                None if password is None else await self._passwords.hashed(password),
                deed=deed,
            )
        except asyncpg.UniqueViolationError:
            raise flawed("/email", f"{email} is in use already") from None
        except asyncpg.ForeignKeyViolationError:
            raise flawed("/tenant", "there is no such tenant") from None
        return person_from(row)

    async def change(
        self,
        tenant: str,
        person: str,
        *,
        name: str | None = None,
        password: str | None = None,
        roles: Sequence[str] | None = None,
        teams: Sequence[str] | None = None,
        is_active: bool | None = None,
        deed: Deed | None = None,
    ) -> Person:
        """Changes what is given; it holds everywhere within 5 s.

        A new password, and being deactivated, end the person's tokens and sessions of before.

        Raises:
            NotFound: there is no such person.
            Invalid: the password is too short.
            Unavailable: Postgres is away.
        """
        row = await self._store.of(tenant).row(
            "UPDATE directory.people SET name = coalesce($3, name), roles = coalesce($4, roles),"
            " teams = coalesce($5, teams), is_active = coalesce($6, is_active),"
            " hashed_password = coalesce($7, hashed_password), tokens_from = CASE WHEN"
            " $7 IS NULL AND $6 IS NOT FALSE THEN tokens_from ELSE $8 END"
            " WHERE tenant = $1 AND id = $2 RETURNING *",
            tenant,
            person,
            name,
            None if roles is None else [str(role) for role in roles],
            None if teams is None else list(teams),
            is_active,
            None if password is None else await self._passwords.hashed(password),
            self._clock(),
            deed=deed,
        )
        if row is None:
            raise NotFound("there is no such person")
        self._people.forget((tenant, person))
        return person_from(row)

    async def hashed(self, password: str) -> str:
        """The hash of a password, as it is kept.

        Raises:
            Invalid: too short or too long.
        """
        return await self._passwords.hashed(password)

    def forget(self, tenant: str, person: str) -> None:
        """Makes the next `get` look again."""
        self._people.forget((tenant, person))

    async def _load(self, key: tuple[str, str]) -> Person | None:
        row = await self._store.of(key[0]).row(
            "SELECT * FROM directory.people WHERE tenant = $1 AND id = $2",
            *key,
        )
        return row and person_from(row)

    async def _load_candidates(self, key: tuple[str, Candidates]) -> tuple[Person, ...]:
        tenant, candidates = key
        rows = await self._store.of(tenant).rows(
            "SELECT * FROM directory.people WHERE tenant = $1 AND is_active"
            " AND (teams && $3 OR id = ANY($4) OR EXISTS (SELECT FROM unnest(roles) AS held"
            " WHERE split_part(held, ':', 1) = ANY($2))) ORDER BY id LIMIT $5",
            tenant,
            [str(role) for role in candidates.roles],
            list(candidates.teams),
            list(candidates.people),
            MAX_CANDIDATES,
        )
        return tuple(map(person_from, rows))
