"""The queue's pure parts: addresses, filters, rows, time left, and what several requests share."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.datastructures import QueryParams

from api.identity.access import RULES
from api.web.navigation import PLACES, places_for
from api.web.queue_choices import choices_of
from api.web.queue_query import QueueQuery, View, filters_of, query_of_text, read_query
from api.web.queue_rows import NOTHING, Looking, Row, people_in, row_of
from api.web.urgency import left_of
from event_schemas.types import ActorKind, Assignee, Outcome, Priority, State
from kernel.directory.principals import Auth, Principal, Role
from kernel.ids import new_id
from projections.inbox.glance import Glance
from projections.inbox.shown import RequestLine
from projections.inbox.sorting import Sort

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def person(*roles: str, teams: tuple[str, ...] = ()) -> Principal:
    return Principal(
        kind=ActorKind.PERSON,
        id="kim",
        tenant="demo",
        name="Kim",
        auth=Auth.SESSION,
        roles=roles or (Role.REVIEWER,),
        teams=teams,
    )


def a_line(**over: Any) -> RequestLine:
    fields: dict[str, Any] = dict.fromkeys(RequestLine.__dataclass_fields__)
    fields |= {
        "id": "r1",
        "tenant": "demo",
        "version": 3,
        "revision": 1,
        "kind": "code_review",
        "state": State.NOTIFIED,
        "open": True,
        "priority": Priority.HIGH,
        "requester_id": "agents.review",
        "title": "Merge?",
        "facets": {},
        "view": "diff",
        "votes": [],
        "votes_needed": 1,
        "revisions_used": 0,
        "max_revisions": 3,
        "created_at": NOW - timedelta(hours=3, minutes=12),
        "updated_at": NOW,
        "timeout_at": NOW + timedelta(minutes=50),
    }
    return RequestLine(**(fields | over))


def a_row(line: RequestLine, glance: Glance = NOTHING, **over: Any) -> Row:
    looking = Looking(over.pop("who", person()), NOW, {"lou": "Lou", "kim": "Kim"})
    return row_of(line, glance, looking, **over)


def option(name: str, means: str, *, needs_comment: bool = False) -> dict[str, Any]:
    return {
        "name": name,
        "label": name.capitalize(),
        "means": means,
        "needs_comment": needs_comment,
    }


@pytest.mark.parametrize(
    ("left", "text", "urgency"),
    [
        (timedelta(days=2, hours=3), "2 d 3 h left", "calm"),
        (timedelta(hours=24), "1 d left", "today"),
        (timedelta(hours=3, minutes=12), "3 h 12 min left", "today"),
        (timedelta(minutes=60), "1 h left", "soon"),
        (timedelta(minutes=15), "15 min left", "now"),
        (timedelta(minutes=9, seconds=7), "9 min 07 s left", "now"),
        (timedelta(seconds=59), "59 s left", "now"),
        (timedelta(0), "overdue", "over"),
        (timedelta(seconds=-1), "overdue", "over"),
    ],
)
def test_time_left_is_told_in_words_and_urgency(left: timedelta, text: str, urgency: str) -> None:
    found = left_of(NOW + left, NOW)
    assert (found.text, found.urgency) == (text, urgency)


def test_without_a_deadline_nothing_counts_down() -> None:
    assert left_of(None, NOW).deadline == ""


def test_an_address_survives_being_read_and_written() -> None:
    query = QueueQuery(
        view=View.DECIDED,
        q="two words",
        kinds=("code_review", "a&b=c"),
        priorities=(Priority.URGENT, Priority.LOW),
        principal="acme",
        asker="agents.review",
        workflow="wf 7",
        facet="risk:high",
        age="240",
        sort=Sort.DUE_FIRST,
    )
    assert query_of_text(query.text()) == query


@pytest.mark.parametrize(
    "hostile",
    [
        "view=nothing&sort=;DROP&priority=huge&age=-1&cursor=%00",
        "view=waiting&view=mine&kind=&kind=",
        "q=" + "x" * 5000,
        "%ff=%fe&q=%ed%a0%80",
        "&".join(f"kind=k{n}" for n in range(500)),
    ],
)
def test_what_is_unknown_in_an_address_narrows_nothing(hostile: str) -> None:
    query = query_of_text(hostile)
    assert len(query.text()) < 5000
    filters_of(query, person(), NOW)


def test_each_view_means_its_own_requests() -> None:
    kim = person(teams=("ops", "legal"))

    def of(view: View) -> Any:
        return filters_of(QueueQuery(view=view), kim, NOW)

    assert State.REVISING not in of(View.WAITING).states
    assert of(View.MINE).assigned_person == "kim"
    assert of(View.TEAMS).assigned_teams == ("ops", "legal")
    assert of(View.UNASSIGNED).unassigned
    assert of(View.CHANGES).states == (State.REVISING,)
    assert State.TIMED_OUT in of(View.DECIDED).states
    assert of(View.ALL).states == ()


def test_what_presses_comes_first_where_one_waits_and_what_is_new_elsewhere() -> None:
    assert QueueQuery().order is Sort.PRIORITY
    assert QueueQuery(view=View.DECIDED).order is Sort.NEWEST
    assert read_query(QueryParams("view=decided&sort=timeout_at")).order is Sort.DUE_FIRST


def test_the_risk_is_at_stake_before_other_facets() -> None:
    row = a_row(a_line(facets={"branch": "main", "risk": "high"}))
    assert (row.stake_name, row.stake) == ("risk", "high")
    assert a_row(a_line(facets={"reversible": False})).stake == "no"


def test_a_row_says_when_and_by_whom_it_was_asked_and_what_is_left() -> None:
    row = a_row(a_line(agent_id="reviewer-bot"))
    assert (row.age, row.asker, row.kind) == ("3 h ago", "reviewer-bot", "code review")
    assert row.left is not None
    assert row.left.text == "50 min left"


def test_who_holds_it_may_release_it_and_nobody_else_claims_it() -> None:
    mine = a_row(a_line(state=State.ASSIGNED, assigned_to=Assignee(person="kim")))
    other = a_row(a_line(state=State.ASSIGNED, assigned_to=Assignee(person="lou")))
    free = a_row(a_line())
    of_team = a_row(a_line(assigned_to=Assignee(team="ops")))
    assert [(r.may_claim, r.may_release) for r in (mine, other, free, of_team)] == [
        (False, True),
        (False, False),
        (True, False),
        (True, False),
    ]
    assert other.holder == "Lou"


def test_only_what_may_be_a_person_is_looked_up() -> None:
    kim, lou = new_id(), new_id()
    lines = [
        a_line(requester_id=kim),
        a_line(requester_id="agents.review"),
        a_line(requester_id=new_id(), agent_id="bot", assigned_to=Assignee(person=lou)),
    ]
    assert people_in(lines) == {kim, lou}


def test_who_only_reads_claims_nothing_and_votes_are_not_claimed() -> None:
    assert not a_row(a_line(), who=person(Role.ANALYST)).may_claim
    shared = a_row(a_line(votes_needed=2, votes=[{}]))
    assert (shared.may_claim, shared.state) == (False, "1 of 2 answers")


@pytest.mark.parametrize(
    ("line", "state", "tone"),
    [
        (
            a_line(
                state=State.COMPLETED,
                open=False,
                outcome=Outcome.ANSWERED,
                responded_by="lou",
                response={"decision": "approve", "means": "approve"},
            ),
            "Ship it by Lou",
            "good",
        ),
        (
            a_line(state=State.CANCELLED, open=False, outcome=Outcome.CANCELLED),
            "withdrawn",
            "quiet",
        ),
        (a_line(state=State.TIMED_OUT, open=False, outcome=Outcome.TIMED_OUT), "timed out", "bad"),
        (a_line(state=State.REVISING), "changes requested", "warn"),
    ],
    ids=["answered", "cancelled", "timed out", "revising"],
)
def test_what_is_decided_shows_the_decision(line: RequestLine, state: str, tone: str) -> None:
    glance = Glance("", [option("approve", "approve") | {"label": "Ship it"}], has_form=False)
    row = a_row(line, glance)
    assert (row.state, row.tone) == (state, tone)
    assert (row.left is None) is not line.open


def test_what_the_list_has_no_more_can_not_be_picked() -> None:
    row = a_row(a_line(), gone=True)
    assert (row.may_pick, row.may_claim) == (False, False)


def test_several_offer_only_what_all_offer_with_one_meaning() -> None:
    plain = Glance("", [option("approve", "approve"), option("reject", "reject")], has_form=False)
    strict = Glance(
        "",
        [option("reject", "reject", needs_comment=True), option("approve", "answer")],
        has_form=False,
    )
    [choice] = choices_of([plain, strict])
    assert (choice.name, choice.needs_comment) == ("reject", True)
    assert [c.name for c in choices_of([plain, plain])] == ["approve", "reject"]
    assert choices_of([plain, None]) == []
    assert [c.name for c in choices_of([plain, replace(plain, has_form=True)])] == ["reject"]


def test_the_bar_leads_only_where_one_may_go() -> None:
    names = {place.name for place in places_for(person())}
    assert "load" not in names
    assert {place.name for place in places_for(person(Role.LEAD))} == names | {"load"}
    assert all(place.operation in RULES for place in PLACES)
    assert len({place.keys for place in PLACES}) == len(PLACES)
