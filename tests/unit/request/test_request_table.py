"""What each command comes to in each state, and that anyone may try."""

from dataclasses import replace
from typing import Any

import pytest

from event_schemas.types import (
    COMMANDS,
    CallbackSent,
    Cancel,
    RecordCallback,
    RefusalReason,
    State,
)
from kernel.request.evolve import evolve
from kernel.request.model import Context
from services.request_svc.judging.phases import PHASES
from tests.unit.request.everyone import BODIES, EVERYONE
from tests.unit.request.given import Story, given
from tests.unit.request.samples import (
    ANN,
    BOT,
    CALLBACK,
    CLOCK,
    DAY,
    HOUR,
    LEA,
    NOON,
    NOTIFIER,
    POSTMAN,
    REQUEST_ID,
    TENANT,
    answer,
    policy,
    question,
    rung,
)

RULES = policy(
    max_revisions=2, receipt_seconds=DAY, ladder=(rung("lead", 1800),), remind_before_seconds=(60,)
)
CONTEXT = Context(
    request_id=REQUEST_ID,
    tenant=TENANT,
    actor=ANN,
    at=NOON,
    received_at=NOON,
    entry_hash=bytes(32),
    index=0,
)


def reached(state: State) -> Story:
    """A request that has come to a state, asked by the bot, claimed and answered by ann."""
    story = given(rules=RULES, callback=CALLBACK)
    match state:
        case State.PENDING:
            return story
        case State.NOTIFIED:
            return story.when(NOTIFIER, BODIES_BY_NAME["RecordNotification"])
        case State.ASSIGNED:
            return story.when(ANN, BODIES_BY_NAME["Claim"])
        case State.IN_PROGRESS:
            return story.when(ANN, BODIES_BY_NAME["Start"])
        case State.REVISING:
            return story.when(ANN, answer("request_changes"))
        case State.TIMED_OUT:
            return story.when(CLOCK, BODIES_BY_NAME["Expire"], after=HOUR)
        case State.CANCELLED:
            return story.when(BOT, Cancel())
        case _:
            return after_the_answer(story.when(ANN, answer()), state)


def after_the_answer(story: Story, state: State) -> Story:
    delivery = story.state.callback_id
    if state is State.CALLBACK_SENT:
        sent = CallbackSent(delivery_id=delivery, status_code=200, attempts=1)
        story.request = evolve(story.request, sent, CONTEXT)
    if state is State.COMPLETED:
        done = RecordCallback(delivery_id=delivery, delivered=True, status_code=200, attempts=1)
        story.when(POSTMAN, done)
    return story


BODIES_BY_NAME: dict[str, Any] = {kind.__name__: body for kind, body in BODIES.items()}
BODIES_BY_NAME["RecordNotification"] = replace(BODIES_BY_NAME["RecordNotification"], notice_id="n0")
RIGHT_ONE = {
    "Open": BOT,
    "Revise": BOT,
    "Redeem": BOT,
    "Cancel": BOT,
    "Assign": LEA,
    "Escalate": LEA,
    "Expire": CLOCK,
    "Remind": CLOCK,
    "RecordNotification": NOTIFIER,
    "RecordCallback": POSTMAN,
}

# One row per command, one column per state: `yes` something happens, `-` nothing does, else the
# reason of the refusal.
TABLE = """
                   pending     notified    assigned    in_progress revising    responded       timed_out       cancelled       callback_sent   completed
Open               -           -           -           -           -           -               -               -               -               -
Respond            yes         yes         yes         yes         wrong_state already_decided late            already_decided already_decided already_decided
Claim              yes         yes         -           -           wrong_state already_decided already_decided already_decided already_decided already_decided
Start              yes         yes         yes         -           wrong_state already_decided already_decided already_decided already_decided already_decided
Release            wrong_state wrong_state yes         yes         wrong_state already_decided already_decided already_decided already_decided already_decided
Assign             yes         yes         yes         yes         wrong_state already_decided already_decided already_decided already_decided already_decided
Escalate           yes         yes         yes         yes         wrong_state already_decided already_decided already_decided already_decided already_decided
Comment            yes         yes         yes         yes         yes         yes             yes             yes             yes             yes
Extend             yes         yes         yes         yes         yes         already_decided already_decided already_decided already_decided already_decided
Reprioritise       yes         yes         yes         yes         yes         already_decided already_decided already_decided already_decided already_decided
Cancel             yes         yes         yes         yes         yes         already_decided already_decided already_decided already_decided already_decided
Revise             wrong_state wrong_state wrong_state wrong_state yes         already_decided late            already_decided already_decided already_decided
Redeem             wrong_state wrong_state wrong_state wrong_state wrong_state yes             wrong_state     wrong_state     yes             yes
Expire             too_early   too_early   too_early   too_early   -           -               -               -               -               -
Remind             too_early   too_early   too_early   too_early   -           -               -               -               -               -
RecordNotification yes         yes         yes         yes         yes         yes             yes             yes             yes             yes
RecordCallback     yes         yes         yes         yes         yes         yes             yes             yes             yes             yes
"""  # noqa: E501
_header, *_rows = [line.split() for line in TABLE.strip().splitlines()]
CELLS = [
    pytest.param(row[0], State(state), expected, id=f"{row[0]}-{state}")
    for row in _rows
    for state, expected in zip(_header, row[1:], strict=True)
]


def test_the_table_holds_every_command_and_state() -> None:
    assert _header == [state.value for state in State]
    assert sorted(row[0] for row in _rows) == sorted(kind.__name__ for kind in COMMANDS)
    assert set(PHASES) == set(COMMANDS)


@pytest.mark.parametrize(("command", "state", "expected"), CELLS)
def test_what_a_command_comes_to_in_a_state(command: str, state: State, expected: str) -> None:
    story = reached(state).then_is(state)
    body = BODIES_BY_NAME[command]
    if command == "Open":
        body = question(rules=RULES, callback=CALLBACK)
    if command == "RecordNotification":
        body = replace(body, notice_id="another")
    story.when(RIGHT_ONE.get(command, ANN), body)
    if expected == "yes":
        assert story.events
        assert story.last.refusal is None, story.last.refusal
    elif expected == "-":
        story.then_nothing()
    else:
        story.then_refused(RefusalReason(expected))


@pytest.mark.parametrize("state", State)
def test_anyone_may_try_anything_at_any_time(state: State) -> None:
    for after in (0, 2 * HOUR):
        for actor in EVERYONE.values():
            for body in BODIES.values():
                story = reached(state).when(actor, body, after=after)
                mine = [applied for applied in story.news if not applied.by_policy]
                assert not (story.last.refusal and mine), "a refusal changes nothing"
