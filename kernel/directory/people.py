"""The people of a tenant: who they are, what they may do, and how they sign in."""

import re
from collections.abc import Callable, Sequence

import asyncpg

from event_schemas.types import Candidates
from kernel.directory.cache import ReadThrough
from kernel.directory.passwords import Passwords
from kernel.directory.person import Person, person_from
from kernel.directory.principals import Auth, Principal, Role, covers
from kernel.directory.store import Store
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.validation import flawed

MAX_CANDIDATES = 1000
_SAME_EMAIL_TENANTS = 5
_email = re.compile(r"[^\s@<>,;:\x00-\x20\x7f]{1,64}@[A-Za-z0-9._-]{1,190}")


class People:
    """The people of all tenants; every question names the tenant."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
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
        rows = await self._store.rows(
            "SELECT * FROM directory.people WHERE tenant = $1 ORDER BY name, id",
            tenant,
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
        return tuple(
            person
            for person in people
            if person.id in candidates.people
            or set(person.teams).intersection(candidates.teams)
            or any(
                covers(held, role, kind, principal_id)
                for held in person.roles
                for role in candidates.roles
            )
        )

    async def named(self, tenant: str, names: Sequence[str]) -> dict[str, str]:
        """The ids of the active people named by id or e-mail address; unknown names are left out.

        Raises:
            Unavailable: Postgres is away.
        """
        if not names:
            return {}
        rows = await self._store.rows(
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
            "SELECT * FROM directory.people WHERE is_active"
            " AND lower(email) = lower($1) AND ($2::text IS NULL OR tenant = $2)"
            " ORDER BY tenant LIMIT $3",
            email,
            tenant,
            _SAME_EMAIL_TENANTS,
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
    ) -> Person:
        """A new person; without a password they can't sign in with one.

        Raises:
            Invalid: the address is none or taken, the password is too short, no such tenant.
            Unavailable: Postgres is away.
        """
        if not _email.fullmatch(email):
            raise flawed("/email", "an e-mail address is expected")
        try:
            row = await self._store.row(
                "INSERT INTO directory.people (id, tenant, email, name, roles, teams,"
                " hashed_password) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *",
                new_id(),
                tenant,
                email,
                name,
                [str(role) for role in roles],
                list(teams),
                None if password is None else await self._passwords.hashed(password),
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
    ) -> Person:
        """Changes what is given; it holds everywhere within 5 s.

        Raises:
            NotFound: there is no such person.
            Invalid: the password is too short.
            Unavailable: Postgres is away.
        """
        row = await self._store.row(
            "UPDATE directory.people SET name = coalesce($3, name), roles = coalesce($4, roles),"
            " teams = coalesce($5, teams), is_active = coalesce($6, is_active),"
            " hashed_password = coalesce($7, hashed_password) WHERE tenant = $1 AND id = $2"
            " RETURNING *",
            tenant,
            person,
            name,
            None if roles is None else [str(role) for role in roles],
            None if teams is None else list(teams),
            is_active,
            None if password is None else await self._passwords.hashed(password),
        )
        if row is None:
            raise NotFound("there is no such person")
        self._people.forget((tenant, person))
        return person_from(row)

    async def _load(self, key: tuple[str, str]) -> Person | None:
        row = await self._store.row(
            "SELECT * FROM directory.people WHERE tenant = $1 AND id = $2",
            *key,
        )
        return row and person_from(row)

    async def _load_candidates(self, key: tuple[str, Candidates]) -> tuple[Person, ...]:
        tenant, candidates = key
        rows = await self._store.rows(
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
