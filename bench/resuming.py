"""Measures how long the running stack takes to come back: kill -9 of a process, until it serves."""

import time
from typing import Any

import aiohttp
import psutil

from bench.target import Target, healthy, processes
from tests.support.eventually import eventually

KILLED = ("request_svc", "api", "callback_svc", "inbox", "postgres", "kafka")
SETTLED_SECONDS = 60


async def measure(target: Target) -> dict[str, Any]:
    """Seconds from kill -9 of each process to the next request that is opened and readable."""
    found: dict[str, Any] = {}
    for name in KILLED:
        await eventually(_healthy, within_seconds=SETTLED_SECONDS)
        print(f"  kill -9 {name}", flush=True)
        began = time.perf_counter()
        for process in processes()[name]:
            _kill(process)
        await _served(target)
        found[name] = round(time.perf_counter() - began, 1)
    return found


async def _healthy() -> bool:
    return healthy()


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


async def _served(target: Target) -> None:
    """Waits until a request can be opened, answered and seen as answered."""
    async with target.agent() as agent, target.reviewer() as ada:
        await eventually(lambda: _lived(agent, ada), within_seconds=SETTLED_SECONDS)


async def _lived(agent: aiohttp.ClientSession, ada: aiohttp.ClientSession) -> bool:
    body = {"title": "Still there?", "routing": {"channels": ["web"]}}
    try:
        async with agent.post("/api/v1/requests", json=body) as opened:
            path = f"/api/v1/requests/{(await opened.json())['id']}"
        async with ada.post(f"{path}/respond", json={"decision": "approve"}) as answered:
            version = (await answered.json())["version"]
        async with agent.get(path, params={"min_version": version}) as seen:
            return bool((await seen.json())["outcome"])
    except (aiohttp.ClientError, KeyError, TimeoutError):
        return False
