"""A workflow's story, told again from the event log and from what its people did."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from handraise import Event, Request
from handraise.replay import Story, ending_told, story_of
from handraise.statuses import Status

from tests.unit.sdk.agents import NOW, Bench, bench
from tests.unit.sdk.service import hand_over


@pytest.fixture
def desk(tmp_path: Path) -> Bench:
    return bench(tmp_path)


async def answered(desk: Bench, **fields: Any) -> Story:
    async with desk.refunds() as agent:
        await agent.start({"order": "A-17"}, workflow_id="wf-1")
        closed = desk.service.close(desk.only_request(), **fields)
        await agent.accept(Request.model_validate(closed))
        story = await story_of(agent.runtime.store, "wf-1")
    assert story is not None
    return story


async def test_the_events_are_told_in_order_and_agree_with_the_ending(desk: Bench) -> None:
    story = await answered(desk)
    assert [moment.event_type for moment in story.moments] == [
        "workflow.started",
        "code.analysis.needed",
        "code.approved",
        "workflow.completed",
    ]
    assert (story.ending_told, story.agrees) == (Status.COMPLETED, True)


async def test_a_failed_workflow_is_told_as_failed(desk: Bench) -> None:
    story = await answered(desk, response={"decision": "reject"})
    assert (story.ending_told, story.workflow.status) == (Status.FAILED, Status.FAILED)


async def test_a_workflow_that_waits_has_no_ending(desk: Bench) -> None:
    async with desk.refunds() as agent:
        await agent.start(workflow_id="wf-1")
        story = await story_of(agent.runtime.store, "wf-1")
    assert story is not None
    assert (story.ending_told, story.agrees) == (None, True)


async def test_a_log_that_tells_another_ending_is_seen(desk: Bench) -> None:
    async with desk.refunds() as agent:
        await agent.start(workflow_id="wf-1")
        await agent.publish("workflow.completed", "wf-1", {})
        story = await story_of(agent.runtime.store, "wf-1")
    assert story is not None
    assert not story.agrees


async def test_an_unknown_workflow_has_no_story(desk: Bench) -> None:
    async with desk.refunds() as agent:
        assert await story_of(agent.runtime.store, "wf-9") is None


async def test_what_people_did_is_told_between_the_events(desk: Bench) -> None:
    asked = {"id": "req-1", "state": "notified", "type": "approval", "title": "Refund?"}
    history = {
        "items": [
            {"at": "2025-01-15T10:30:00.000001Z", "event": "Requested", "actor": "refunds"},
            {"at": "2030-01-15T10:30:00Z", "event": "Received", "actor": "kim"},
        ]
    }

    def service(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/history"):
            return httpx.Response(200, json=history)
        assert request.url.params["workflow_id"] == "wf-1"
        first = "cursor" not in request.url.params
        page = {"items": [asked] if first else [], "next_cursor": "more" if first else None}
        return httpx.Response(200, json=page)

    async with desk.refunds() as agent:
        await agent.start(workflow_id="wf-1")
        story = await story_of(agent.runtime.store, "wf-1", hand_over(service))
    assert story is not None
    assert [one.title for one in story.requests] == ["Refund?"]
    told = [(one.event_type, one.request_id, one.who) for one in story.moments]
    assert told[-1] == ("Received", "req-1", "kim")
    assert [one for one in told if one[1] is None] == [
        ("workflow.started", None, None),
        ("code.analysis.needed", None, None),
    ]
    assert list(story.moments) == sorted(story.moments, key=lambda one: one.at)


def event(event_type: str, **data: Any) -> Event:
    return Event(event_id="e", event_type=event_type, workflow_id="wf-1", timestamp=NOW, data=data)


@pytest.mark.parametrize(
    ("events", "ending"),
    [
        ([], None),
        ([event("workflow.started")], None),
        ([event("workflow.started"), event("workflow.failed")], Status.FAILED),
        ([event("workflow.failed", dead_letter=True)], Status.GIVEN_UP),
        ([event("workflow.failed", dead_letter=True), event("workflow.started")], None),
        ([event("workflow.completed"), event("code.approved")], Status.COMPLETED),
    ],
)
def test_the_last_word_of_the_log_counts(events: list[Event], ending: Status | None) -> None:
    assert ending_told(events) == ending
