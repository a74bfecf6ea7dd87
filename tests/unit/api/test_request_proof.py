"""What a page says of itself can't be forged: the stamp of what was shown, and shared links."""

from datetime import timedelta

import pytest

from api.live.presence import Presence
from api.web.request.seen import Showing, digest_of, seen_in, stamp
from api.web.request.sharing import GOOD_FOR, Share, share_in, token_of
from tests.unit.api.moments import NOON

KEY, OTHER = b"k" * 32, b"o" * 32
SHOWING = Showing(
    person="kim", request_id="r1", revision=2, content_hash="c" * 64, digest=digest_of("<p>x</p>")
)
STAMP = stamp(KEY, SHOWING, NOON)


def fields(**over: str) -> dict[str, str]:
    return {"seen": STAMP, "parts_opened": "diff,risk", "in_view_ms": "4200"} | over


def test_an_answer_tells_what_was_shown_and_looked_at() -> None:
    seen = seen_in(fields(), KEY, "kim", "r1", NOON + timedelta(seconds=60))
    assert seen.proven
    assert (seen.rendered, seen.revision, seen.content_hash) == (SHOWING.digest, 2, "c" * 64)
    assert (seen.shown_at, seen.opened, seen.in_view_seconds) == (NOON, ("diff", "risk"), 4)


@pytest.mark.parametrize(
    ("told", "key", "person", "request_id"),
    [
        (STAMP, OTHER, "kim", "r1"),
        (STAMP, KEY, "lou", "r1"),
        (STAMP, KEY, "kim", "r2"),
        (STAMP.replace(".2.", ".3.", 1), KEY, "kim", "r1"),
        (STAMP.replace("c" * 64, "d" * 64), KEY, "kim", "r1"),
        (STAMP[:-1], KEY, "kim", "r1"),
        ("", KEY, "kim", "r1"),
        ("1.x.y.z.a.b", KEY, "kim", "r1"),
        ("....." * 400, KEY, "kim", "r1"),
        ("1.2.c.99999999999999999999.d.é", KEY, "kim", "r1"),
    ],
)
def test_a_stamp_that_is_not_ours_proves_nothing(
    told: str, key: bytes, person: str, request_id: str
) -> None:
    seen = seen_in(fields(seen=told), key, person, request_id, NOON)
    assert not seen.proven
    assert (seen.rendered, seen.revision) == (None, None)


def test_nobody_looked_longer_than_since_it_was_shown() -> None:
    later = NOON + timedelta(seconds=9)
    assert seen_in(fields(in_view_ms="999999999"), KEY, "kim", "r1", later).in_view_seconds == 9
    earlier = NOON - timedelta(hours=1)
    assert seen_in(fields(), KEY, "kim", "r1", earlier).in_view_seconds == 0


@pytest.mark.parametrize("told", ["", "-1", "1e9", "²", "9" * 40])
def test_no_nonsense_is_taken_for_a_time(told: str) -> None:
    assert seen_in(fields(in_view_ms=told), KEY, "kim", "r1", NOON).in_view_seconds == 0


def test_parts_are_words_each_once_and_not_without_end() -> None:
    opened = "diff,<b>,diff,risk," + ",".join(f"p{n}" for n in range(500))
    seen = seen_in(fields(parts_opened=opened), KEY, "kim", "r1", NOON)
    assert seen.opened[:2] == ("diff", "risk")
    assert len(seen.opened) < 51


def test_a_shared_link_leads_to_its_request_until_it_ends() -> None:
    share = Share("t1", "r1", NOON + GOOD_FOR)
    token = token_of(KEY, share)
    assert share_in(token, KEY, NOON) == share
    assert share_in(token, KEY, NOON + GOOD_FOR) is None
    assert share_in(token, OTHER, NOON) is None


@pytest.mark.parametrize(
    "token", ["", ".", "a.b", "é.é", "W10." + "A" * 43, "x" * 10_000, "a" * 5 + ".b"]
)
def test_no_other_token_leads_anywhere(token: str) -> None:
    assert share_in(token, KEY, NOON) is None


class Ticking:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_who_was_not_heard_of_for_a_while_looks_no_more() -> None:
    now = Ticking()
    presence = Presence(now)
    presence.note("t1", "r1", "kim")
    now.seconds = 20
    presence.note("t1", "r1", "lou")
    assert presence.lookers("t1", "r1") == ("kim", "lou")
    now.seconds = 31
    assert presence.lookers("t1", "r1") == ("lou",)
    presence.leave("t1", "r1", "lou")
    assert presence.lookers("t1", "r1") == ()


def test_presence_is_kept_within_a_tenant_and_within_bounds() -> None:
    presence = Presence(Ticking())
    for n in range(500):
        presence.note("t1", "r1", f"p{n}")
    assert len(presence.lookers("t1", "r1")) == 50
    assert presence.lookers("t2", "r1") == ()
