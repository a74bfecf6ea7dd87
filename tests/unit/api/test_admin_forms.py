"""Plain forms: what was typed stays, flaws stand at their fields, roles are told in words."""

from datetime import time

import pytest

from api.web.admin.person_form import Offered, rights_of, rights_sheet
from api.web.admin.role_words import words_of
from api.web.admin.sections import sections_for
from api.web.filling import Sheet
from api.web.settings.told_form import input_of, sheet_of
from event_schemas.types import ActorKind, Priority
from kernel.directory.preferences import Digest, Preferences, Quiet
from kernel.directory.principals import Auth, Principal, Role
from kernel.errors import Flaw, Invalid

KEPT = Preferences(
    language="de",
    time_zone="Europe/Berlin",
    channels={Priority.URGENT: ("sms", "push"), Priority.LOW: ("email",)},
    quiet=Quiet(begin=time(22), end=time(6, 30)),
    digest=Digest.DAILY,
    at_most=5,
    fallback="sms",
    phone="+49301234567",
    chats=("team-room",),
)


def pointers_of(fields: dict[str, str]) -> set[str]:
    with pytest.raises(Invalid) as wrong:
        input_of(fields)
    return {flaw.pointer for flaw in wrong.value.flaws}


def test_preferences_that_are_sent_back_untouched_stay_as_they_are() -> None:
    sent = input_of(sheet_of(KEPT).values)
    assert (sent.language, sent.time_zone, sent.digest) == ("de", "Europe/Berlin", "daily")
    assert {k: set(v) for k, v in sent.channels.items()} == {
        "urgent": {"sms", "push"},
        "low": {"email"},
    }
    assert sent.quiet is not None
    assert sent.quiet.times() == (time(22), time(6, 30))
    assert (sent.at_most, sent.fallback, sent.phone) == (5, "sms", "+49301234567")


def test_a_chat_stays_while_its_box_is_ticked_and_a_new_one_needs_both() -> None:
    assert input_of({"keep.a": "1", "chat_name": "b", "chat_address": "tgram://x"}).chats == {
        "a": None,
        "b": "tgram://x",
    }
    assert pointers_of({"chat_name": "b"}) == {"/chat_address"}
    assert pointers_of({"chat_address": "tgram://x"}) == {"/chat_name"}


@pytest.mark.parametrize(
    ("fields", "places"),
    [
        ({"quiet.begin": "22:00"}, {"/quiet/end"}),
        ({"quiet.begin": "22:00", "quiet.end": "25:00"}, {"/quiet/end"}),
        ({"at_most": "many"}, {"/at_most"}),
        ({"phone": "030"}, {"/phone"}),
        ({"time_zone": "Mars/Base"}, {"/time_zone"}),
        ({"channels.urgent.fax": "1"}, {"/channels/urgent/0"}),
    ],
)
def test_what_can_not_be_is_told_at_its_field(fields: dict[str, str], places: set[str]) -> None:
    assert pointers_of(fields) == places


def test_a_flaw_stands_at_its_field_and_at_no_other() -> None:
    sheet = Sheet(flaws=(Flaw("/roles/0", "none"), Flaw("/role", "other")))
    assert sheet.flaws_of("roles") == ("none",)
    assert sheet.flaws_of("role") == ("other",)
    assert sheet.problem == "Nothing was saved. Roles: none; Role: other."


@pytest.mark.parametrize(
    "fields",
    [{"phone": "030"}, {"at_most": "many"}, {"at_most": "0"}, {"digest": "weekly"}],
)
def test_flaws_are_told_in_words_for_people(fields: dict[str, str]) -> None:
    with pytest.raises(Invalid) as wrong:
        input_of(fields)
    told = Sheet().with_flaws(wrong.value).problem
    assert not {"String", "Input", "pattern"} & set(told.replace(":", " ").split())


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("reviewer", "answers questions"),
        ("reviewer:refund", "answers questions, only of the kind refund"),
        ("reviewer:refund:acme", "answers questions, only of the kind refund about acme"),
        ("reviewer:*:acme", "answers questions, only about acme"),
        ("dba", "is asked where a kind says so"),
    ],
)
def test_roles_are_told_in_words(role: str, words: str) -> None:
    assert words_of(role) == words


def test_roles_and_teams_that_are_sent_back_untouched_stay_as_they_are() -> None:
    choice = Offered(roles={"reviewer": "", "admin": ""}, teams={"payments": "Payments"})
    sheet = rights_sheet(choice, ["admin", "reviewer:refund"], ["payments"])
    assert rights_of(sheet.values) == {"roles": ["admin", "reviewer:refund"], "teams": ["payments"]}


def test_each_sees_the_sections_that_are_theirs() -> None:
    def seen(*roles: str) -> list[str]:
        who = Principal(
            kind=ActorKind.PERSON, id="p", tenant="t", name="P", auth=Auth.SESSION, roles=roles
        )
        return [one.label for one in sections_for(who)]

    assert seen(Role.OPERATOR) == ["Deliveries", "Dead letters"]
    assert seen(Role.REVIEWER) == []
    assert len(seen(Role.ADMIN)) == 8
