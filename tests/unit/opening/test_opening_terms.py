"""By when: the terms of the question's priority, by the hours of its calendar."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from event_schemas.types import BusinessHours, Open
from kernel.calendars import Calendar, business_hours
from kernel.errors import Invalid
from kernel.opening import Requester, open_command, parse_question
from kernel.validation import validated
from task_kinds.kind import Kind
from task_kinds.loader import kind_from

WEEK = {"mon": ["09:00-17:00"], "tue": ["09:00-17:00"]}
OFFICE = business_hours(
    "office",
    validated(Calendar, {"title": "Office", "zone": "Europe/Berlin", "weekly": WEEK}),
    datetime(2026, 3, 2, tzinfo=UTC),
)


def kind(**over: Any) -> Kind:
    return kind_from(
        {
            "kind": "refund",
            "title": "Refund",
            "decisions": [{"name": "approve", "means": "approve"}],
            "deadline": {"after": "8h", "business": "office"},
            "reminders": ["2h"],
            "ladder": [{"name": "lead", "after": "4h", "candidates": {"roles": ["lead"]}}],
            "priorities": {"urgent": {"after": "30m", "business": "always", "ladder": []}},
            **over,
        }
    )


def opened(of: Kind, hours: BusinessHours | None = OFFICE, **asked: Any) -> Open:
    question = parse_question(json.dumps({"title": "Pay?", **asked}).encode())
    return open_command(question, of, Requester(id="agent"), hours=hours)


def test_the_calendars_hours_come_with_the_policy() -> None:
    command = opened(kind())
    assert command.policy.business == OFFICE
    assert command.timeout_seconds == 8 * 3600


def test_a_priority_that_counts_always_takes_no_calendar() -> None:
    command = opened(kind(), None, priority="urgent")
    assert command.policy.business is None
    assert (command.timeout_seconds, command.policy.ladder) == (1800, ())
    assert command.policy.remind_before_seconds == ()


def test_minutes_that_the_asker_gives_are_meant_by_the_clock() -> None:
    command = opened(kind(), timeout_minutes=90)
    assert command.policy.business == replace(OFFICE, counts_deadline=False)
    assert command.timeout_seconds == 5400


@pytest.mark.parametrize(
    ("of", "hours", "said"),
    [
        (kind(), None, "office"),
        (kind(deadline={"after": "900h", "business": "office"}), OFFICE, "rarely"),
        (
            kind(
                deadline={"after": "3h", "then": "escalate", "business": "office"},
                ladder=[{"name": "a", "after": "800h", "candidates": {"roles": ["lead"]}}],
            ),
            OFFICE,
            "rarely",
        ),
    ],
)
def test_a_calendar_that_is_not_there_or_hardly_ever_open_is_a_flaw_of_the_kind(
    of: Kind, hours: BusinessHours | None, said: str
) -> None:
    with pytest.raises(Invalid) as caught:
        opened(of, hours)
    (flaw,) = caught.value.flaws
    assert flaw.pointer == "/type"
    assert said in flaw.detail
