"""What the simulator says of a question that nobody answers is what the real system then does."""

import json
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from api.simulating.__main__ import lines
from api.simulating.asking import Simulated, channels_of, simulated
from event_schemas.types import (
    Assigned,
    Entry,
    Escalated,
    Event,
    Reminded,
    Requested,
    TimedOut,
)
from kernel.calendars import Calendar
from kernel.directory.principals import Role
from kernel.mail_server import mail_server
from kernel.opening import parse_question
from kernel.outbound.host import EventService
from kernel.outbound.queries import notifications_of
from kernel.outbound.resolver import Reach
from kernel.postgres import connect
from kernel.request.entry import event_of
from kernel.roster import Absence, Rota
from kernel.secrets import Keyring
from kernel.validation import validated
from services.notifier_svc import wiring as notifier
from services.notifier_svc.channels import carriers
from services.notifier_svc.mail import letterhead
from services.timeout_svc import wiring as timeouts
from tests.support.eventually import eventually
from tests.support.front_door import ALL, House, front_door
from tests.support.log_facts import log_facts
from tests.support.parts import running
from tests.unit.outbound.mail_sink import mail_sink

TENANT = "acme"
# Seconds lie between whatever one process does and what the clock does next: others may be slow.
INCIDENT = {
    "kind": "incident",
    "title": "Incident",
    "decisions": [{"name": "approve", "means": "approve"}, {"name": "reject", "means": "reject"}],
    "candidates": {"teams": ["payments"]},
    "channels": ["email", "web"],
    "deadline": {"after": "40h", "business": "office", "then": "reject"},
    "reminders": ["8h"],
    "claim": "6s",
    "assign": {"by": "least_loaded"},
    "priorities": {
        "urgent": {
            "after": "11s",
            "business": "always",
            "reminders": ["6s", "1s"],
            "ladder": [
                {"name": "on call", "after": "3s", "on_call": "payments"},
                {"name": "lead", "after": "1s", "candidates": {"roles": ["lead"]}},
            ],
        }
    },
}
OFFICE = {
    "title": "Office",
    "zone": "Europe/Berlin",
    "weekly": {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
}


@dataclass
class Town:
    """The running system, a tenant with people, and its agent's client."""

    house: House
    people: dict[str, str]
    bearer: str

    async def simulated(self, at: datetime, **question: Any) -> Simulated:
        door = self.house.door
        return await simulated(
            self.house.settings,
            door.directory,
            door.pool,
            tenant=TENANT,
            question=parse_question(body(**question)),
            asker="agents.review",
            at=at,
        )

    async def story(self, request_id: str) -> list[tuple[Entry, Event]]:
        entries = (await log_facts(self.house.settings)).entries
        mine = [entry for entry in entries if entry.request_id == request_id]
        return [(entry, event_of(one)) for entry in mine for one in entry.events]


def body(**question: Any) -> bytes:
    return json.dumps({"title": "Refund all?", "type": "incident", **question}).encode()


@pytest.fixture
async def town(kafka: str, database: str, topic_prefix: str) -> AsyncGenerator[Town]:
    async with (
        mail_sink() as sink,
        front_door(kafka, database, topic_prefix, smtp_url=sink.url) as house,
    ):
        settings = house.settings
        make = partial(
            notifier.build,
            head=letterhead("Handraise <raise@example.org>", settings.public_url),
            server=mail_server(settings.smtp_url),
            keyring=Keyring.of(settings),
        )
        services = [
            EventService(settings, "notifier_svc", make),
            EventService(settings, "timeout_svc", timeouts.build),
        ]
        async with running(services, services[0].readiness):
            yield await settled(house)


async def settled(house: House) -> Town:
    directory = house.door.directory
    await house.tenant(TENANT)
    people: dict[str, str] = {}
    for name, roles in (
        ("ann", ("reviewer",)),
        ("ben", ("reviewer",)),
        ("lee", (Role.LEAD,)),
        ("zoe", ("reviewer",)),
    ):
        made = await directory.people.create(
            tenant=TENANT,
            email=f"{name}@acme.test",
            name=name.capitalize(),
            roles=roles,
            teams=("payments",) if name in {"ann", "ben"} else (),
        )
        people[name] = made.id
    rota = {
        "zone": "UTC",
        "people": [people["ben"]],
        "starts": "2026-01-01T00:00",
        "turn": "1d",
    }
    await directory.duty.put_rota(TENANT, "payments", validated(Rota, rota), by="test")
    now = house.door.clock()
    out = Absence(
        person=people["lee"],
        begins_at=now - timedelta(hours=1),
        ends_at=now + timedelta(days=1),
        substitute=people["zoe"],
    )
    await directory.duty.put_absence(TENANT, out, by="test")
    await directory.kinds.put(TENANT, "incident", INCIDENT, by="test")
    return Town(house, people, await house.key(TENANT, abilities=ALL))


Said = tuple[str, timedelta, Any]


def said(events: list[Event], opened_at: datetime) -> list[Said]:
    """What can be foretold to the microsecond: what comes how long after the opening."""
    found: list[tuple[str, datetime | None, Any]] = []
    for event in events:
        match event:
            case Requested(deadline=deadline):
                found.append(("Requested", deadline, None))
            case Escalated(level=level, due_at=due_at):
                found.append(("Escalated", due_at, level))
            case Reminded(number=number, due_at=due_at):
                found.append(("Reminded", due_at, number))
            case TimedOut(deadline=deadline, response=response):
                found.append(("TimedOut", deadline, response and response.decision))
            case _:
                pass
    return [(name, at - opened_at, what) for name, at, what in found if at is not None]


async def test_the_ladder_of_an_unanswered_urgent_request_is_as_it_was_foretold(
    town: Town,
) -> None:
    before = town.house.door.clock()
    foretold = await town.simulated(before, priority="urgent")
    async with town.house.client(town.bearer) as agent:
        opened = await agent.post(
            "/api/v1/requests",
            content=body(priority="urgent"),
            headers={"Content-Type": "application/json"},
        )
    assert opened.status_code == 201, opened.text
    key = opened.json()["id"]

    async def closed() -> list[tuple[Entry, Event]]:
        story = await town.story(key)
        return story if any(isinstance(event, TimedOut) for _, event in story) else []

    story = await eventually(closed, within_seconds=60)
    events = [step.envelope.data for step in foretold.simulation.steps]
    happened = [event for _, event in story]
    assert said(events, before) == said(happened, story[0][0].received_at)
    assert len(said(events, before)) == 6
    assert owners(events) == owners(happened)
    assert len(owners(events)) == 2, "given, and given on"
    wanted = told(foretold)

    async def heard() -> Counter[tuple[str, str, str]]:
        found = await deliveries(town, key)
        return found if found.total() >= wanted.total() else Counter()

    assert await eventually(heard) == wanted
    assert ("escalated", "email", "zoe@acme.test") in wanted
    assert ("escalated", "email", "lee@acme.test") not in wanted
    assert Counter(wanted)["escalated", "email", "ben@acme.test"] == 1, "who is on call"


def owners(events: list[Event]) -> list[str | None]:
    return [event.assignee.person for event in events if isinstance(event, Assigned)]


def told(foretold: Simulated) -> Counter[tuple[str, str, str]]:
    return Counter(
        (step.envelope.event_type.rpartition(".")[2], one.channel, one.target)
        for step in foretold.simulation.steps
        for one in step.told
    )


async def deliveries(town: Town, request_id: str) -> Counter[tuple[str, str, str]]:
    pool = await connect(town.house.settings.pg_dsn, max_size=1)
    rows = await notifications_of(pool, request_id, TENANT)
    await pool.close()
    return Counter((row.event, row.channel, row.recipient) for row in rows)


async def test_business_hours_the_command_line_and_the_channels_agree_with_the_real_thing(
    town: Town,
) -> None:
    directory = town.house.door.directory
    await directory.duty.put_calendar(TENANT, "office", validated(Calendar, OFFICE), by="test")
    async with town.house.client(town.bearer) as agent:
        opened = await agent.post(
            "/api/v1/requests", content=body(), headers={"Content-Type": "application/json"}
        )
    assert opened.status_code == 201, opened.text
    key = opened.json()["id"]
    (entry, event) = (await town.story(key))[0]
    foretold = await town.simulated(entry.received_at)
    asked = foretold.simulation.steps[0].envelope.data
    assert isinstance(event, Requested)
    assert isinstance(asked, Requested)
    assert asked.deadline == event.deadline
    assert asked.policy.business == event.policy.business
    printed = "\n".join(lines(foretold))
    assert "The deadline answers: reject" in printed
    assert "Released" not in printed
    settings = town.house.settings
    head = letterhead("Handraise <raise@example.org>", settings.public_url)
    server = mail_server(settings.smtp_url)
    table = carriers(settings, directory, head, server, Reach.of(settings))
    assert channels_of(settings) == table.channels
