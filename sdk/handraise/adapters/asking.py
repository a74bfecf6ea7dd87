"""What a paused run asks: opened once, however often it is asked, and its answers found."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, TypedDict

from handraise.approvals.canonical import digest
from handraise.client import Handraise
from handraise.errors import Invalid, StillOpen
from handraise.models import Json, Priority, Request
from handraise.outcomes import Outcome, outcome_of
from handraise.question import Question

_LONGEST_LINE = 200
_FIRST_LOOK_SECONDS = 1


class Terms(TypedDict, total=False):
    """On which terms a library's questions are asked; the fields are those of `Question`."""

    kind: str
    description: str
    decisions: Sequence[Any]
    routing: Json
    priority: Priority
    timeout: timedelta | float
    principal_id: str
    metadata: Json
    agent_id: str
    correlation_id: str
    callback_webhook: str
    callback_secret: str


def bound(question: Question, *, workflow_id: str, place: str, about: Any) -> Question:
    """The question, known by where it is asked (`place` in a workflow) and what it is about.

    Asked again about the same, in any process, it is the same request. Asked about anything else
    in the same place, it is another one: an answer never passes to what nobody was shown.
    `about` is a JSON value.
    """
    checkpoint_id = f"{place}-{digest(about)[:32]}"
    return {
        **question,
        "workflow_id": workflow_id,
        "checkpoint_id": checkpoint_id,
        "idempotency_key": f"paused-{digest([workflow_id, checkpoint_id])}",
    }


async def asked(hand: Handraise, questions: Mapping[str, Question]) -> dict[str, Request]:
    """The requests of these questions, under the same names; opened where they were not yet."""
    opened = await asyncio.gather(*(_opened(hand, one) for one in questions.values()))
    return dict(zip(questions, opened, strict=True))


async def outcomes(
    hand: Handraise, questions: Mapping[str, Question], at_most: timedelta | None
) -> dict[str, Outcome]:
    """What came of these questions, under the same names.

    Waits for all of them, or `at_most` so long for those that are answered by then; opens what
    nobody has asked yet.
    """
    requests = (await asked(hand, questions)).values()
    found = await asyncio.gather(*(_outcome(hand, one.id, at_most) for one in requests))
    return {name: one for name, one in zip(questions, found, strict=True) if one is not None}


def one_line(text: str) -> str:
    """A title out of any text."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"


async def _opened(hand: Handraise, question: Question) -> Request:
    try:
        return await hand.request(**question)
    except Invalid as refused:
        if refused.code != "key_reused":
            raise
        # Asked before on other terms: by a worker of another version, or with another deadline.
        before = await hand.get(refused.problem["request_id"])
        same_place = before.checkpoint_id == question.get("checkpoint_id")
        if not same_place or (before.context or {}) != (question.get("context") or {}):
            raise
        return before


async def _outcome(hand: Handraise, request_id: str, at_most: timedelta | None) -> Outcome | None:
    first_look = timedelta(seconds=_FIRST_LOOK_SECONDS)
    done = await hand.poll(request_id, seconds=_FIRST_LOOK_SECONDS)
    if done is not None:
        return outcome_of(done)
    if at_most is not None and at_most <= first_look:
        return None
    left = None if at_most is None else at_most - first_look
    try:
        return await hand.wait(request_id, at_most=left)
    except StillOpen:
        return None
