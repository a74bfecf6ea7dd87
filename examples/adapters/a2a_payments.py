"""A2A: another agent orders a payment; its task waits for a person, also over a restart.

`python -m examples.adapters.a2a_payments`. The agent runs in a process of its own, which ends while
the person thinks, and another one goes on with the task when the answer comes by callback.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path

from a2a.client import Client, create_client
from a2a.helpers import get_message_text
from a2a.types import GetTaskRequest, Message, Part, Role, SendMessageRequest, Task, TaskState
from google.protobuf.json_format import MessageToDict
from handraise import Handraise
from handraise.adapters.a2a import REQUEST

from examples.adapters.a2a_agent import agent
from examples.adapters.person import Person
from examples.common.command import ran
from examples.common.processes import running, told_by
from examples.common.screen import Screen
from examples.common.surroundings import Surroundings, find
from examples.common.trouble import Trouble

MODULE = "examples.adapters.a2a_payments"
PORT_OFFSET = 27
_START_SECONDS = 60
_TRIES, _PAUSE_SECONDS = 600, 0.1
_WAITING = (TaskState.TASK_STATE_INPUT_REQUIRED, TaskState.TASK_STATE_WORKING)


async def sent(client: Client, text: str, task: Task | None = None) -> Task:
    """The task after a message: a new one, or one that the message is about."""
    message = Message(message_id=str(uuid.uuid4()), role=Role.ROLE_USER, parts=[Part(text=text)])
    if task is not None:
        message.task_id, message.context_id = task.id, task.context_id
    task_id = ""
    async for event in client.send_message(SendMessageRequest(message=message)):
        task_id = event.task.id or event.status_update.task_id or task_id
    return await client.get_task(GetTaskRequest(id=task_id))


def request_of(task: Task) -> str:
    """The request for which a task waits."""
    return str(MessageToDict(task.status.message.metadata)[REQUEST]["request_id"])


def said(task: Task) -> str:
    """What the agent says of a task."""
    return get_message_text(task.status.message)


async def play(found: Surroundings, screen: Screen, answer: str | None) -> str:
    """The whole story; what the agent says at its end."""
    found.directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=found.directory) as name:
        serve = ["serve", str(Path(name) / "tasks.db"), str(found.port_base + PORT_OFFSET)]
        async with Handraise(found.url, found.reviewer_token) as reviewer:
            screen.step("An agent starts, and another one orders a payment of it over A2A")
            async with running(MODULE, serve) as process:
                url = (await told_by(process, _START_SECONDS))["url"]
                async with await create_client(url) as client:
                    task = await sent(client, "order A-17")
                    screen.say(f"its task is {TaskState.Name(task.status.state)}: {said(task)}")
                    screen.step("The other agent says yes itself: that is nobody's answer")
                    task = await sent(client, "Yes, I approve it.", task)
                    screen.say(f"its task is still {TaskState.Name(task.status.state)}")
            screen.step("The agent's process has ended; another one starts")
            async with running(MODULE, serve) as process:
                url = (await told_by(process, _START_SECONDS))["url"]
                screen.step("A person answers")
                await Person(reviewer, screen, answer).answer(request_of(task))
                async with await create_client(url) as client:
                    task = await _ended(client, task.id)
    screen.end(f"{TaskState.Name(task.status.state)}: {said(task)}")
    return said(task)


async def _ended(client: Client, task_id: str) -> Task:
    for _ in range(_TRIES):
        task = await client.get_task(GetTaskRequest(id=task_id))
        if task.status.state not in _WAITING:
            return task
        await asyncio.sleep(_PAUSE_SECONDS)
    raise Trouble("The answer did not reach the agent")


async def _serve(found: Surroundings, database: Path, port: int) -> None:
    async with agent(found, database, port) as url:
        print(json.dumps({"pid": os.getpid(), "url": url}), flush=True)
        await asyncio.Event().wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the story, or run the agent; 0 when it worked, 1 with a sentence when it did not."""
    parser = argparse.ArgumentParser(prog=f"python -m {MODULE}", description=__doc__)
    parser.add_argument(
        "--answer",
        choices=("approve", "reject", "wait"),
        help="decide without asking at the terminal; wait: somebody else will answer",
    )
    parser.add_argument("serve", nargs="?", choices=("serve",), help="only the agent")
    parser.add_argument("database", nargs="?", type=Path, help="where its tasks lie")
    parser.add_argument("port", nargs="?", type=int, help="where it listens")
    asked = parser.parse_args(arguments)
    found = find("adapters")
    work = _serve(found, asked.database, asked.port) if asked.serve else _play(found, asked.answer)
    return ran(work, "Left. The question stays open.")


async def _play(found: Surroundings, answer: str | None) -> None:
    await play(found, Screen(), answer)


if __name__ == "__main__":
    sys.exit(main())
