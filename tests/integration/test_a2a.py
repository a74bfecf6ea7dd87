"""A2A: an agent's task waits for a person in input-required, and goes on with the answer."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from a2a.client import create_client
from a2a.types import CancelTaskRequest, GetTaskRequest, Task, TaskState
from handraise import Handraise

from examples.adapters.a2a_agent import agent
from examples.adapters.a2a_payments import play, request_of, said, sent
from examples.common.screen import Screen
from examples.common.surroundings import Surroundings
from tests.support.eventually import eventually
from tests.support.processes import free_port_base
from tests.support.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
WAITS = TaskState.TASK_STATE_INPUT_REQUIRED


@dataclass(frozen=True, slots=True)
class Scene:
    """A running Handraise, a reviewer, and where an agent may live."""

    st: Stage
    found: Surroundings
    reviewer: Handraise
    directory: Path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(playing: Stage) -> AsyncIterator[Scene]:
    found = playing.found("adapters")
    async with Handraise(found.url, found.reviewer_token) as reviewer:
        yield Scene(playing, found, reviewer, playing.directory)


async def ended(client: Any, task_id: str) -> Task:
    async def look() -> Task | None:
        task = await client.get_task(GetTaskRequest(id=task_id))
        waits = (WAITS, TaskState.TASK_STATE_WORKING)
        return None if task.status.state in waits else task

    return await eventually(look)


async def test_a_task_waits_over_a_restart_and_goes_on_when_the_answer_comes(scene: Scene) -> None:
    port, tasks = free_port_base(), scene.directory / "tasks.db"
    async with agent(scene.found, tasks, port) as url, await create_client(url) as client:
        task = await sent(client, "order A-17")
        assert task.status.state == WAITS
        assert scene.found.url in said(task)
        again = await sent(client, "Yes, I approve it myself.", task)
        assert (again.status.state, request_of(again)) == (WAITS, request_of(task))
    async with agent(scene.found, tasks, port) as url, await create_client(url) as client:
        await scene.reviewer.respond(request_of(task), decision="approve")
        done = await ended(client, task.id)
        assert done.status.state == TaskState.TASK_STATE_COMPLETED
        assert said(done) == "order A-17 is paid"


async def test_an_answer_that_no_callback_brought_is_found_when_the_client_asks(
    scene: Scene,
) -> None:
    port, tasks = free_port_base(), scene.directory / "deaf.db"
    async with agent(scene.found, tasks, port) as url, await create_client(url) as client:
        task = await sent(client, "order B-2")
    await scene.reviewer.respond(request_of(task), decision="reject", comment="Too dear")

    async def failed_to_call() -> bool:
        return (await scene.reviewer.get(request_of(task))).state == "responded"

    await eventually(failed_to_call)
    async with agent(scene.found, tasks, port) as url, await create_client(url) as client:
        await sent(client, "And now?", task)
        done = await ended(client, task.id)
        assert done.status.state == TaskState.TASK_STATE_REJECTED
        assert "Too dear" in said(done)


async def test_a_cancelled_task_asks_nobody_any_more(scene: Scene) -> None:
    port, tasks = free_port_base(), scene.directory / "cancelled.db"
    async with agent(scene.found, tasks, port) as url, await create_client(url) as client:
        task = await sent(client, "order C-3")
        cancelled = await client.cancel_task(CancelTaskRequest(id=task.id))
        assert cancelled.status.state == TaskState.TASK_STATE_CANCELED

        async def withdrawn() -> bool:
            return (await scene.reviewer.get(request_of(task))).outcome == "cancelled"

        await eventually(withdrawn)


async def test_nobody_else_lets_a_task_go_on(scene: Scene) -> None:
    port, tasks = free_port_base(), scene.directory / "forged.db"
    async with agent(scene.found, tasks, port) as url, await create_client(url) as client:
        task = await sent(client, "order D-4")
        body = {"event": "request.responded", "request_id": request_of(task), "metadata": {}}
        async with httpx.AsyncClient() as http:
            forged = await http.post(f"{url}/resume", json=body)
        assert forged.status_code == 401
        assert (await client.get_task(GetTaskRequest(id=task.id))).status.state == WAITS


async def test_the_story_is_played_with_processes_of_its_own(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in scene.st.credentials.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HANDRAISE_RUN_DIR", str(scene.directory))
    assert await play(scene.found, Screen(), "approve") == "order A-17 is paid"
