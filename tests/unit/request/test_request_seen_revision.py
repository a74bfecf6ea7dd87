"""A command that names the revision which its sender looked at is for no other."""

from dataclasses import replace

import pytest

from event_schemas.types import (
    Assign,
    Assignee,
    Cancel,
    Claim,
    Command,
    CommandBody,
    Extend,
    Priority,
    RefusalReason,
    Release,
    Reprioritise,
    Revise,
)
from services.request_svc.judging.decide import Decided, decide
from tests.unit.request.given import Story, command, given
from tests.unit.request.samples import BOT, DAY, HASH, LEA, answer, policy

BODIES: tuple[CommandBody, ...] = (
    Claim(),
    Release(),
    Assign(assignee=Assignee(person="ann")),
    Cancel(),
    Extend(seconds=2 * DAY),
    Reprioritise(priority=Priority.URGENT),
)


def revised() -> Story:
    story = given(rules=policy(max_revisions=1, revise_within_seconds=DAY))
    story.when(LEA, answer("request_changes"))
    story.when(BOT, Revise(title="?", context="{}", content_hash=HASH))
    return story.when(LEA, Claim())


def judged(story: Story, body: CommandBody, revision: int | None) -> Decided:
    made: Command = replace(command(LEA, body, number=99), revision=revision)
    return decide(made, body, story.request, story.now, story.at)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
def test_a_command_for_another_revision_is_refused_and_changes_nothing(body: CommandBody) -> None:
    story = revised()
    for seen in (1, 3):
        decided = judged(story, body, seen)
        assert decided.refusal is not None
        assert decided.refusal.reason is RefusalReason.STALE_REVISION
        assert decided.refusal.revision == 2
        assert decided.events == ()


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
def test_a_command_for_this_revision_or_for_any_is_taken(body: CommandBody) -> None:
    for seen in (2, None):
        assert judged(revised(), body, seen).refusal is None


def test_the_end_of_a_request_is_told_rather_than_its_revision() -> None:
    story = given().when(BOT, Cancel())
    refusal = judged(story, Claim(), 7).refusal
    assert refusal is not None
    assert refusal.reason is RefusalReason.ALREADY_DECIDED
