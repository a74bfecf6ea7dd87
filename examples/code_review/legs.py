"""The agent's two processes: one examines and pauses, another is called back and resumes.

Each tells what it does as lines of JSON on its standard output.
"""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from handraise import Handraise, Receiver, open_store
from handraise.buses.kafka import KafkaBus

from examples.code_review.agent import CodeReviewAgent
from examples.common.surroundings import Surroundings

_RESUME_PATH = "/resume"


def callback_on(port: int) -> str:
    """The address at which the second process can be called back."""
    return f"http://127.0.0.1:{port}{_RESUME_PATH}"


async def examine(
    found: Surroundings, store_address: str, callback_webhook: str, started: dict[str, str]
) -> None:
    """The first process: start the workflow, run it to its pause, and end."""
    async with _agent(found, store_address, callback_webhook) as agent:
        state = await agent.start(
            {"repository": started["repository"], "range": started["range"]},
            workflow_id=started["workflow_id"],
        )
    _tell(
        status=state.status.value,
        checkpoints=[one.checkpoint_id for one in state.open_requests],
        requests=[one.request_id for one in state.open_requests],
    )


async def receive(found: Surroundings, store_address: str, port: int) -> None:
    """The second process: wait for the callback on a port, and resume, until SIGTERM."""
    async with _agent(found, store_address, None) as agent:
        receiver = Receiver(agent, secrets=[found.callback_secret])
        door = socket.create_server(("127.0.0.1", port))
        config = uvicorn.Config(receiver, lifespan="off", log_level="warning", access_log=False)
        server = _Server(config)
        _tell(listening=callback_on(port))
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, server.end)
        await agent.recover()
        await server.serve(sockets=[door])
        await receiver.drain()


class _Server(uvicorn.Server):
    """A server that leaves the signals to its process."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Nothing is captured."""
        yield

    def end(self) -> None:
        """Answer what is being asked, and stop."""
        self.should_exit = True


@asynccontextmanager
async def _agent(
    found: Surroundings, store_address: str, callback_webhook: str | None
) -> AsyncGenerator[CodeReviewAgent]:
    async with (
        Handraise(found.url, found.api_key) as hand,
        await open_store(store_address) as store,
        KafkaBus(found.kafka) as bus,
    ):
        agent = CodeReviewAgent(hand, store, bus=bus, callback_webhook=callback_webhook)
        if found.reviewer_email:
            agent.recipients = [found.reviewer_email]
        yield agent


def _tell(**said: Any) -> None:
    print(json.dumps({"pid": os.getpid(), **said}), flush=True)
