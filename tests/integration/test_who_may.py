"""Who gets how far with every operation of the API: thirteen actors against one table.

The operations come from the OpenAPI document, the table is `who_may.txt`. An operation that is not
in it, or that is gone, fails, and the message holds the line to write.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from api.rest.examples.directory import KIND
from kernel.directory.invitation import Wanted
from kernel.directory.principals import Ability, Role
from kernel.directory.store import Deed
from kernel.ids import new_id
from tests.support.begun import begun
from tests.support.eventually import eventually
from tests.support.front_door import SEED, Desk, House

pytestmark = pytest.mark.asyncio(loop_scope="module")
TABLE = Path(__file__).parent / "who_may.txt"
ACTORS = (
    "nobody",
    "gone",
    "bare",
    "ask",
    "read",
    "act_for",
    "stranger",
    "reviewer",
    "narrow",
    "lead",
    "analyst",
    "admin",
    "operator",
)
"""By columns: nobody; a person who was deactivated; keys with no ability, with `ask`, with `read`,
and with `act_for` for the reviewer; a key of another tenant that may do all; and people by their
roles, of whom the narrow one is a reviewer of another kind only."""
STOPPED = ("nobody", "gone", "bare")
"""Who gets nowhere, whatever they ask about."""
WALLS = (401, 403, 404)
THROUGH = "."
WIDTH = 74


@dataclass(frozen=True, slots=True)
class Stage:
    """A tenant with one of everything, and a client for each actor."""

    desk: Desk
    actors: Mapping[str, httpx.AsyncClient]
    names: Mapping[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(house: House) -> AsyncIterator[Stage]:
    async with Desk.open(house) as desk, Desk.open(house) as elsewhere:
        names = await _furnished(desk)
        actors = await _actors(desk, elsewhere)
        yield Stage(desk, actors, names)
        for client in actors.values():
            await client.aclose()


async def _furnished(desk: Desk) -> dict[str, str]:
    """What the addresses name, by the names that they give it."""
    directory = desk.house.door.directory
    await directory.tenants.create_team(tenant=desk.tenant, name="night")
    await directory.kinds.put(desk.tenant, "refund", KIND["definition"], "x")
    key = await desk.house.key(desk.tenant, "agents.spare")
    spare = await desk.house.person(desk.tenant, "spare")
    file = await desk.agent.post(
        "/api/v1/attachments", content=b"words", headers={"content-type": "text/plain"}
    )
    wanted = Wanted(email=f"n@{desk.tenant}.test")
    deed = Deed(actor=spare.id, action="invitation_made", address="")
    invitation, _ = await directory.invitations.invite(desk.tenant, wanted, deed)
    return {
        "request_id": await _asked(desk),
        "invitation_id": invitation.id,
        "team": "night",
        "kind": "refund",
        "key_id": key.split("_")[1],
        "person_id": spare.id,
        "attachment_id": file.json()["id"],
    }


async def _actors(desk: Desk, elsewhere: Desk) -> dict[str, httpx.AsyncClient]:
    house, directory = desk.house, desk.house.door.directory
    people = {
        "reviewer": (Role.REVIEWER,),
        "narrow": ("reviewer:refund",),
        "lead": (Role.LEAD,),
        "analyst": (Role.ANALYST,),
        "admin": (Role.ADMIN,),
        "operator": (Role.OPERATOR,),
        "gone": (Role.ADMIN,),
    }
    made = {
        name: await house.person(desk.tenant, f"p-{name}", roles) for name, roles in people.items()
    }
    await directory.people.change(desk.tenant, made["gone"].id, is_active=False)
    app = "apps.linked"
    await directory.links.create(tenant=desk.tenant, owner=app, person=made["reviewer"].id)
    keys = {"bare": (), "ask": (Ability.ASK,), "read": (Ability.READ,)}
    # The owner of the desk's own key: so `ask` asked what it is tried on.
    clients = {
        name: house.client(await house.key(desk.tenant, abilities=abilities))
        for name, abilities in keys.items()
    }
    acting = {"Handraise-Act-For": made["reviewer"].id}
    clients["act_for"] = house.client(
        await house.key(desk.tenant, app, (Ability.ACT_FOR,)), **acting
    )
    everything = await house.key(elsewhere.tenant, "agents.other", tuple(Ability))
    clients["stranger"] = house.client(everything)
    clients["nobody"] = house.client()
    return clients | {name: house.client(house.token(one)) for name, one in made.items()}


def operations(house: House) -> dict[str, dict[str, Any]]:
    """Every operation of the OpenAPI document, by method and path."""
    return {
        f"{method.upper()} {path}": entry
        for path, entries in house.app.openapi()["paths"].items()
        for method, entry in entries.items()
        if path.startswith("/api/")
    }


def body_for(entry: dict[str, Any]) -> dict[str, Any]:
    """What is sent along: the document's own example, or a file."""
    content = entry.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        return {"json": content["application/json"]["example"]}
    return {"content": b"words", "headers": {"content-type": "text/plain"}} if content else {}


