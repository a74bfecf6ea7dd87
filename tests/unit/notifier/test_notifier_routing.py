"""Who hears of it, and on which channel."""

from collections.abc import Sequence
from typing import Any

import pytest

from event_schemas.types import (
    Assigned,
    Assignee,
    Candidates,
    Commented,
    Escalated,
    Event,
    Recipient,
    Released,
    Reminded,
    Revised,
    Routing,
    StageOpened,
)
from services.notifier_svc.notice import Brief, Notice, Why, notice_of
from services.notifier_svc.reach import Someone, Told, ways
from services.notifier_svc.routing import (
    Known,
    asks_candidates,
    named_people,
    with_channels,
)
from services.notifier_svc.routing import who_hears as heard_by
from tests.unit.outbound.envelopes import OPENED, envelope, policy, received, requested

ADA = Someone(id="ada", email="Ada@Example.org")
BOB = Someone(id="bob", email="bob@example.org")
EVE = Someone(id="eve", email="eve@example.org")
QUEUE = Told("web", "queue")
LEADS = Candidates(roles=("lead",))
ESCALATED = Escalated(level=1, name="team lead", candidates=LEADS, reason="nobody looked")
REMINDED = Reminded(number=1, due_at=OPENED, deadline=OPENED)


def mail(person: Someone) -> Told:
    return Told("email", person.email.lower(), person.id)


def who_hears(notice: Notice, brief: Brief, known: Known) -> list[Told]:
    """Who is told on which channel, where nobody has wishes of their own."""
    channels = notice.channels or brief.question.routing.channels
    heard = heard_by(notice, brief, known)
    people = [way for one in heard.people for way in ways(one, notice.priority, channels).told]
    return with_channels([*heard.addresses, *people], channels)


def notice(event: Event, **status: Any) -> Notice:
    made = notice_of(envelope(event, **status))
    assert made is not None
    return made


def brief(
    channels: Sequence[str] = (), recipients: Sequence[Recipient] = (), **rules: Any
) -> Brief:
    routing = Routing(channels=tuple(channels), recipients=tuple(recipients))
    question = requested(routing, policy=policy(**rules))
    return Brief(question=question, title=question.title, description=None)


def known(*, audience: Sequence[Someone] = (), candidates: Sequence[Someone] = ()) -> Known:
    return Known(
        audience=audience,
        candidates=candidates,
        by_id={"ada": ADA, "bob": BOB},
        by_email={"ada@example.org": ADA},
    )


def test_named_recipients_hear_on_the_channel_of_their_address() -> None:
    told = who_hears(
        notice(requested()),
        brief(
            ["email", "slack"],
            [
                Recipient(email=" Senior@Company.example "),
                Recipient(slack_user_id="U123456"),
                Recipient(slack_channel="#reviews"),
                Recipient(phone="+4912345"),
                Recipient(person="bob"),
                Recipient(person="nobody"),
            ],
        ),
        known(candidates=[ADA]),
    )
    assert told == [
        mail(BOB),
        Told("email", "senior@company.example"),
        Told("slack", "#reviews"),
        Told("slack", "U123456"),
        Told("sms", "+4912345"),
    ]


def test_without_recipients_those_who_may_answer_get_a_mail() -> None:
    told = who_hears(notice(requested()), brief(["email", "web"]), known(candidates=[BOB, ADA]))
    assert told == [mail(ADA), mail(BOB), QUEUE]


def test_who_names_the_queue_alone_has_nobody_mailed() -> None:
    assert who_hears(notice(requested(Routing())), brief(["web"]), known(candidates=[ADA])) == [
        QUEUE
    ]


def test_when_nobody_can_be_told_the_queue_counts() -> None:
    assert who_hears(notice(requested()), brief(["email"]), known()) == [QUEUE]
    assert who_hears(notice(requested()), brief(), known()) == [QUEUE]


def test_nobody_is_told_twice() -> None:
    twice = [Recipient(email="ada@example.org"), Recipient(email="ADA@EXAMPLE.ORG")]
    told = who_hears(
        notice(requested()), brief(["web"], [*twice, Recipient(person="ada")]), known()
    )
    assert told == [mail(ADA), QUEUE]


def test_a_channel_that_nobody_is_named_for_still_shows() -> None:
    told = who_hears(notice(requested()), brief(["email", "slack"]), known(candidates=[ADA]))
    assert told == [mail(ADA), Told("slack", "slack")]


