"""The course of a question that nobody answers, by the writer's own judgement."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from api.simulating.course import MOST_EVENTS, Course, played
from api.simulating.words import ending, sentence
from event_schemas.types import (
    Assign,
    Assignee,
    AutoDecision,
    Command,
    DeadlineAction,
    Envelope,
    Outcome,
    RefusalReason,
    Released,
    Requested,
)
from kernel.commands import command_for
from kernel.request.model import Request
from tests.unit.request.samples import (
    HOUR,
    MINUTE,
    NOON,
    NOTIFIER,
    at_deadline,
    later_by,
    policy,
    question,
    rung,
)

Reaction = Callable[[Envelope, Request, Requested], Awaitable[Command | None]]
LADDER = (rung("lead", 20 * MINUTE, "lea"), rung("chief", 20 * MINUTE, "ada"))


async def nothing(_event: Envelope, _request: Request, _asked: Requested) -> Command | None:
    return None


async def course(reacts: Reaction = nothing, seconds: int | None = HOUR, **rules: Any) -> Course:
    asked = question(rules=policy(**rules), timeout_seconds=seconds)
    return await played(asked, "demo", NOON, reacts)


def told(found: Course) -> list[tuple[str, float]]:
    return [
        (type(one.data).__name__, (one.timestamp - NOON) / timedelta(minutes=1))
        for one in found.events
    ]


async def test_everything_comes_in_its_time_until_the_end() -> None:
    found = await course(ladder=LADDER, remind_before_seconds=(30 * MINUTE,))
    assert told(found) == [
        ("Requested", 0),
        ("Escalated", 20),
        ("Reminded", 30),
        ("Escalated", 40),
        ("TimedOut", 60),
        ("Completed", 60),
    ]
    assert found.request is not None
    assert found.request.state.outcome is Outcome.TIMED_OUT
    assert not found.cut


async def test_a_deadline_that_escalates_moves_on() -> None:
    climbs = at_deadline(DeadlineAction.ESCALATE)
    found = await course(seconds=10 * MINUTE, ladder=LADDER, deadline=climbs)
    assert told(found)[1:4] == [("Escalated", 10), ("Escalated", 30), ("TimedOut", 50)]


async def test_without_a_deadline_it_waits() -> None:
    found = await course(seconds=None, ladder=LADDER)
    assert [name for name, _ in told(found)] == ["Requested", "Escalated", "Escalated"]
    assert ending(None, cut=False).endswith("no deadline.")


async def test_what_is_handed_out_and_runs_out_is_handed_on_but_not_told_for_ever() -> None:
    async def hand(event: Envelope, _request: Request, asked: Requested) -> Command | None:
        assert asked.title
        if not isinstance(event.data, Requested | Released):
            return None
        return command_for(
            Assign(assignee=Assignee(person="ann"), reason="By turns."),
            request_id=event.metadata.request_id,
            actor=NOTIFIER,
            now=event.timestamp,
        )

    found = await course(hand, claim_seconds=25 * MINUTE)
    assert told(found)[:6] == [
        ("Requested", 0),
        ("Assigned", 0),
        ("Released", 25),
        ("Assigned", 25),
        ("Released", 50),
        ("Assigned", 50),
    ]
    assert told(found)[-1][1] == 60
    endless = await course(hand, seconds=None, claim_seconds=1)
    assert endless.cut
    assert len(endless.events) == MOST_EVENTS


async def test_a_rule_that_answers_ends_it_and_a_bad_question_is_refused() -> None:
    by_rule = AutoDecision(rule="approval.small", rule_version=1, decision="approve")
    asked = question(auto_decision=by_rule)
    found = await played(asked, "demo", NOON, nothing)
    assert found.request is not None
    assert found.request.state.outcome is Outcome.ANSWERED
    assert "Received" in [name for name, _ in told(found)]
    refused = await course(quorum=0)
    assert refused.events == ()
    assert refused.refusal is not None
    assert refused.refusal.reason is RefusalReason.INVALID


async def test_every_event_has_a_sentence() -> None:
    found = await course(ladder=LADDER, remind_before_seconds=(30 * MINUTE,))
    said = [sentence(one, {}) for one in found.events]
    assert all(one.endswith(".") for one in said)
    assert said[1].startswith("Nobody has answered: rung 1, lead")
    assert found.events[0].request.deadline == later_by(HOUR)
