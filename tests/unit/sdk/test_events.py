"""Events: their envelope, their log, and their way to a handler."""

import asyncio
import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from handraise import Event, open_store, topics
from handraise.bus import LoggedBus
from handraise.buses.delivery import Delivery
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.sdk.agents import NOW, ListBus

EVENT = Event(
    event_id="3f2b0c9a-0000-4000-8000-000000000001",
    event_type="code.approved",
    workflow_id="wf-abc123",
    timestamp=datetime(2024, 1, 15, 10, 30, tzinfo=UTC),
    data={"complaint_id": "42", "approved_by": "user-uuid", "code_changes": {}},
    agent_id="code-review-agent",
    correlation_id="corr-xyz",
)


def test_the_envelope_is_the_documented_one() -> None:
    assert json.loads(EVENT.encode()) == {
        "event_id": "3f2b0c9a-0000-4000-8000-000000000001",
        "event_type": "code.approved",
        "workflow_id": "wf-abc123",
        "timestamp": "2024-01-15T10:30:00Z",
        "data": {"complaint_id": "42", "approved_by": "user-uuid", "code_changes": {}},
        "metadata": {"agent_id": "code-review-agent", "correlation_id": "corr-xyz"},
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(), json_values, max_size=4),
    st.datetimes(timezones=st.just(timezone(timedelta(hours=5, minutes=30)))),
    st.none() | st.text(),
)
def test_an_event_survives_its_envelope(data: Any, at: datetime, agent_id: str | None) -> None:
    event = Event(
        event_id=str(uuid.uuid4()),
        event_type="code.approved",
        workflow_id="wf",
        timestamp=at,
        data=data,
        agent_id=agent_id,
        metadata={"tenant": "demo"},
    )
    try:
        encoded = event.encode()
    except (ValueError, OverflowError):
        assert at.year in (1, 9999) or "inf" in repr(data)
        return
    assert Event.decode(encoded) == event


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc3\x01avro",
        b"[]",
        b"{}",
        b'{"event_id": "x"}',
        b"[" * 100_000,
        json.dumps({**EVENT.to_json(), "timestamp": "yesterday"}).encode(),
        json.dumps({**EVENT.to_json(), "timestamp": 5}).encode(),
        json.dumps({**EVENT.to_json(), "data": [1]}).encode(),
    ],
)
def test_what_is_no_event_is_told(body: bytes) -> None:
    with pytest.raises(ValueError):
        Event.decode(body)


def test_the_topics_are_the_documented_ones() -> None:
    assert set(topics.ALL) == {
        "workflow.started",
        "workflow.completed",
        "workflow.failed",
        "code.analysis.needed",
        "code.approved",
        "code.rejected",
        "deployment.started",
        "deployment.completed",
        "deployment.failed",
    }


async def test_the_services_own_topics_are_not_for_agents(tmp_path: Path) -> None:
    async with await open_store(f"sqlite:///{tmp_path / 'a.db'}") as store:
        bus = LoggedBus(ListBus(), store, lambda: NOW)
        wrong = Event(
            event_id=str(uuid.uuid4()),
            event_type=topics.HUMAN_INPUT_RECEIVED,
            workflow_id="wf",
            timestamp=NOW,
        )
        with pytest.raises(ValueError, match="not a topic"):
            await bus.publish(wrong)


async def test_an_event_is_logged_before_it_is_published_and_later_ones_wait(
    tmp_path: Path,
) -> None:
    second = replace(EVENT, event_id=str(uuid.UUID(int=2)), event_type="code.rejected")
    async with await open_store(f"sqlite:///{tmp_path / 'a.db'}") as store:
        carried = ListBus()
        bus = LoggedBus(carried, store, lambda: NOW)
        carried.away = True
        with pytest.raises(ConnectionError):
            await bus.publish(EVENT)
        carried.away = False
        await bus.publish(second)
        await bus.publish(second)
        assert carried.published == [EVENT, second]
        async with store.transaction() as tables:
            logged = await tables.events.of_workflow("wf-abc123")
        assert [one.published_at for one in logged] == [NOW, NOW]


async def test_without_a_bus_events_are_just_written_down(tmp_path: Path) -> None:
    async with await open_store(f"sqlite:///{tmp_path / 'a.db'}") as store:
        await LoggedBus(None, store, lambda: NOW).publish(EVENT)
        async with store.transaction() as tables:
            assert await tables.events.unpublished("wf-abc123") == []
            assert len(await tables.events.of_workflow("wf-abc123")) == 1


async def test_a_handler_that_fails_gets_the_event_again() -> None:
    tries: list[Event] = []

    async def handler(event: Event) -> None:
        tries.append(event)
        if len(tries) < 3:
            raise RuntimeError("not yet")

    await Delivery(handler).bring(EVENT.encode())
    assert tries == [EVENT] * 3


async def test_what_is_no_event_is_passed_over() -> None:
    seen: list[Event] = []

    async def handler(event: Event) -> None:
        seen.append(event)

    delivery = Delivery(handler)
    await delivery.bring(b"\xc3\x01 something else")
    await delivery.bring(EVENT.encode())
    assert seen == [EVENT]


async def test_closing_ends_the_retries_and_leaves_the_event_with_the_broker() -> None:
    tried = asyncio.Event()

    async def handler(event: Event) -> None:
        tried.set()
        raise RuntimeError("never")

    delivery = Delivery(handler)
    bringing = asyncio.create_task(delivery.bring(EVENT.encode()))
    await tried.wait()
    delivery.close()
    with pytest.raises(RuntimeError, match="never"):
        await bringing