def test_who_must_not_answer_is_not_asked() -> None:
    told = who_hears(
        notice(requested()), brief(["email"], excluded=("ada",)), known(candidates=[ADA, BOB])
    )
    assert told == [mail(BOB)]


def test_a_crowd_is_not_mailed_one_by_one() -> None:
    crowd = [Someone(id=f"p{n:04}", email=f"p{n:04}@example.org") for n in range(400)]
    told = who_hears(notice(requested()), brief(["email"]), known(candidates=crowd))
    assert len(told) == 50


def test_an_escalation_is_for_the_people_of_the_rung() -> None:
    told = who_hears(
        notice(ESCALATED),
        brief(["email", "web"], [Recipient(email="first@example.org")]),
        known(audience=[EVE], candidates=[ADA]),
    )
    assert told == [mail(EVE), QUEUE]


def test_an_empty_rung_falls_back_to_those_asked_first() -> None:
    first = brief(["email"], [Recipient(email="first@example.org")])
    assert who_hears(notice(ESCALATED), first, known()) == [Told("email", "first@example.org")]


def test_a_rung_brings_its_own_channels() -> None:
    rung = Escalated(level=1, name="boss", candidates=LEADS, channels=("sms",))
    told = who_hears(notice(rung), brief(["email", "web"]), known(audience=[EVE]))
    assert told == [mail(EVE), Told("sms", "sms")]


def test_a_reminder_is_for_the_one_who_took_it() -> None:
    told = who_hears(
        notice(REMINDED, assignee=Assignee(person="bob")),
        brief(["email"], [Recipient(email="first@example.org")]),
        known(candidates=[ADA]),
    )
    assert told == [mail(BOB)]


def test_a_reminder_of_what_nobody_took_is_for_all_asked() -> None:
    told = who_hears(notice(REMINDED), brief(["email"]), known(candidates=[ADA, BOB]))
    assert told == [mail(ADA), mail(BOB)]


def test_an_owner_chosen_by_another_is_told() -> None:
    chosen = notice(Assigned(assignee=Assignee(person="bob"), claimed=False, reason="knows it"))
    assert (chosen.why, chosen.audience, chosen.note) == (
        Why.ASSIGNED,
        Candidates(people=("bob",)),
        "knows it",
    )
    assert who_hears(chosen, brief(["email"]), known(audience=[BOB])) == [mail(BOB)]


@pytest.mark.parametrize(
    "event",
    [
        Assigned(assignee=Assignee(person="bob"), claimed=True),
        Assigned(assignee=Assignee(person="user-456"), claimed=False),
        Released(from_person="user-456", reason="lunch"),
        Released(),
    ],
)
def test_what_one_does_oneself_is_no_news(event: Event) -> None:
    assert notice_of(envelope(event)) is None


@pytest.mark.parametrize(
    ("event", "why", "note"),
    [
        (requested(), Why.ASKED, None),
        (
            Revised(
                revision=2, title="t", context="{}", content_hash="x", note="smaller", form=None
            ),
            Why.REVISED,
            "smaller",
        ),
        (REMINDED, Why.REMINDED, None),
        (ESCALATED, Why.ESCALATED, "team lead: nobody looked"),
        (StageOpened(stage=1, name="legal", candidates=LEADS), Why.STAGE, "legal"),
        (Assigned(assignee=Assignee(team="ops"), claimed=False), Why.ASSIGNED, None),
        (Released(from_person="bob", reason="Bob has left"), Why.RELEASED, "Bob has left"),
        (Commented(text="hm"), Why.COMMENTED, "hm"),
        (received(None).data, Why.ANSWERED, "approve: LGTM"),
    ],
)
def test_each_event_that_concerns_people_is_a_notice(
    event: Event, why: Why, note: str | None
) -> None:
    made = notice(event)
    assert (made.why, made.note) == (why, note)


def test_only_the_people_needed_are_looked_up() -> None:
    named = brief(["email"], [Recipient(person="ada"), Recipient(email="x@example.org")])
    assert named_people(notice(REMINDED, assignee=Assignee(person="bob")), named) == {"ada", "bob"}
    assert asks_candidates(notice(requested()), named) is None
    assert asks_candidates(notice(requested()), brief(candidates=LEADS)) == LEADS
