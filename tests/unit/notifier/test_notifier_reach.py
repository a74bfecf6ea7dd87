"""By which ways one person is told."""

from typing import Any

from event_schemas.types import Priority
from kernel.directory.preferences import Preferences
from services.notifier_svc.reach import Someone, Told, ways

HIGH, LOW = Priority.HIGH, Priority.LOW


def ada(*, browsers: tuple[str, ...] = (), in_slack: bool = False, **wishes: Any) -> Someone:
    return Someone(
        id="ada",
        email="Ada@Example.org",
        preferences=Preferences(**wishes),
        browsers=browsers,
        in_slack=in_slack,
    )


def by(channel: str, target: str) -> Told:
    return Told(channel, target, "ada")


MAIL = by("email", "ada@example.org")


def test_who_said_nothing_gets_a_mail() -> None:
    assert ways(ada(), HIGH, ()).told == (MAIL,)
    assert ways(ada(), HIGH, ("web",)).told == (MAIL,)


def test_who_said_nothing_is_told_on_the_requests_channels_that_lead_to_them() -> None:
    reachable = ada(phone="+4930123456", in_slack=True)
    assert ways(reachable, HIGH, ("sms", "slack")).told == (
        by("sms", "+4930123456"),
        by("slack", "ada@example.org"),
    )
    assert ways(ada(), HIGH, ("sms",)).told == (MAIL,)


def test_an_own_choice_for_a_priority_wins_over_the_requests_channels() -> None:
    chosen = ada(phone="+4930123456", channels={HIGH: ("sms",), LOW: ()})
    assert ways(chosen, HIGH, ("email",)).told == (by("sms", "+4930123456"),)
    assert ways(chosen, LOW, ("email",)).told == ()
    assert ways(chosen, Priority.URGENT, ("email",)).told == (MAIL,)


def test_browsers_that_were_asked_for_are_told_besides() -> None:
    told = ways(ada(browsers=("b1", "b2")), HIGH, ("email",)).told
    assert told == (MAIL, by("push", "b1"), by("push", "b2"))


def test_each_chat_of_a_person_is_told_by_its_name() -> None:
    told = ways(ada(chats=("home", "work"), channels={HIGH: ("chat",)}), HIGH, ()).told
    assert told == (by("chat", "ada/home"), by("chat", "ada/work"))


def test_the_other_way_is_one_that_is_not_taken_already() -> None:
    chosen = {HIGH: ("sms",)}
    reserve = ada(phone="+4930123456", channels=chosen, fallback="email")
    assert ways(reserve, HIGH, ()).reserve == (MAIL,)
    same = ada(phone="+4930123456", channels=chosen, fallback="sms")
    assert ways(same, HIGH, ()).reserve == ()
    assert ways(ada(channels={HIGH: ()}, fallback="email"), HIGH, ()).reserve == ()
