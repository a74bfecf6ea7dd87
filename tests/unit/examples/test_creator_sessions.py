"""Signing in to the marketplace, telling its open pages of news, and doing what is due."""

import asyncio
from pathlib import Path

import pytest

from examples.creator_reviews.hub import Hub
from examples.creator_reviews.refusals import NotSignedIn
from examples.creator_reviews.sessions import Sessions, kept_secret
from examples.creator_reviews.worker import Worker

SESSIONS = Sessions(b"secret")


def test_a_link_lets_its_user_in_and_each_browser_has_a_session_of_its_own() -> None:
    link = SESSIONS.link_token("ursula")
    one, other = SESSIONS.begun(link), SESSIONS.begun(link)
    assert SESSIONS.session(one.token).user_id == "ursula"
    assert one.token != other.token


@pytest.mark.parametrize("token", ["", "ursula", "ursula..", "ursula..00", "carla.x", "é.ü.ä"])
def test_what_was_not_signed_lets_nobody_in(token: str) -> None:
    for check in (SESSIONS.begun, SESSIONS.session):
        with pytest.raises(NotSignedIn):
            check(token)


def test_a_token_is_good_for_its_own_use_only() -> None:
    link = SESSIONS.link_token("ursula")
    session = SESSIONS.begun(link)
    with pytest.raises(NotSignedIn):
        SESSIONS.session(link)
    with pytest.raises(NotSignedIn):
        SESSIONS.begun(session.token)
    with pytest.raises(NotSignedIn):
        SESSIONS.session(link.replace("ursula", "carla"))
    with pytest.raises(NotSignedIn):
        Sessions(b"another").session(session.token)


def test_a_form_is_good_in_its_own_session_only() -> None:
    link = SESSIONS.link_token("ursula")
    one, other = SESSIONS.begun(link), SESSIONS.begun(link)
    SESSIONS.check_form(one, SESSIONS.form_token(one))
    for wrong in (SESSIONS.form_token(other), one.token, "", "é"):
        with pytest.raises(NotSignedIn):
            SESSIONS.check_form(one, wrong)


def test_the_secret_is_kept_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    directory = tmp_path / "files"
    assert kept_secret(directory) == kept_secret(directory)
    assert (directory / "secret").stat().st_mode & 0o077 == 0


async def test_pages_hear_of_their_own_users_changes_and_the_end() -> None:
    hub = Hub()
    signs = hub.signs("ursula", 30)
    first = asyncio.ensure_future(anext(signs))
    await asyncio.sleep(0)
    hub.tell("carla")
    await asyncio.sleep(0)
    assert not first.done()
    hub.tell("ursula", "carla")
    assert await first is True
    hub.close()
    assert [sign async for sign in signs] == []


async def test_a_page_without_news_gets_signs_of_life() -> None:
    signs = Hub().signs("ursula", 0.001)
    assert await anext(signs) is False
    await signs.aclose()


async def test_what_could_not_be_done_is_tried_again_and_a_call_is_never_missed() -> None:
    turns: list[int] = []
    third = asyncio.Event()

    async def turn() -> None:
        turns.append(len(turns))
        if len(turns) == 3:
            third.set()
        else:
            worker.wake()  # Given a call that comes while a turn is under way.
        raise ConnectionError

    worker = Worker(turn, every_seconds=3600)
    working = asyncio.create_task(worker.run())
    await asyncio.wait_for(third.wait(), 30)
    working.cancel()
    assert turns == [0, 1, 2]
