"""The desk without a database: who is signed in, and what pages make of hostile words."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from examples.bot_recovery.desk.pages import Pages, ago, spoken
from examples.bot_recovery.desk.sessions import SESSION_SECONDS, Sessions
from examples.bot_recovery.people import Manager
from examples.bot_recovery.report import LogEntry
from examples.bot_recovery.site.members import Members, Trouble, is_against_the_rules

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def test_a_link_signs_in_whom_it_was_made_for_and_nobody_else() -> None:
    sessions = Sessions("whsec_1")
    token = sessions.link_token("mara")

    assert sessions.person_of_link(token) == "mara"
    assert sessions.person_of_link(token.replace("mara", "teo")) is None
    assert Sessions("whsec_2").person_of_link(token) is None
    assert sessions.person_of_link("") is None


def test_a_session_ends_after_eight_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions("whsec_1")
    cookie = sessions.cookie("mara")
    session = sessions.of_cookie(cookie)
    assert session is not None
    assert session.person_id == "mara"

    later = time.time() + SESSION_SECONDS + 1
    monkeypatch.setattr(time, "time", lambda: later)

    assert sessions.of_cookie(cookie) is None


@pytest.mark.parametrize("cookie", ["", "x", "mara.9999999999.00", "mara..", "mara.soon.00"])
def test_a_cookie_that_we_did_not_make_signs_nobody_in(cookie: str) -> None:
    assert Sessions("whsec_1").of_cookie(cookie) is None


def test_a_form_belongs_to_one_session() -> None:
    sessions = Sessions("whsec_1")
    mara, teo = (sessions.of_cookie(sessions.cookie(one)) for one in ("mara", "teo"))
    assert mara is not None
    assert teo is not None

    assert sessions.is_from_our_page(mara, mara.form_token)
    assert not sessions.is_from_our_page(mara, teo.form_token)
    assert not sessions.is_from_our_page(mara, "")


def test_a_page_repeats_only_words_that_we_put_into_its_address() -> None:
    sessions = Sessions("whsec_1")
    mara, teo = (sessions.of_cookie(sessions.cookie(one)) for one in ("mara", "teo"))
    assert mara is not None
    assert teo is not None
    mark = sessions.mark(mara, "Accepted")

    assert sessions.is_marked(mara, "Accepted", mark)
    assert not sessions.is_marked(mara, "Send me your password", mark)
    assert not sessions.is_marked(teo, "Accepted", mark)


def test_whatever_bots_sites_and_people_say_is_text_and_nothing_else() -> None:
    hostile = "<script>alert(1)</script>"
    entry = LogEntry("f-1", NOW, hostile, hostile, hostile, hostile, hostile, hostile, "held", NOW)

    shown = Pages().show("log.html", Manager("m", hostile, ""), logs=[entry], form_token="t")

    page = bytes(shown.body).decode()
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 5


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "just now"), (59, "just now"), (60, "1 min ago"), (7300, "2 h ago"), (90000, "1 d ago")],
)
def test_times_are_told_roughly(seconds: int, said: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == said


def test_words_of_the_tables_are_said_as_people_say_them() -> None:
    assert spoken("skip_phase") == "Skip phase"
    assert spoken("content_rejected") == "content rejected"


def test_a_captcha_of_the_site_stays_until_a_person_has_typed_it() -> None:
    member = Members().join("mia", "t", {"post": [Trouble.CAPTCHA]})

    assert member.meets("follow") is None
    assert member.meets("post") is Trouble.CAPTCHA
    assert member.meets("post") is Trouble.CAPTCHA
    assert member.meets("follow") is Trouble.CAPTCHA
    assert not member.solve("WRONG")
    assert member.solve(f" {member.code.lower()} ")
    assert member.meets("post") is None


def test_an_error_of_the_site_comes_once_for_each_time_it_was_planned() -> None:
    member = Members().join("mia", "t", {"post": [Trouble.ERROR, Trouble.HANG]})

    assert [member.meets("post") for _ in range(3)] == [Trouble.ERROR, Trouble.HANG, None]


def test_the_site_turns_misleading_offers_away() -> None:
    assert is_against_the_rules("Free Followers for all")
    assert not is_against_the_rules("Fog over the fjord")
