"""Deadlines, reminders and ladders with the real writer: each step once, and as it stands now."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from event_schemas.types import (
    Actor,
    ActorKind,
    Candidates,
    Command,
    DecisionOption,
    Entry,
    Escalate,
    Escalated,
    Event,
    Extend,
    LadderStep,
    Means,
    RefusalReason,
    Reminded,
    Reply,
    Respond,
    Revise,
    TimedOut,
)
from kernel.clock import utc_now
from kernel.commands import CommandClient
from kernel.kafka import create_topics
from kernel.outbound.host import EventService
from kernel.postgres import connect, migrate
from kernel.request.entry import event_of
from kernel.service import Readiness
from kernel.settings import Settings
from services.request_svc.wiring import deciding_parts
from services.timeout_svc.timer import SERVICE
from services.timeout_svc.wiring import build
from tests.support import questions
from tests.support.eventually import eventually
from tests.support.log_facts import log_facts
from tests.support.parts import running
from tests.support.questions import AGENT

NO_DATABASE = "postgresql://127.0.0.1:1/none"
MIGRATIONS = Path("services/timeout_svc/migrations")
CHANGES = DecisionOption(name="request_changes", label="Ask for changes", means=Means.CHANGES)
LEA = Actor(
    kind=ActorKind.PERSON, id="lea", tenant="demo", roles=("lead",), auth="jwt", channel="api"
)


@dataclass
class Desk:
    """A writer at work, and somebody who sends it commands."""

    settings: Settings
    client: CommandClient

    async def ask(self, command: Command) -> Reply:
        """The writer's reply."""
        reply = await self.client.ask(command, 20)
        assert reply is not None
        return reply

    async def opened(self, timeout_seconds: int, **rules: Any) -> str:
        """A request with these rules."""
        asked = questions.opening(policy=questions.policy(**rules), timeout_seconds=timeout_seconds)
        command = questions.command(asked)
        assert (await self.ask(command)).refusal is None
        return command.request_id

    async def story(self, request_id: str) -> list[tuple[Entry, Event]]:
        """What has happened to a request so far."""
        entries = (await log_facts(self.settings)).entries
        mine = [entry for entry in entries if entry.request_id == request_id]
        return [(entry, event_of(one)) for entry in mine for one in entry.events]

    async def until(self, request_id: str, last: type[Event]) -> list[tuple[Entry, Event]]:
        """Its story, once it has come to an event of this kind."""

        async def look() -> list[tuple[Entry, Event]]:
            story = await self.story(request_id)
            return story if any(isinstance(event, last) for _, event in story) else []

        return await eventually(look, within_seconds=60)


@asynccontextmanager
async def desk(settings: Settings, copies: int) -> AsyncGenerator[Desk]:
    """A writer without a database, and copies of the timer service with the one they are given."""
    await create_topics(settings)
    readiness = Readiness("deciding", "commands", "replies")
    alone = settings.model_copy(update={"pg_dsn": NO_DATABASE})
    client = CommandClient(alone, readiness)
    timers = [EventService(settings, SERVICE, build) for _ in range(copies)]
    async with running([*deciding_parts(alone, readiness), client, *timers], readiness):
        yield Desk(settings, client)


@pytest.fixture
async def at(kafka: str, database: str, topic_prefix: str) -> AsyncGenerator[Desk]:
    settings = Settings(kafka=kafka, pg_dsn=database, topic_prefix=topic_prefix, partitions=2)
    pool = await connect(database)
    await migrate(pool, "timers", MIGRATIONS)
    await pool.close()
    async with desk(settings, copies=2) as made:
        yield made


def names(story: list[tuple[Entry, Event]]) -> list[str]:
    return [type(event).__name__ for _, event in story]


def ladder(*after_seconds: int) -> tuple[LadderStep, ...]:
    return tuple(
        LadderStep(name=f"rung {n}", after_seconds=seconds, candidates=Candidates())
        for n, seconds in enumerate(after_seconds)
    )


