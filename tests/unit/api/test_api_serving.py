"""A front door that is told to stop says so first, and goes on taking calls for a while."""

import asyncio
from collections.abc import Callable

import pytest

from api.live.listening import Live
from api.serving import CONDITION, Serving
from kernel.clock import utc_now
from kernel.service import Readiness


class Server:
    """Serves until it is cancelled or done."""

    def __init__(self, on_cancel: Callable[[], None] = lambda: None) -> None:
        self.cancelled = False
        self.done = asyncio.Event()
        self._on_cancel = on_cancel

    async def run(self) -> None:
        try:
            await self.done.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            self._on_cancel()
            raise


def live() -> Live:
    return Live("", Readiness(), utc_now, lambda _: b"", partitions=1)


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_calls_are_taken_while_nobody_is_sent_here_any_more() -> None:
    server, behind, room, readiness = Server(), Server(), live(), Readiness()
    serving = asyncio.create_task(
        Serving(server, room, [behind], readiness, drain_seconds=3600).run()
    )
    await settled()
    assert readiness.ready
    serving.cancel()
    await settled()
    assert readiness.as_dict() == {CONDITION: False}
    assert room.stopping
    assert not server.cancelled
    assert not behind.cancelled
    server.done.set()
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert behind.cancelled


async def test_what_calls_rely_on_ends_after_them() -> None:
    behind = Server()
    order: list[bool] = []
    server = Server(lambda: order.append(behind.cancelled))
    serving = asyncio.create_task(Serving(server, live(), [behind], Readiness()).run())
    await settled()
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert order == [False]
    assert behind.cancelled


async def test_a_part_that_fails_ends_the_front_door() -> None:
    class Broken:
        async def run(self) -> None:
            raise ValueError("oh")

    with pytest.raises(ValueError, match="oh"):
        await Serving(Server(), live(), [Broken()], Readiness()).run()
