"""Tells a workflow's story again, from the event log and from what its people did.

The agent's own events come from its store; what became of its questions comes from the service,
where there is a client to ask. `ending_told` folds the log anew, so that a story that does not
agree with where the workflow stands is seen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from handraise.client import Handraise
from handraise.events import Event
from handraise.models import HistoryEntry, Json, Request
from handraise.statuses import Status
from handraise.storage import Store
from handraise.topics import WORKFLOW_COMPLETED, WORKFLOW_FAILED, WORKFLOW_STARTED
from handraise.work import Tries
from handraise.workflows import WorkflowState, state_of

_ENDINGS: Final = (Status.COMPLETED, Status.FAILED, Status.GIVEN_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened. `request_id` and `who` where it happened to a question."""

    at: datetime
    event_type: str
    data: Json
    request_id: str | None = None
    who: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that happened to a workflow, in order, and where it stands.

    `ending_told` is the ending that its events tell, or None where they tell none.
    """

    workflow: WorkflowState
    moments: tuple[Moment, ...]
    requests: tuple[Request, ...]
    tries: Tries | None
    ending_told: Status | None

    @property
    def agrees(self) -> bool:
        """Whether the event log tells the ending that the workflow has."""
        status = self.workflow.status
        return self.ending_told == (status if status in _ENDINGS else None)


async def story_of(store: Store, workflow_id: str, hand: Handraise | None = None) -> Story | None:
    """The story of a workflow, or None for an unknown one.

    Raises what `Handraise.list` and `Handraise.history` raise.
    """
    workflow = await state_of(store, workflow_id)
    if workflow is None:
        return None
    async with store.transaction() as tables:
        events = [logged.event for logged in await tables.events.of_workflow(workflow_id)]
        tries = await tables.work.tries(workflow_id)
    moments = [_of_event(event) for event in events]
    requests: Sequence[Request] = ()
    if hand is not None:
        requests = await _requests(hand, workflow_id)
        for request in requests:
            moments += _of_history(request, await hand.history(request.id))
    return Story(
        workflow=workflow,
        moments=tuple(sorted(moments, key=lambda moment: moment.at)),
        requests=tuple(requests),
        tries=tries,
        ending_told=ending_told(events),
    )


def ending_told(events: Iterable[Event]) -> Status | None:
    """How a workflow ended, by its events alone; None for one that goes on."""
    ending: Status | None = None
    for event in events:
        if event.event_type == WORKFLOW_STARTED:
            ending = None
        elif event.event_type == WORKFLOW_COMPLETED:
            ending = Status.COMPLETED
        elif event.event_type == WORKFLOW_FAILED:
            ending = Status.GIVEN_UP if event.data.get("dead_letter") else Status.FAILED
    return ending


async def _requests(hand: Handraise, workflow_id: str) -> Sequence[Request]:
    page = await hand.list(workflow_id=workflow_id)
    found = list(page.items)
    while page.next_cursor is not None:
        page = await hand.list(workflow_id=workflow_id, cursor=page.next_cursor)
        found += page.items
    return found


def _of_event(event: Event) -> Moment:
    return Moment(at=event.timestamp, event_type=event.event_type, data=event.data)


def _of_history(request: Request, entries: Iterable[HistoryEntry]) -> list[Moment]:
    return [
        Moment(
            at=entry.at,
            event_type=entry.event,
            data=entry.data,
            request_id=request.id,
            who=entry.actor,
        )
        for entry in entries
    ]
