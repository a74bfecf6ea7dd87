"""People as an OpenID provider knows them: by issuer and subject, which never change hands."""

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.directory.people import People
from kernel.directory.person import Person, person_from
from kernel.directory.store import Deed, Store
from kernel.errors import NotAllowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who somebody is to an OpenID provider; `email` is one that it has verified."""

    issuer: str
    subject: str
    email: str
    name: str


class Federated:
    """The people of all tenants, by what providers call them."""

    def __init__(self, store: Store, people: People) -> None:
        self._store = store
        self._people = people

    async def find(self, tenant: str, who: Identity) -> Person | None:
        """The person whom the provider means, active or not.

        Who came before is known by the subject. Who comes for the first time is known by the
        address, and bound to the subject from now on; that is done once for each person.

        Raises:
            Unavailable: Postgres is away.
        """
        store = self._store.of(tenant)
        row = await store.row(
            "SELECT * FROM directory.people WHERE tenant = $1 AND issuer = $2 AND subject = $3",
            tenant,
            who.issuer,
            who.subject,
        )
        if row is None:
            row = await store.row(
                "UPDATE directory.people SET issuer = $2, subject = $3 WHERE tenant = $1"
                " AND lower(email) = lower($4) AND subject IS NULL RETURNING *",
                tenant,
                who.issuer,
                who.subject,
                who.email,
            )
        return row and person_from(row)

    async def join(
        self, tenant: str, who: Identity, roles: Sequence[str], teams: Sequence[str], deed: Deed
    ) -> Person:
        """A new person whom the provider vouches for.

        Raises:
            NotAllowed: the address belongs to somebody else here.
            Invalid: the address is none.
            Unavailable: Postgres is away.
        """
        if await self._people.named(tenant, [who.email]):
            raise NotAllowed("This address belongs to another account here")
        await self._people.create(
            tenant=tenant,
            email=who.email,
            name=who.name or who.email.partition("@")[0],
            roles=roles,
            teams=teams,
            deed=deed,
        )
        person = await self.find(tenant, who)
        if person is None:
            raise NotAllowed("This address belongs to another account here")
        return person
