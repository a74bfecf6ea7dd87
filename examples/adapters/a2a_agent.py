"""An A2A agent that pays what a person approves: its card, its server, its callbacks."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes
from a2a.server.tasks import DatabaseTaskStore
from a2a.types import AgentCapabilities, AgentCard, AgentInterface, AgentSkill
from handraise import Answered, Handraise, Receiver
from handraise.adapters.a2a import AskingExecutor, AskingTask, Tasks
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.applications import Starlette
from starlette.routing import Route

from examples.common.serving import serving
from examples.common.surroundings import Surroundings

AGENT = "a2a-payments"


class Payments(AskingExecutor):
    """Pays an order once a person has approved it."""

    async def run(self, task: AskingTask) -> None:
        """The agent's work."""
        order = task.text.strip()
        outcome = await task.ask(
            "approval",
            title=f"Pay {order}"[:200] + "?",
            description="An agent asks over A2A on behalf of another one.",
            context={"order": order},
            timeout=60,
        )
        match outcome:
            case Answered("approve"):
                await task.updater.complete(task.says(f"{order} is paid"))
            case Answered(_, comment):
                await task.updater.reject(task.says(f"{order} is not paid: {comment or 'no'}"))
            case _:
                await task.updater.failed(task.says(f"Nobody could say, so {order} is not paid"))


def card(url: str) -> AgentCard:
    """What other agents read of this one."""
    skill = AgentSkill(
        id="pay", name="Pay an order", description="Pays what a person approves", tags=["payments"]
    )
    return AgentCard(
        name="Payments",
        description="Pays orders; a person decides each of them.",
        version="1.0.0",
        supported_interfaces=[
            AgentInterface(url=url, protocol_binding="JSONRPC", protocol_version="1.0")
        ],
        capabilities=AgentCapabilities(streaming=True),
        default_input_modes=["text/plain"],
        default_output_modes=["text/plain"],
        skills=[skill],
    )


@asynccontextmanager
async def agent(found: Surroundings, database: Path, port: int) -> AsyncGenerator[str]:
    """Runs the agent while the block does; its tasks lie in the database from start to start."""
    url = f"http://127.0.0.1:{port}"
    engine = create_async_engine(f"sqlite+aiosqlite:///{database}")
    async with Handraise(found.url, found.api_key) as hand:
        executor = Payments(hand, agent_id=AGENT, callback_webhook=f"{url}/resume")
        store = DatabaseTaskStore(engine)
        await store.initialize()
        handler = DefaultRequestHandler(executor, store, card(url))
        receiver = Receiver(Tasks(executor, handler), secrets=[found.callback_secret])
        routes = [
            *create_agent_card_routes(card(url)),
            *create_jsonrpc_routes(handler, "/"),
            Route("/resume", receiver, methods=["POST"]),
        ]
        try:
            async with serving(Starlette(routes=routes), port):
                yield url
                await receiver.drain()
        finally:
            await handler.aclose()
            await engine.dispose()
