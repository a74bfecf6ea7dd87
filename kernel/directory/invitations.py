"""Links by which people set a password: those who are asked to join, and those who lost theirs.

A link's token has 256 bits, is shown once, works once, and only its hash is kept.
"""

import secrets
from datetime import timedelta
from typing import Any

import asyncpg

from kernel.clock import Clock
from kernel.directory.invitation import Invitation, Purpose, Wanted, invitation_from
from kernel.directory.people import People
from kernel.directory.person import INSERT_PERSON, Person, check_email, person_from
from kernel.directory.staff import check_teams
from kernel.directory.store import Deed, Store
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.secrets import hash_of
from kernel.validation import flawed

VALID = timedelta(days=7)
_TOKEN_BYTES = 32
_MAX_TOKEN_CHARS = 100
_open = "used_at IS NULL AND withdrawn_at IS NULL AND expires_at > $2"


class Invitations:
    """The links of all tenants."""

    def __init__(self, store: Store, people: People, clock: Clock) -> None:
        self._store = store
        self._people = people
        self._clock = clock

    async def invite(self, tenant: str, wanted: Wanted, deed: Deed) -> tuple[Invitation, str]:
        """An invitation to join, and its token; one that the address had before ends.

        Raises:
            Invalid: the address is none, or has an account here; or there is no such team.
            Unavailable: Postgres is away.
        """
        check_email(wanted.email)
        if await self._people.named(tenant, [wanted.email]):
            raise flawed("/email", f"{wanted.email} has an account already")
        return await self._make(tenant, Purpose.JOIN, wanted, None, deed)

    async def reset(self, person: Person, deed: Deed) -> tuple[Invitation, str]:
        """A link by which a person sets a new password, and its token; one from before ends.

        Raises:
            Unavailable: Postgres is away.
        """
        wanted = Wanted(email=person.email, name=person.name)
        return await self._make(person.tenant, Purpose.PASSWORD, wanted, person.id, deed)

    async def open(self, tenant: str) -> tuple[Invitation, ...]:
        """The tenant's links that still work, the newest first.

        Raises:
            Unavailable: Postgres is away.
        """
        rows = await self._store.of(tenant).rows(
            f"SELECT * FROM directory.invitations WHERE tenant = $1 AND {_open}"  # noqa: S608 - our own words
            " ORDER BY created_at DESC, id",
            tenant,
            self._clock(),
        )
        return tuple(map(invitation_from, rows))

    async def withdraw(self, tenant: str, invitation_id: str, deed: Deed) -> None:
        """Ends a link, at once.

        Raises:
            NotFound: the tenant has none such that still works.
            Unavailable: Postgres is away.
        """
        row = await self._store.of(tenant).row(
            f"UPDATE directory.invitations SET withdrawn_at = $2 WHERE tenant = $1 AND {_open}"  # noqa: S608 - our own words
            " AND id = $3 RETURNING id",
            tenant,
            self._clock(),
            invitation_id,
            deed=deed,
        )
        if row is None:
            raise NotFound("there is no such invitation")

    async def by_token(self, token: str) -> Invitation | None:
        """What a link is for; None where it does not work or no more. Looking changes nothing.

        Raises:
            Unavailable: Postgres is away.
        """
        if len(token) > _MAX_TOKEN_CHARS or not token.isascii():
            return None
        row = await self._store.row(
            f"SELECT * FROM directory.invitation_of_hash($1) WHERE {_open}",  # noqa: S608 - our own words
            hash_of(token),
            self._clock(),
        )
        return row and invitation_from(row)

    async def use(self, token: str, *, name: str, password: str, address: str) -> Person:
        """Spends a link: its person is there from now on, with this password.

        Raises:
            NotFound: it does not work, or no more.
            Invalid: the password is too short or too long, or the address has an account by now;
                then the link still works.
            Unavailable: Postgres is away.
        """
        found = await self.by_token(token)
        if found is None:
            raise _over()
        hashed = await self._people.hashed(password)
        store = self._store.of(found.tenant)
        try:
            async with store.transaction() as connection:
                spent = await connection.fetchrow(
                    f"UPDATE directory.invitations SET used_at = $2 WHERE id = $1 AND {_open}"  # noqa: S608 - our own words
                    " RETURNING id",
                    found.id,
                    self._clock(),
                )
                if spent is None:
                    raise _over()
                person = await self._let_in(connection, found, name, hashed)
                deed = Deed(actor=person.id, action=f"{found.purpose}_link_used", address=address)
                await store.note(connection, deed, person.id)
        except asyncpg.UniqueViolationError:
            raise flawed("/email", f"{found.email} has an account already") from None
        self._people.forget(found.tenant, person.id)
        return person

    async def _let_in(self, connection: Any, found: Invitation, name: str, hashed: str) -> Person:
        if found.person is None:
            known = await connection.fetch(
                "SELECT name FROM directory.teams WHERE tenant = $1", found.tenant
            )
            teams = [team for team in found.teams if team in {row["name"] for row in known}]
            row = await connection.fetchrow(
                INSERT_PERSON,
                new_id(),
                found.tenant,
                found.email,
                name.strip() or found.name or found.email.partition("@")[0],
                list(found.roles),
                teams,
                hashed,
            )
        else:
            row = await connection.fetchrow(
                "UPDATE directory.people SET hashed_password = $3, tokens_from = $4"
                " WHERE tenant = $1 AND id = $2 AND is_active RETURNING *",
                found.tenant,
                found.person,
                hashed,
                self._clock(),
            )
            if row is None:
                raise _over()
        return person_from(row)

    async def _make(
        self, tenant: str, purpose: Purpose, wanted: Wanted, person: str | None, deed: Deed
    ) -> tuple[Invitation, str]:
        token, now = secrets.token_urlsafe(_TOKEN_BYTES), self._clock()
        store = self._store.of(tenant)
        async with store.transaction() as connection:
            await check_teams(connection, tenant, wanted.teams)
            await connection.execute(
                f"UPDATE directory.invitations SET withdrawn_at = $2 WHERE tenant = $1 AND {_open}"  # noqa: S608 - our own words
                " AND purpose = $3 AND lower(email) = lower($4)",
                tenant,
                now,
                purpose,
                wanted.email,
            )
            row = await connection.fetchrow(
                "INSERT INTO directory.invitations (id, tenant, purpose, email, person, name,"
                " roles, teams, token_hash, created_at, created_by, expires_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING *",
                new_id(),
                tenant,
                purpose,
                wanted.email,
                person,
                wanted.name,
                [str(role) for role in wanted.roles],
                list(wanted.teams),
                hash_of(token),
                now,
                deed.actor,
                now + VALID,
            )
            await store.note(connection, deed, deed.subject or row["id"])
        return invitation_from(row), token


def _over() -> NotFound:
    return NotFound("This link does not work, or no more. Ask for a new one.")
