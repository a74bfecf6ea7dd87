"""Whole lives over REST: a question is opened, answered, and its callback received."""

import asyncio
import statistics
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bench.target import Target, cpu_seconds
from kernel.http_server import HttpServer

PORT = 7497


@dataclass
class Figures:
    """What was measured; durations in milliseconds."""

    lives_per_second: float = 0.0
    cpu_ms_per_life: dict[str, float] = field(default_factory=dict[str, float])
    opened_ms: list[float] = field(default_factory=list[float])
    called_ms: list[float] = field(default_factory=list[float])


class Lives:
    """Drives lives against a target, with a receiver for their callbacks."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._called: dict[str, asyncio.Future[float]] = {}

    async def run(self, count: int, *, in_flight: int, per_second: float | None = None) -> Figures:
        """Runs so many lives, at most `in_flight` at once, begun at a steady rate if given."""
        figures = Figures()
        app = Starlette(routes=[Route("/", self._receive, methods=["POST"])])
        serving = asyncio.create_task(HttpServer(app, host="127.0.0.1", port=PORT).run())
        await asyncio.sleep(0.5)
        gate = asyncio.Semaphore(in_flight)
        before, began = cpu_seconds(), time.perf_counter()
        async with self._target.agent() as agent, self._target.reviewer() as ada:

            async def live(number: int) -> None:
                async with gate:
                    await self._live(agent, ada, figures)
                if number % max(1, count // 10) == 0:
                    print(f"  {number} of {count}", flush=True)

            tasks: list[asyncio.Task[None]] = []
            for number in range(count):
                if per_second is not None:
                    due = began + number / per_second
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
                tasks.append(asyncio.create_task(live(number)))
            await asyncio.gather(*tasks)
        figures.lives_per_second = count / (time.perf_counter() - began)
        after = cpu_seconds()
        figures.cpu_ms_per_life = {
            name: (after[name] - before[name]) * 1000 / count for name in after
        }
        serving.cancel()
        await asyncio.wait([serving])
        return figures

    async def _live(
        self, agent: aiohttp.ClientSession, ada: aiohttp.ClientSession, figures: Figures
    ) -> None:
        body = {
            "title": "Bench",
            "context": {"n": 1},
            "routing": {"channels": ["web"], "recipients": []},
            "callback_webhook": f"http://127.0.0.1:{PORT}/",
        }
        began = time.perf_counter()
        async with agent.post("/api/v1/requests", json=body) as opened:
            request_id = (await opened.json())["id"]
        figures.opened_ms.append((time.perf_counter() - began) * 1000)
        called = self._called[request_id] = asyncio.get_running_loop().create_future()
        path = f"/api/v1/requests/{request_id}/respond"
        async with ada.post(path, json={"decision": "approve"}) as answered:
            await answered.read()
        accepted = time.perf_counter()
        figures.called_ms.append((await called - accepted) * 1000)
        del self._called[request_id]

    async def _receive(self, request: Request) -> Response:
        waiting = self._called.get((await request.json())["request_id"])
        if waiting is not None and not waiting.done():
            waiting.set_result(time.perf_counter())
        return JSONResponse({"status": "resumed"})


def summary(figures: Figures) -> dict[str, Any]:
    """The figures of one run, for people and programs."""
    return {
        "lives_per_second": round(figures.lives_per_second, 1),
        "cpu_ms_per_life": round(sum(figures.cpu_ms_per_life.values()), 2),
        "cpu_ms_by_process": {k: round(v, 2) for k, v in figures.cpu_ms_per_life.items()},
        "opened_ms": _spread(figures.opened_ms),
        "answered_to_called_ms": _spread(figures.called_ms),
    }


def _spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "p50": round(statistics.median(ordered), 1),
        "p99": round(ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))], 1),
        "max": round(ordered[-1], 1),
    }
