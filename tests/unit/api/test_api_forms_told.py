"""People are told in words what came of an answer, and how much time is left."""

from datetime import timedelta

import pytest

from api.web.notices import notice_of_flaws, notice_of_refusal, notice_told
from api.web.time_words import span, time_left
from event_schemas.types import Refusal, RefusalReason, Winner
from kernel.errors import Flaw, Invalid
from tests.unit.api.moments import NOON


def test_who_was_first_is_named() -> None:
    winner = Winner(event="Received", actor_id="p1", decision="approve", at=NOON)
    refusal = Refusal(reason=RefusalReason.ALREADY_DECIDED, detail="d", winner=winner)
    assert "Kim was first: approve" in notice_of_refusal(refusal, {"p1": "Kim"}).text


@pytest.mark.parametrize("reason", RefusalReason)
def test_every_refusal_can_be_told(reason: RefusalReason) -> None:
    notice = notice_of_refusal(Refusal(reason=reason, detail="d"), {})
    assert notice.tone == "bad"
    assert notice.text


def test_flaws_are_told_by_field() -> None:
    notice = notice_of_flaws(Invalid("x", (Flaw("/data/limit", "is too small"),)))
    assert "limit is too small" in notice.text


def test_an_address_can_only_ask_for_our_own_words() -> None:
    assert notice_told("taken") is not None
    assert notice_told("<b>") is None


def test_time_is_told_in_words() -> None:
    assert time_left(None, NOON) == "no deadline"
    assert time_left(NOON + timedelta(hours=3, minutes=12), NOON) == "3 h 12 min left"
    assert time_left(NOON, NOON) == "overdue"
    assert [span(timedelta(seconds=s)) for s in (45, 60, 3600, 90000, 86400 * 3)] == [
        "45 s",
        "1 min",
        "1 h",
        "1 d 1 h",
        "3 d",
    ]
