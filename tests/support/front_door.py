"""The circle from the front door to the views in one process, on real servers, for tests."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from api.app import make_app
from api.door import FrontDoor
from api.rest.examples.bodies import BODIES
from api.wiring import build
from deploy.bootstrap import bootstrap
from kernel.clock import utc_now
from kernel.directory.people import Person
from kernel.directory.principals import Ability, Auth, Role
from kernel.ids import new_id
from kernel.question import Question
from kernel.service import Part, Readiness
from kernel.settings import Settings
from projections.history.wiring import HISTORY
from projections.inbox.wiring import INBOX
from projections.runner import CURRENT, Projector
from services.request_svc.wiring import deciding_parts
from tests.support.parts import running
from tests.support.patience import Patient

ORIGIN = "http://front.test"
# No test calls the real Slack; those about it bring their own.
NOWHERE = "http://127.0.0.1:9/api"
PASSWORD = "correct horse battery staple"
ALL = (Ability.ASK, Ability.READ)
SEED = BODIES[Question]


@dataclass(frozen=True, slots=True)
class House:
    """A running front door with what is behind it."""

    settings: Settings
    door: FrontDoor
    app: Any

    def client(
        self,
        bearer: str | None = None,
        *,
        address: str = "127.0.0.1",
        patient: bool = True,
        **headers: str,
    ) -> httpx.AsyncClient:
        """A client with this credential, at this address of the network."""
        sent = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        transport = httpx.ASGITransport(self.app, client=(address, 1))
        return httpx.AsyncClient(
            transport=Patient(transport) if patient else transport,
            base_url=ORIGIN,
            headers=sent | headers,
            timeout=30,
        )

    async def tenant(self, name: str) -> str:
        """A new tenant's id."""
        await self.door.directory.tenants.create(tenant=name, name=name)
        return name

    async def key(
        self, tenant: str, owner: str = "agents.review", abilities: Sequence[Ability] = ALL
    ) -> str:
        """The bearer secret of a new API key."""
        keys = self.door.directory.keys
        return (await keys.create(tenant=tenant, owner=owner, abilities=abilities)).bearer

    async def person(
        self,
        tenant: str,
        name: str,
        roles: Sequence[str] = (Role.REVIEWER,),
        *,
        password: str | None = None,
    ) -> Person:
        """A new person; without a password they can only come with a token."""
        return await self.door.directory.people.create(
            tenant=tenant,
            email=f"{name}@{tenant}.test",
            name=name.capitalize(),
            password=password,
            roles=roles,
        )

    def token(self, person: Person) -> str:
        """A token of a person."""
        return self.door.directory.sign_ins.issue(person.principal(Auth.JWT))


class Desk:
    """A tenant with an agent, two reviewers and a lead, each with a client."""

    def __init__(self, house: House, tenant: str) -> None:
        self.house = house
        self.tenant = tenant
        self.people: dict[str, Person] = {}
        self._clients: dict[str, httpx.AsyncClient] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, house: House) -> AsyncGenerator["Desk"]:
        """A desk of a new tenant."""
        desk = cls(house, f"t{new_id()[:8]}")
        await house.tenant(desk.tenant)
        desk._clients["agent"] = house.client(await house.key(desk.tenant))
        for name, role in (("kim", Role.REVIEWER), ("lou", Role.REVIEWER), ("lee", Role.LEAD)):
            person = await house.person(desk.tenant, name, (role,))
            desk.people[name] = person
            desk._clients[name] = house.client(house.token(person))
        yield desk
        for client in desk._clients.values():
            await client.aclose()

    @property
    def agent(self) -> httpx.AsyncClient:
        return self._clients["agent"]

    @property
    def kim(self) -> httpx.AsyncClient:
        return self._clients["kim"]

    @property
    def lou(self) -> httpx.AsyncClient:
        return self._clients["lou"]

    @property
    def lee(self) -> httpx.AsyncClient:
        """The lead's."""
        return self._clients["lee"]

    async def ask(self, **fields: Any) -> dict[str, Any]:
        """The seed's question with these fields changed, opened by the agent."""
        opened = await self.agent.post("/api/v1/requests", json=SEED | fields)
        assert opened.status_code == 201, opened.text
        return opened.json()

    async def read(self, request_id: str, **query: Any) -> dict[str, Any]:
        """A request as the agent reads it."""
        found = await self.agent.get(f"/api/v1/requests/{request_id}", params=query)
        assert found.status_code == 200, found.text
        return found.json()


@asynccontextmanager
async def front_door(
    kafka: str,
    dsn: str,
    prefix: str,
    *,
    deciding: bool = True,
    slack_api_url: str = NOWHERE,
    public_url: str = ORIGIN,
    **over: Any,
) -> AsyncGenerator[House]:
    """Runs it, with these settings changed; without `deciding` nobody judges commands."""
    settings = Settings(
        kafka=kafka,
        pg_dsn=dsn,
        topic_prefix=prefix,
        partitions=3,
        local=True,
        public_url=public_url,
        session_timeout_ms=6000,
        slack_api_url=slack_api_url,
        **over,
    )
    await bootstrap(settings)
    door, readiness, parts = await build(settings)
    others = Readiness("deciding", CURRENT) if deciding else Readiness(CURRENT)
    views = [Projector(settings, view, others, utc_now) for view in (INBOX, HISTORY)]
    deciders: list[Part] = deciding_parts(settings, others) if deciding else []
    try:
        async with running([*deciders, *views], others), running(parts, readiness):
            yield House(settings, door, make_app(door, readiness))
    finally:
        await door.close()