async def outcome(stage: Stage, actor: str, operation: str, entry: dict[str, Any]) -> str:
    """How far an actor gets: the wall's status, or through."""
    method, path = operation.split(" ", 1)
    if "security" not in entry:
        return THROUGH
    names: dict[str, str] = dict(stage.names)
    if "{request_id}" in path and method != "GET" and actor not in STOPPED:
        names["request_id"] = await _asked(stage.desk)
    wanted = {name.strip("{}") for name in path.split("/") if name.startswith("{")}
    address = path.format(**{name: names.get(name) or new_id() for name in wanted})
    client = stage.actors[actor]
    if path.endswith("/stream"):
        status = await begun(stage.desk.house, address, client)
    else:
        query = {"timeout_seconds": 0} if path.endswith("/wait") else None
        status = (
            await client.request(method, address, params=query, **body_for(entry))
        ).status_code
    assert status != 500, (actor, operation)
    return str(status) if status in WALLS else THROUGH


async def _asked(desk: Desk) -> str:
    """A question that the view has, so that what is not found is not there for this actor."""
    asked = await desk.agent.post("/api/v1/requests", json=SEED)
    assert asked.status_code in {201, 202}, asked.text
    request_id = asked.json()["id"]

    async def there() -> bool:
        return await desk.house.door.past.fetchval(
            "SELECT EXISTS (SELECT FROM inbox.request WHERE request_id = $1)", request_id
        )

    await eventually(there)
    return request_id


def written(operation: str, outcomes: list[str]) -> str:
    """A line of the table."""
    cells = "".join(f"{one:>9}" for one in outcomes)
    return f"{operation:<{WIDTH}}{cells}"


def read_table() -> dict[str, str]:
    """The table's lines, by operation."""
    lines = [line for line in TABLE.read_text().splitlines() if line and line[0] != "#"]
    header, *rows = lines
    assert header.split() == ["operation", *ACTORS]
    found = {" ".join(row.split()[:2]): row for row in rows}
    assert len(found) == len(rows), "an operation is in the table twice"
    return found


async def test_every_operation_lets_through_whom_the_table_says(house: House, stage: Stage) -> None:
    table, wrong = read_table(), list[str]()
    known = operations(house)
    for operation, entry in known.items():
        outcomes = await asyncio.gather(
            *(outcome(stage, actor, operation, entry) for actor in ACTORS)
        )
        line = written(operation, outcomes)
        if operation not in table:
            wrong.append(f"missing; add   {line}")
        elif table[operation].split() != line.split():
            wrong.append(f"differs; it is {line}\n   and not     {table[operation]}")
    wrong += [f"gone; remove   {line}" for name, line in table.items() if name not in known]
    header = written("operation", list(ACTORS))
    assert not wrong, f"{TABLE.name} is not what the API does:\n   {header}\n" + "\n".join(wrong)
