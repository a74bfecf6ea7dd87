"""Agents to test with, and the bench on which they stand."""

import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from handraise import (
    Agent,
    Answered,
    ChangesRequested,
    Event,
    Failed,
    Finished,
    NextEvent,
    Paused,
    answer_in,
    open_store,
)
from handraise.bus import Handler
from handraise.steps import Step
from handraise.stores.opening import SqlStore
from handraise.webhooks import sign

from tests.unit.sdk.service import Service, hand_over

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
NOW = datetime(2025, 1, 15, 10, 30, tzinfo=UTC)


class ListBus:
    """A bus that keeps what was published, and can be away."""

    def __init__(self) -> None:
        self.published: list[Event] = []
        self.away = False

    async def publish(self, event: Event) -> None:
        if self.away:
            raise ConnectionError("the broker is away")
        self.published.append(event)

    async def subscribe(self, topics: Sequence[str], handler: Handler, *, group: str) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        pass

    def types(self) -> list[str]:
        return [event.event_type for event in self.published]


class Refunds(Agent):
    """Asks once, and is finished when approved."""

    agent_id = "refunds"
    crash: Callable[[str], None] = staticmethod(lambda where: None)
    legs: list[tuple[str, Any]]

    async def run(self, workflow_id: str, state: dict[str, Any]) -> Step:
        self.legs.append(("run", state))
        await self.publish("code.analysis.needed", workflow_id, {"order": state.get("order")})
        paused = await self.pause(workflow_id, {**state, "risk": "high"}, title="Refund?")
        self.crash("after the pause")
        return paused

    async def resume_from_checkpoint(self, workflow_id: str, state: dict[str, Any]) -> Step:
        self.legs.append(("resume", state))
        self.crash("in the resume")
        match answer_in(state):
            case Answered("approve", responder_id=who):
                return Finished((NextEvent("code.approved", {"approved_by": who}),), {"ok": True})
            case ChangesRequested(comment) as changes:
                return await self.revise(
                    changes, {**state, "revised": True}, description=comment or ""
                )
            case _:
                return Failed("nobody approved it")


class Panel(Agent):
    """Asks three people at once, and goes on when all have answered."""

    agent_id = "panel"
    legs: list[tuple[str, Any]]

    async def run(self, workflow_id: str, state: dict[str, Any]) -> Step:
        for name in ("law", "money", "safety"):
            await self.pause(workflow_id, {"asked": name}, title=f"{name}?")
        return Paused(workflow_id)

    async def resume_from_checkpoint(self, workflow_id: str, state: dict[str, Any]) -> Step:
        self.legs.append((state["asked"], state))
        if len(state["answers"]) < 3:
            return Paused(workflow_id)
        return Finished(result={"answers": len(state["answers"])})


@dataclass
class Bench:
    """An agent with everything round it, in one place."""

    address: str
    service: Service = field(default_factory=Service)
    bus: ListBus = field(default_factory=ListBus)
    now: datetime = NOW
    legs: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])

    @asynccontextmanager
    async def refunds(self, **options: Any) -> AsyncGenerator[Refunds]:
        """A refunds agent in a process of its own: other agents on this bench know it by the
        store alone.
        """
        async with self._store() as store:
            yield self._at_work(Refunds(hand_over(self.service), store, bus=self.bus, **options))

    @asynccontextmanager
    async def panel(self) -> AsyncGenerator[Panel]:
        """A panel agent, likewise."""
        async with self._store() as store:
            yield self._at_work(Panel(hand_over(self.service), store, bus=self.bus))

    @asynccontextmanager
    async def _store(self) -> AsyncGenerator[SqlStore]:
        async with await open_store(self.address) as store:
            yield store

    def _at_work(self, agent: Any) -> Any:
        agent.legs = self.legs
        agent.runtime.clock = self.clock
        agent.runtime.busy_seconds = 0.1
        return agent

    def clock(self) -> datetime:
        """A time that is never the same twice, as on a real machine."""
        self.now += timedelta(microseconds=1)
        return self.now

    def pass_time(self, seconds: float) -> None:
        """Let time pass for leases and dates."""
        self.now += timedelta(seconds=seconds)

    def only_request(self) -> str:
        """The id of the one request that was opened."""
        [request_id] = self.service.requests
        return request_id

    def callback(self, request: dict[str, Any], event: str = "request.responded") -> bytes:
        """The body of the service's callback for a request as it is now."""
        body = {
            "event": event,
            "request_id": request["id"],
            "metadata": {
                "workflow_id": request["workflow_id"],
                "checkpoint_id": request["checkpoint_id"],
                **request.get("metadata", {}),
            },
            "response": request.get("response"),
        }
        return json.dumps(body).encode()


def signed(body: bytes, webhook_id: str = "evt-1", at: datetime = NOW) -> dict[str, str]:
    """The headers of a callback that the service signed."""
    return sign(SECRET, webhook_id=webhook_id, timestamp=int(at.timestamp()), body=body)


def bench(directory: Path) -> Bench:
    """A bench with an empty memory."""
    return Bench(f"sqlite:///{directory / 'agent.db'}")
