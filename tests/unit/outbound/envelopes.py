"""Public events as the relay sends them, made for tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from event_schemas.types import (
    Actor,
    ActorKind,
    Callback,
    Candidates,
    DeadlineAction,
    DeadlinePolicy,
    DecisionOption,
    Envelope,
    Event,
    EventMetadata,
    Means,
    Outcome,
    Policy,
    Priority,
    Received,
    Requested,
    RequestStatus,
    Response,
    Routing,
    State,
)
from kernel.ids import new_id
from kernel.topics import event_type_of

OPENED = datetime(2030, 1, 15, 10, 30, tzinfo=UTC)
ANSWERED = OPENED + timedelta(minutes=30)
SECRET_REF = "key:k1"
METADATA = '{"agent_id": "code-review-agent", "ticket": 42}'


def status(**over: Any) -> RequestStatus:
    """The state block of a request that is open."""
    plain = RequestStatus(
        version=1,
        state=State.PENDING,
        kind="approval",
        workflow_id="wf-abc123",
        checkpoint_id="cp-xyz789",
        agent_id="code-review-agent",
        metadata=METADATA,
        revision=1,
        content_hash="ab" * 32,
        priority=Priority.HIGH,
        deadline=OPENED + timedelta(days=1),
        escalation_level=0,
        reminders_sent=0,
        created_at=OPENED,
    )
    return replace(plain, **over)


def envelope(
    data: Event,
    *,
    request_id: str | None = None,
    tenant: str = "acme",
    event_id: str | None = None,
    timestamp: datetime = ANSWERED,
    **over: Any,
) -> Envelope:
    """An event with its surroundings; `over` changes the state block."""
    block = status(**over)
    return Envelope(
        event_id=event_id or new_id(),
        event_type=event_type_of(type(data).__name__),
        workflow_id=block.workflow_id,
        timestamp=timestamp,
        data=data,
        metadata=EventMetadata(
            agent_id=block.agent_id,
            request_id=request_id or new_id(),
            tenant=tenant,
            version=block.version,
            actor=Actor(
                kind=ActorKind.PERSON, id="user-456", tenant=tenant, auth="jwt", channel="web"
            ),
            log_partition=0,
            log_offset=0,
        ),
        request=block,
    )


def response(**over: Any) -> Response:
    """An approval by a person."""
    plain = Response(
        decision="approve",
        means=Means.APPROVE,
        comment="LGTM",
        responder_id="user-456",
        channel="web",
        revision=1,
        content_hash="ab" * 32,
        responded_at=ANSWERED,
    )
    return replace(plain, **over)


def received(url: str | None, *, answer: Response | None = None, **over: Any) -> Envelope:
    """The final answer of a request that calls back to `url`."""
    closed = {
        "state": State.RESPONDED,
        "outcome": Outcome.ANSWERED,
        "version": 3,
        "callback": None if url is None else Callback(url=url, secret_ref=SECRET_REF),
    }
    data = Received(response=answer or response(), outcome=Outcome.ANSWERED)
    return envelope(data, **{**closed, **over})


def policy(**over: Any) -> Policy:
    """The rules of a plain approval."""
    plain = Policy(
        kind="approval",
        kind_version="1",
        decisions=(
            DecisionOption(name="approve", label="Approve", means=Means.APPROVE),
            DecisionOption(name="reject", label="Reject", means=Means.REJECT),
        ),
        deadline=DeadlinePolicy(action=DeadlineAction.FAIL),
        candidates=Candidates(),
        self_approval=False,
    )
    return replace(plain, **over)


def requested(routing: Routing | None = None, **over: Any) -> Requested:
    """A question of an agent."""
    plain = Requested(
        kind="approval",
        title="Review High-Risk Code Changes",
        description="Complaint #42 requires database schema changes",
        context="{}",
        routing=routing or Routing(),
        priority=Priority.HIGH,
        deadline=OPENED + timedelta(days=1),
        policy=policy(),
        metadata=METADATA,
        workflow_id="wf-abc123",
        checkpoint_id="cp-xyz789",
        agent_id="code-review-agent",
        requester_id="agents",
        content_hash="ab" * 32,
        fingerprint="cd" * 32,
    )
    return replace(plain, **over)
