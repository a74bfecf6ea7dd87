"""Public events as the relay sends them, for measuring those who read them."""

from datetime import datetime, timedelta

from event_schemas.types import (
    Actor,
    ActorKind,
    CallbackSent,
    Completed,
    Envelope,
    Event,
    EventMetadata,
    Means,
    NextStep,
    Notified,
    Outcome,
    Priority,
    Received,
    RequestStatus,
    Response,
    Started,
    State,
    StepKind,
)
from kernel.clock import utc_now
from kernel.ids import new_id
from kernel.topics import event_type_of

TENANT = "acme"
HASH = "ab" * 32
_open = {State.IN_PROGRESS, State.NOTIFIED}
_sent = CallbackSent(delivery_id="d", attempts=1, status_code=200)


def moved(request_id: str, due: datetime) -> Envelope:
    """An event after which the clock has something to do at `due`."""
    step = NextStep(kind=StepKind.EXPIRE, at=due, generation=1)
    return envelope(Started(), request_id, 1, State.IN_PROGRESS, step)


def life(request_id: str) -> list[Envelope]:
    """The events of a whole life, with a deadline of an hour."""
    step = NextStep(kind=StepKind.EXPIRE, at=utc_now() + timedelta(hours=1), generation=1)
    answer = Response(
        decision="approve",
        means=Means.APPROVE,
        revision=1,
        content_hash=HASH,
        responded_at=utc_now(),
    )
    received = Received(response=answer, outcome=Outcome.ANSWERED)
    return [
        envelope(Started(), request_id, 1, State.IN_PROGRESS, step),
        envelope(
            Notified(notice_id="n", channels=("web",), sent=1, failed=0),
            request_id,
            2,
            State.NOTIFIED,
            step,
        ),
        envelope(received, request_id, 3, State.RESPONDED, None),
        envelope(
            CallbackSent(delivery_id="d", attempts=1, status_code=200),
            request_id,
            4,
            State.RESPONDED,
            None,
        ),
        envelope(Completed(), request_id, 5, State.COMPLETED, None),
    ]


def envelope(
    data: Event, request_id: str, version: int, state: State, step: NextStep | None
) -> Envelope:
    """An event with the public state after it."""
    now = utc_now()
    return Envelope(
        event_id=new_id(),
        event_type=event_type_of(type(data).__name__),
        workflow_id="w1",
        timestamp=now,
        data=data,
        metadata=EventMetadata(
            agent_id="bench",
            request_id=request_id,
            tenant=TENANT,
            version=version,
            actor=Actor(
                kind=ActorKind.AGENT, id="bench", tenant=TENANT, auth="api_key", channel="api"
            ),
            log_partition=0,
            log_offset=0,
        ),
        request=RequestStatus(
            version=version,
            state=state,
            outcome=None if state in _open else Outcome.ANSWERED,
            kind="approval",
            workflow_id="w1",
            agent_id="bench",
            metadata="{}",
            revision=1,
            content_hash=HASH,
            priority=Priority.MEDIUM,
            deadline=now + timedelta(hours=1),
            escalation_level=0,
            reminders_sent=0,
            next_step=step,
            created_at=now,
        ),
    )
