"""The dead letters' page: in which order, whose they are, and what is never shown."""

from datetime import UTC, datetime, timedelta

import pytest

from api.web.admin.letter_pages import visible_to
from api.web.admin.letter_shape import Letter, letter_in, shape, tenant_of
from api.web.admin.letters import AT_A_TIME, ends_in, leaf, mark_of
from event_schemas.types import Actor, ActorKind, Claim, DeadLetter
from kernel.codec import encode
from kernel.commands import command_for
from kernel.directory.principals import Auth, Principal, Role
from kernel.errors import Invalid

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def letter(tenant: str | None = "acme", *, partition: int = 0, offset: int = 0) -> Letter:
    return Letter(
        partition=partition,
        offset=offset,
        at=NOW + timedelta(minutes=offset),
        tenant=tenant,
        cause="Invalid",
        detail="told",
        origin="human.input.asks 0/1",
        version="1.0",
        key="k",
        size=3,
        digest="00",
        form="text",
        shown="abc",
    )


def person(*roles: str) -> Principal:
    return Principal(
        kind=ActorKind.PERSON, id="o", tenant="acme", name="O", auth=Auth.SESSION, roles=roles
    )


def commanded(tenant: str, origin: str) -> DeadLetter:
    actor = Actor(kind=ActorKind.PERSON, id="kim", tenant=tenant, auth="jwt", channel="web")
    command = command_for(Claim(), request_id="r1", actor=actor, now=NOW)
    return DeadLetter(
        origin_topic=origin,
        origin_partition=0,
        origin_offset=1,
        value=encode(command),
        cause="internal",
        detail="",
        code_version="1.0",
        at=NOW,
    )


def test_letters_of_all_partitions_come_in_one_order() -> None:
    found = {p: [letter(partition=p, offset=o) for o in (6, 3, 0)] for p in (0, 1)}
    taken = leaf(found, {0: False, 1: False}, {0: 7, 1: 7})
    assert [one.offset for one in taken.letters] == [6, 6, 3, 3, 0, 0]
    assert taken.mark == ""


def test_a_page_stops_where_an_older_letter_of_a_partition_was_not_read() -> None:
    old = [letter(partition=1, offset=o) for o in (2, 1)]
    found = {0: [letter(partition=0, offset=9)], 1: old}
    taken = leaf(found, {0: True, 1: False}, {0: 10, 1: 3})
    assert [(one.partition, one.offset) for one in taken.letters] == [(0, 9)]
    assert ends_in(taken.mark, 2) == {0: 9, 1: 3}


def test_a_page_is_bounded_and_the_next_begins_behind_it() -> None:
    found = {0: [letter(offset=o) for o in range(60, 0, -1)]}
    taken = leaf(found, {0: False}, {0: 61})
    assert len(taken.letters) == AT_A_TIME
    assert ends_in(taken.mark, 1) == {0: taken.letters[-1].offset}


@pytest.mark.parametrize("mark", ["?", "bnVsbA==", mark_of({0: 1}), "WzEsLTFd", "WzEsIngiXQ=="])
def test_marks_that_are_not_ours_are_refused(mark: str) -> None:
    with pytest.raises(Invalid):
        ends_in(mark, 2)


def test_a_command_of_ours_says_whose_it_is_and_an_ask_can_not() -> None:
    assert tenant_of(commanded("acme", "human.input.commands")) == "acme"
    assert tenant_of(commanded("acme", "human.input.asks")) is None
    assert tenant_of(commanded("acme", "t1.human.input.asks")) is None


def test_only_the_own_tenants_letters_are_shown() -> None:
    olga = person(Role.OPERATOR, Role.ADMIN)
    assert visible_to(olga, letter("globex"), None) is None
    own = visible_to(olga, letter("acme"), None)
    assert own is not None
    assert own["shown"] == "abc"


def test_of_a_letter_that_nobody_owns_operators_see_why_and_admins_nothing() -> None:
    seen = visible_to(person(Role.OPERATOR), letter(None), None)
    assert seen is not None
    assert (seen["cause"], seen["detail"], seen["shown"], seen["key"]) == ("Invalid", "", "", "")
    assert visible_to(person(Role.ADMIN), letter(None), None) is None


def test_with_one_tenant_all_letters_are_its_own() -> None:
    seen = visible_to(person(Role.ADMIN), letter(None), "acme")
    assert seen is not None
    assert seen["shown"] == "abc"


@pytest.mark.parametrize(
    ("held", "form", "told"),
    [
        (b'{"callback_secret": "s3cret", "a": 1}', "JSON", '"a": 1'),
        (b'{"callback_secret": "s3cret", ', "hidden", "may hold a secret"),
        (b"\x00\xffabc", "bytes", "0000  00 ff 61 62 63"),
        (b"plain", "text", "plain"),
        (b"", "nothing", ""),
    ],
)
def test_what_was_held_is_shown_without_its_secrets(held: bytes, form: str, told: str) -> None:
    found, shown = shape(held)
    assert found == form
    assert told in shown
    assert "s3cret" not in shown


def test_a_letter_that_is_none_is_told_as_such() -> None:
    found = letter_in(1, 7, b"junk", 1_767_603_600_000)
    assert (found.cause, found.partition, found.offset) == ("unreadable letter", 1, 7)
    assert (found.tenant, found.shown) == (None, "junk")
