"""Requests are given to people by themselves, on real tables: fairly, once, to who is there."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from event_schemas.types import (
    Assign,
    AssignBy,
    Assigned,
    Assignee,
    Assigning,
    Candidates,
    Command,
    Envelope,
    Escalated,
    Event,
    Notified,
    Received,
    Released,
    Stage,
    StageOpened,
    State,
)
from kernel.codec import decode
from kernel.directory.directory import COMPONENT, MIGRATIONS, Directory
from kernel.errors import Invalid, Unavailable
from kernel.ids import new_id
from kernel.outbound.database import Database
from kernel.postgres import connect, migrate
from kernel.roster import Absence, Rota
from kernel.secrets import Keyring
from kernel.settings import Settings
from kernel.validation import validated
from services.notifier_svc.assigning.book import Book
from services.notifier_svc.assigning.chooser import MOST_CHOICES, Chooser
from services.notifier_svc.assigning.desk import AssigningDesk
from tests.unit.outbound.envelopes import ANSWERED, envelope, policy, received, requested

LOAD = Assigning(by=AssignBy.LEAST_LOADED, among=Candidates())
TURNS = Assigning(by=AssignBy.ROUND_ROBIN, among=Candidates())


@dataclass
class Post:
    """Takes commands down; away while `broken`."""

    sent: list[Command] = field(default_factory=list)
    broken: bool = False

    async def send(self, command: Command) -> None:
        if self.broken:
            raise Unavailable("the broker is away")
        self.sent.append(command)


class Floor:
    """A tenant, its people, and copies of the desk."""

    def __init__(self, pool: Any, directory: Directory) -> None:
        self.pool = pool
        self.directory = directory
        self.post = Post()
        self.tenant = f"t{new_id()[:8]}"
        self.people: dict[str, str] = {}

    async def open(self, *names: str) -> "Floor":
        await self.directory.tenants.create(tenant=self.tenant, name="Acme")
        for name in names:
            made = await self.directory.people.create(
                tenant=self.tenant, email=f"{name}@{self.tenant}.test", name=name
            )
            self.people[name] = made.id
        return self

    def desk(self) -> AssigningDesk:
        directory = self.directory
        book = Book(Database(self.pool))
        return AssigningDesk(book, Chooser(directory.people), directory.duty, self.post)

    def asked(
        self, rule: Assigning | None = LOAD, key: str | None = None, **rules: Any
    ) -> Envelope:
        data = requested(policy=policy(assign=rule, **rules))
        return self.event(data, new_id(), 1)

    def event(self, data: Event, key: str, version: int, **over: Any) -> Envelope:
        return envelope(data, request_id=key, tenant=self.tenant, version=version, **over)

    def holds(self, key: str, version: int, name: str) -> Envelope:
        owner = Assignee(person=self.people[name])
        data = Assigned(assignee=owner, claimed=True)
        return self.event(data, key, version, state=State.ASSIGNED, assignee=owner)

    def back(self, key: str, version: int, name: str) -> Envelope:
        return self.event(Released(from_person=self.people[name]), key, version)

    @property
    def given(self) -> list[tuple[str, str]]:
        """Which request went to whom, in order."""
        names = {key: name for name, key in self.people.items()}
        found: list[tuple[str, str]] = []
        for command in self.post.sent:
            body = decode(command.body)
            assert isinstance(body, Assign)
            assert body.reason
            found.append((command.request_id, names[body.assignee.person or ""]))
        return found


@pytest.fixture(scope="module")
def migrated(module_database: str) -> str:
    async def tables() -> None:
        pool = await connect(module_database, min_size=1, max_size=1)
        await migrate(pool, COMPONENT, MIGRATIONS)
        await migrate(pool, "notifier", Path("services/notifier_svc/migrations"))
        await pool.close()

    asyncio.run(tables())
    return module_database


@pytest.fixture
async def floor(migrated: str) -> AsyncGenerator[Floor]:
    pool = await connect(migrated, max_size=6)
    directory = Directory(pool, Keyring.of(Settings(local=True)))
    yield await Floor(pool, directory).open("ann", "ben", "cat")
    await pool.close()


async def test_many_at_once_are_spread_evenly_by_several_copies(floor: Floor) -> None:
    events = [floor.asked() for _ in range(30)]
    copies = [floor.desk() for _ in range(3)]
    await asyncio.gather(*(desk.handle(events[n::3]) for n, desk in enumerate(copies)))
    assert Counter(name for _, name in floor.given) == {"ann": 10, "ben": 10, "cat": 10}


async def test_turns_go_round_also_after_a_restart(floor: Floor) -> None:
    for _ in range(7):
        await floor.desk().handle([floor.asked(TURNS)])
    names = [name for _, name in floor.given]
    assert names[:3] == names[3:6]
    assert len(set(names[:3])) == 3
    assert names[6] == names[0]


async def test_the_same_event_gives_the_same_once_it_was_sent(floor: Floor) -> None:
    event = floor.asked()
    floor.post.broken = True
    with pytest.raises(Unavailable):
        await floor.desk().handle([event])
    floor.post.broken = False
    for _ in range(3):
        await floor.desk().handle([event])
    assert len(floor.given) == 1
    assert len({command.command_id for command in floor.post.sent}) == 1


async def test_what_somebody_took_meanwhile_is_theirs_and_counts_as_their_load(
    floor: Floor,
) -> None:
    taken, desk = floor.asked(), floor.desk()
    key = taken.metadata.request_id
    # There is no order between topics: the claim comes before the question.
    await desk.handle([floor.holds(key, 2, "ann")])
    await desk.handle([taken])
    assert floor.given == []
    for _ in range(2):
        await desk.handle([floor.asked()])
    assert sorted(name for _, name in floor.given) == ["ben", "cat"]


async def test_what_was_given_back_goes_to_another_and_what_is_closed_counts_no_more(
    floor: Floor,
) -> None:
    desk, asked = floor.desk(), floor.asked()
    key = asked.metadata.request_id
    await desk.handle([asked])
    (_, first) = floor.given[0]
    await desk.handle([floor.holds(key, 2, first), floor.back(key, 3, first)])
    (_, second) = floor.given[1]
    assert second != first
    owner = Assignee(person=floor.people[second])
    closed = received(None, request_id=key, tenant=floor.tenant, version=9, assignee=owner)
    # The end is heard before the assignment that it follows.
    await desk.handle([closed])
    await desk.handle([floor.holds(key, 4, second)])
    await desk.handle([floor.asked() for _ in range(3)])
    assert sorted(name for _, name in floor.given[2:]) == ["ann", "ben", "cat"]


async def test_a_request_is_not_handed_round_for_ever(floor: Floor) -> None:
    desk, asked = floor.desk(), floor.asked()
    key = asked.metadata.request_id
    await desk.handle([asked])
    for n in range(MOST_CHOICES + 5):
        await desk.handle([floor.back(key, 2 + n, floor.given[-1][1])])
    assert len(floor.given) == MOST_CHOICES


async def test_the_absent_and_the_barred_are_passed_over(floor: Floor) -> None:
    ann, ben, cat = (floor.people[name] for name in ("ann", "ben", "cat"))
    await away(floor, ann, None)
    desk = floor.desk()
    await desk.handle([floor.asked(excluded=(ben,)) for _ in range(3)])
    assert {name for _, name in floor.given} == {"cat"}
    await desk.handle([floor.asked(excluded=(ben, cat))])
    assert len(floor.given) == 3, "nobody is left"
    only_ann = replace(LOAD, among=Candidates(people=(ann,)))
    await away(floor, ann, ben)
    await desk.handle([floor.asked(only_ann)])
    assert floor.given[-1][1] == "ben"
    assert "Stands in" in (decode(floor.post.sent[-1].body).reason or "")
    own = floor.event(requested(policy=policy(assign=only_ann), requester_id=ben), new_id(), 1)
    await desk.handle([own])
    assert len(floor.given) == 4, "who stands in may not answer their own question"


async def away(floor: Floor, person: str, substitute: str | None) -> None:
    absence = Absence(
        person=person,
        begins_at=ANSWERED - timedelta(days=2000),
        ends_at=ANSWERED + timedelta(days=1),
        substitute=substitute,
    )
    await floor.directory.duty.put_absence(floor.tenant, absence, by="test")


async def test_skills_decide_where_the_kind_asks_for_them(floor: Floor) -> None:
    await floor.directory.duty.put_skills(floor.tenant, floor.people["ben"], ["german"], "test")
    rule = Assigning(by=AssignBy.SKILL, among=Candidates(), skills=("german",))
    await floor.desk().handle([floor.asked(rule), floor.asked(rule)])
    assert {name for _, name in floor.given} == {"ben"}
    await floor.desk().handle([floor.asked(replace(rule, skills=("law",)))])
    assert len(floor.given) == 2


async def test_a_rung_goes_to_whoever_is_on_call_then(floor: Floor) -> None:
    people = [floor.people[name] for name in ("cat", "ann")]
    rota = {"zone": "UTC", "people": people, "starts": "2030-01-15T00:00", "turn": "12h"}
    await floor.directory.duty.put_rota(floor.tenant, "payments", validated(Rota, rota), by="test")
    rung = Escalated(level=1, name="on call", candidates=Candidates(), on_call="payments")
    desk = floor.desk()
    await desk.handle([floor.event(rung, new_id(), 3)])
    held = floor.asked(None)
    await desk.handle([floor.holds(held.metadata.request_id, 2, "ben")])
    await desk.handle([floor.event(rung, held.metadata.request_id, 3)])
    later = floor.event(rung, new_id(), 3, timestamp=ANSWERED + timedelta(hours=1))
    await desk.handle([later])
    assert [name for _, name in floor.given] == ["cat", "ann"]


async def test_a_stage_for_one_is_given_away_and_one_for_several_is_not(floor: Floor) -> None:
    many = Stage(name="peers", candidates=Candidates(), quorum=2)
    one = Stage(name="chief", candidates=Candidates(people=(floor.people["cat"],)), quorum=1)
    asked = floor.asked(stages=(many, one))
    await floor.desk().handle([asked])
    assert floor.given == []
    opened = StageOpened(stage=1, name="chief", candidates=one.candidates)
    await floor.desk().handle([floor.event(opened, asked.metadata.request_id, 5)])
    assert [name for _, name in floor.given] == ["cat"]


async def test_kinds_that_leave_requests_in_the_queue_cost_no_rows(floor: Floor) -> None:
    asked = floor.asked(None)
    key = asked.metadata.request_id
    told = Notified(notice_id="n", sent=1, failed=0)
    end = received(None, request_id=key, tenant=floor.tenant)
    await floor.desk().handle([asked, floor.event(told, key, 2), end])
    rows = "SELECT count(*) FROM notifier.holdings WHERE tenant = $1"
    assert await floor.pool.fetchval(rows, floor.tenant) == 0
    assert isinstance(end.data, Received)


async def test_an_absence_that_leads_back_or_to_nobody_is_refused(floor: Floor) -> None:
    ann, ben = floor.people["ann"], floor.people["ben"]
    await away(floor, ann, ben)
    with pytest.raises(Invalid):
        await away(floor, ben, ann)
    with pytest.raises(Invalid):
        await away(floor, ben, "nobody")
    await floor.directory.duty.end_absence(floor.tenant, ann)
    await away(floor, ben, ann)
    roster = await floor.directory.duty.roster(floor.tenant)
    assert roster.there_for(ben, ANSWERED) == ann
