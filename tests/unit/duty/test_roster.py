"""Who stands in for whom, and who is on call."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Invalid
from kernel.roster import Absence, Roster, Rota
from kernel.validation import validated

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WEEKLY = {
    "zone": "Europe/Berlin",
    "people": ["ann", "ben", "cat"],
    "starts": "2026-03-02T09:00",
    "turn": "1w",
}


def away(person: str, substitute: str | None = None, *, days: float = 7) -> Absence:
    return Absence(
        person=person, begins_at=NOON - DAY, ends_at=NOON + DAY * days, substitute=substitute
    )


def roster(*absences: Absence, **rotas: dict[str, Any]) -> Roster:
    return Roster(
        absences={one.person: one for one in absences},
        rotas={team: validated(Rota, WEEKLY | given_so) for team, given_so in rotas.items()},
    )


def test_who_is_there_stands_for_themselves() -> None:
    assert roster().there_for("ann", NOON) == "ann"
    gone = roster(away("ann", "ben", days=1))
    assert gone.there_for("ann", NOON + DAY) == "ann", "back at the end"


def test_substitutes_of_substitutes_are_asked_three_deep() -> None:
    chain = roster(away("ann", "ben"), away("ben", "cat"), away("cat", "dan"))
    assert chain.there_for("ann", NOON) == "dan"
    deeper = roster(*chain.absences.values(), away("dan", "eve"))
    assert deeper.there_for("ann", NOON) is None
    assert deeper.there_for("ben", NOON) == "eve"


def test_nobody_stands_in_where_nobody_is_named_or_it_goes_in_a_circle() -> None:
    assert roster(away("ann")).there_for("ann", NOON) is None
    assert roster(away("ann", "ben"), away("ben", "ann")).there_for("ann", NOON) is None


def test_a_substitute_knows_whose_place_it_takes() -> None:
    book = roster(away("ann", "cat"), away("ben", "cat"), away("dan"))
    assert book.stands_in_for("cat", NOON) == ("ann", "ben")
    assert book.stands_in_for("ann", NOON) == ()


def test_a_circle_of_overlapping_absences_is_found_before_it_is_made() -> None:
    book = roster(away("ben", "cat"), away("cat", "ann"))
    assert book.circle_of(away("ann", "ben")) == ("ann", "ben", "cat")
    after = Absence(
        person="ann", begins_at=NOON + DAY * 7, ends_at=NOON + DAY * 9, substitute="ben"
    )
    assert book.circle_of(after) == ()
    assert book.circle_of(away("ann", "dan")) == ()
    assert book.circle_of(away("ann", "ann")) == ("ann",)


@given(
    st.dictionaries(st.sampled_from("abcdefg"), st.sampled_from("abcdefg"), max_size=7),
    st.sampled_from("abcdefg"),
)
def test_whoever_stands_in_is_there(substitutes: dict[str, str], person: str) -> None:
    book = roster(*(away(one, other) for one, other in substitutes.items()))
    there = book.there_for(person, NOON)
    assert there is None or there not in substitutes


def test_turns_change_by_the_wall_clock_also_over_summer_time() -> None:
    book = roster(ops={})
    assert book.on_call("ops", NOON) == "ann"
    assert book.on_call("ops", datetime(2026, 3, 9, 7, 59, tzinfo=UTC)) == "ann"
    assert book.on_call("ops", datetime(2026, 3, 9, 8, 0, tzinfo=UTC)) == "ben"
    assert book.on_call("ops", datetime(2026, 3, 30, 6, 59, tzinfo=UTC)) == "ann", "summer time"
    assert book.on_call("ops", datetime(2026, 3, 30, 7, 0, tzinfo=UTC)) == "ben"
    assert book.on_call("ops", datetime(2026, 3, 2, 7, 59, tzinfo=UTC)) is None, "not begun"
    assert book.on_call("nobody", NOON) is None


def test_the_last_override_comes_first() -> None:
    overrides = [
        {"person": "dan", "begins_at": "2026-03-02T11:00:00Z", "ends_at": "2026-03-02T13:00:00Z"},
        {"person": "eve", "begins_at": "2026-03-02T12:30:00Z", "ends_at": "2026-03-02T14:00:00Z"},
    ]
    book = roster(ops={"overrides": overrides})
    at = [book.on_call("ops", NOON + timedelta(minutes=minutes)) for minutes in (0, 30, 60, 120)]
    assert at == ["dan", "eve", "eve", "ann"]


def test_the_absent_are_not_called() -> None:
    assert roster(away("ann", "zoe"), ops={}).on_call("ops", NOON) == "zoe"
    assert roster(away("ann"), ops={}).on_call("ops", NOON) == "ben"
    assert roster(*map(away, ("ann", "ben", "cat")), ops={}).on_call("ops", NOON) is None


@pytest.mark.parametrize(
    "over",
    [
        {"people": []},
        {"turn": "59m"},
        {"turn": "soon"},
        {"starts": "2026-03-02T09:00:00Z"},
        {"starts": "monday"},
        {"zone": "Mars/Olympus"},
        {"overrides": [{"person": "a", "begins_at": "2026-03-02T11:00", "ends_at": "2026"}]},
        {
            "overrides": [
                {
                    "person": "a",
                    "begins_at": "2026-03-02T11:00:00Z",
                    "ends_at": "2026-03-02T11:00:00Z",
                }
            ]
        },
    ],
)
def test_what_is_no_rota_is_refused(over: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        validated(Rota, WEEKLY | over)