async def test_reminders_rungs_and_the_end_come_once_each_and_never_early(at: Desk) -> None:
    key = await at.opened(7, remind_before_seconds=(4, 2), ladder=ladder(1, 3))
    story = await at.until(key, TimedOut)
    assert names(story) == [
        "Requested", "Escalated", "Reminded", "Escalated", "Reminded", "TimedOut", "Completed",
    ]  # fmt: skip
    for entry, event in story:
        if isinstance(event, Escalated | Reminded):
            assert event.due_at is not None
            assert entry.received_at >= event.due_at
        if isinstance(event, TimedOut):
            assert entry.received_at >= event.deadline


async def test_a_rung_that_a_person_climbed_moves_the_rest_and_is_not_climbed_again(
    at: Desk,
) -> None:
    key = await at.opened(8, ladder=ladder(2, 3))
    climbed = await at.ask(questions.command(Escalate(reason="now"), key, LEA))
    assert climbed.refusal is None
    story = await at.until(key, TimedOut)
    rungs = [(entry, event) for entry, event in story if isinstance(event, Escalated)]
    assert [event.level for _, event in rungs] == [1, 2]
    assert rungs[1][1].due_at == rungs[0][0].received_at + timedelta(seconds=3)


async def test_a_moved_deadline_holds_and_an_answered_request_never_ends_by_itself(
    at: Desk,
) -> None:
    moved, answered = await at.opened(2), await at.opened(2)
    assert (await at.ask(questions.approve(answered))).refusal is None
    later = utc_now().replace(microsecond=0) + timedelta(seconds=5)
    assert (await at.ask(questions.command(Extend(deadline=later), moved, LEA))).refusal is None
    story = await at.until(moved, TimedOut)
    ends = [(entry, event) for entry, event in story if isinstance(event, TimedOut)]
    assert [event.deadline for _, event in ends] == [later]
    assert ends[0][0].received_at >= later
    assert "TimedOut" not in names(await at.story(answered))


async def test_while_changes_are_made_no_rung_is_climbed_and_then_the_ladder_begins_anew(
    at: Desk,
) -> None:
    plain = questions.policy()
    key = await at.opened(
        60,
        decisions=(*plain.decisions, CHANGES),
        max_revisions=1,
        revise_within_seconds=600,
        ladder=ladder(2),
    )
    wish = Respond(decision="request_changes", comment="Say why.")
    assert (await at.ask(questions.command(wish, key))).refusal is None
    await at.until(await at.opened(3), TimedOut)
    assert "Escalated" not in names(await at.story(key))
    changed = Revise(title="Deploy 1.4.1?", context="{}", content_hash="1" * 64)
    assert (await at.ask(questions.command(changed, key, AGENT))).refusal is None
    story = await at.until(key, Escalated)
    revised = next(entry for entry, event in story if type(event).__name__ == "Revised")
    (rung,) = [event for _, event in story if isinstance(event, Escalated)]
    assert rung.due_at == revised.received_at + timedelta(seconds=2)


async def test_without_postgres_and_so_without_timers_a_late_answer_is_refused(
    kafka: str, topic_prefix: str
) -> None:
    settings = Settings(kafka=kafka, pg_dsn=NO_DATABASE, topic_prefix=topic_prefix, partitions=2)
    async with desk(settings, copies=1) as at:
        key = await at.opened(1)
        deadline = utc_now() + timedelta(seconds=1.5)

        async def passed() -> bool:
            return utc_now() > deadline

        await eventually(passed)
        assert names(await at.story(key)) == ["Requested"]
        reply = await at.ask(questions.approve(key))
        assert reply.refusal is not None
        assert reply.refusal.reason is RefusalReason.LATE
        assert names(await at.story(key)) == ["Requested", "TimedOut", "Completed"]
        again = await at.ask(replace(questions.approve(key), command_id="another"))
        assert again.refusal is not None
