"""The stream's places, events and buffers."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

import api.live.event_stream
from api.live.audience import MAX_BYTES, MAX_FRAMES, Audience, Stream
from api.live.event_stream import EventStream
from api.live.frames import beat, last_changes, request_frames, reset_frame
from api.live.place import Place, read_place
from projections.inbox.row import Change
from projections.inbox.shown import RequestLine

AT = datetime(2026, 1, 15, 10, 30, tzinfo=UTC)
PLACE = Place({0: 41, 1: -1, 2: 10**9}, AT)


def change(partition: int, offset: int, request: str, tenant: str = "t") -> Change:
    return Change(partition, offset, request, tenant, 1)


class Line:
    """Stands for a request as a list shows it."""

    def __init__(self, name: str) -> None:
        self.name = name


def lines(*names: str) -> dict[str, RequestLine]:
    return {name: cast("RequestLine", Line(name)) for name in names}


def shape(line: Any) -> bytes:
    return line.name.encode()


def test_a_place_is_read_back_from_its_text() -> None:
    assert read_place(PLACE.text(), 3) == PLACE
    assert PLACE.text().isascii()


@pytest.mark.parametrize(
    "text",
    [
        *("", "1", "1-0", "2-0-1-1-1", "1-0-1-1", "1-0-1-1-1-1", "1-0-1--1", "1-0-A-1-1"),
        *("1-0-1-1-1\n", "1-0-\u0661-1-1", f"1-0-1-1-{'z' * 20}", "1-zzzzzzzz-1-1-1", "x" * 9000),
    ],
)
def test_what_is_no_place_of_this_log_is_none(text: str) -> None:
    assert read_place(text, 3) is None


def test_a_request_that_changed_twice_is_told_once_at_its_last_change() -> None:
    changes = [change(0, 5, "a"), change(0, 6, "b", "other"), change(0, 7, "a"), change(1, 2, "c")]
    last = last_changes(changes, ["t"])["t"]
    frames = request_frames(changes, Place({0: 4, 1: 1}, AT), lines("a", "c"), last, shape)
    assert [frame.partition(b"\n")[0] for frame in frames] == [
        b"id: " + Place({0: 7, 1: 1}, AT).text().encode(),
        b"id: " + Place({0: 7, 1: 2}, AT).text().encode(),
    ]
    assert b"data: a" in frames[0]


def test_what_no_one_listens_to_is_not_looked_at() -> None:
    assert last_changes([change(0, 5, "a", "other")], ["t"]) == {}


def test_each_event_ends_with_an_empty_line_and_bears_its_place() -> None:
    for frame in (beat(PLACE), reset_frame(PLACE, "because")):
        assert frame.endswith(b"\n\n")
        assert b"\nid: " in b"\n" + frame
    assert b"event: " not in beat(PLACE)


async def test_a_slow_client_is_given_up_and_holds_nothing() -> None:
    audience = Audience()
    with audience.join("t") as slow, audience.join("t") as quick, audience.join("u") as other:
        for number in range(MAX_FRAMES + 1):
            audience.tell("t", [b"%d\n" % number])
            await quick.taken(asyncio.get_running_loop().time())
        assert slow.overflowed.is_set()
        audience.tell("t", [b"more"])
        assert await slow.taken(asyncio.get_running_loop().time()) == b""
        assert not quick.overflowed.is_set()
        assert not other.waits
    assert audience.tenants == frozenset()


async def test_few_but_long_events_run_over_too() -> None:
    audience = Audience()
    with audience.join("t") as stream:
        audience.tell("t", [b"x" * (MAX_BYTES + 1)])
        assert stream.overflowed.is_set()


async def test_what_came_is_taken_whole_and_in_order() -> None:
    audience = Audience()
    soon = asyncio.get_running_loop().time() + 10
    with audience.join("t") as stream:
        audience.tell("t", [b"a", b"b"])
        audience.tell_all(b"c")
        assert await stream.taken(soon) == b"abc"
        assert await stream.taken(asyncio.get_running_loop().time()) == b""


def test_places_differ_in_time_as_well() -> None:
    later = Place(PLACE.offsets, AT + timedelta(seconds=1))
    assert read_place(later.text(), 3) == later != PLACE


async def test_a_client_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.live.event_stream, "LAST_WORDS_SECONDS", 0.01)
    audience, stuck, sent = Audience(), asyncio.Event(), []

    async def pieces(stream: Stream) -> AsyncGenerator[bytes]:
        while True:
            yield await stream.taken(asyncio.get_running_loop().time() + 10)

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            stuck.set()
            await asyncio.Event().wait()

    answer = asyncio.create_task(
        EventStream(audience.join("t"), pieces)({"type": "http"}, receive, send)
    )
    await asyncio.sleep(0)
    audience.tell("t", [b"first"])
    await stuck.wait()
    audience.tell("t", [b"more"] * (MAX_FRAMES + 1))
    async with asyncio.timeout(5):
        await answer
    assert audience.tenants == frozenset()
    assert sum(len(message.get("body", b"")) for message in sent) == len(b"first")


async def test_a_client_that_hangs_up_leaves_nothing_behind() -> None:
    audience, gone = Audience(), asyncio.Event()

    async def pieces(stream: Stream) -> AsyncGenerator[bytes]:
        yield await stream.taken(asyncio.get_running_loop().time() + 10)

    async def receive() -> Any:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(_message: Any) -> None:
        gone.set()

    async with asyncio.timeout(5):
        await EventStream(audience.join("t"), pieces)({"type": "http"}, receive, send)
    assert audience.tenants == frozenset()


async def test_a_client_that_was_too_slow_is_never_told_a_place_behind_what_it_lost() -> None:
    audience = Audience()
    with audience.join("t") as stream:
        audience.tell("t", [b"data: 1\n\n"] * (MAX_FRAMES + 1))
        assert stream.overflowed.is_set()
        # A beat tells how far all was told; whatever comes next must wait until the stream ends.
        assert stream.waits
