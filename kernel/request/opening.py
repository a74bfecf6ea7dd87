"""How a request comes into being."""

from functools import lru_cache
from hashlib import sha256

from event_schemas.types import Policy, Requested, RequestState, State
from kernel.codec import body_of
from kernel.request.business import deadline_hours, seconds_counted
from kernel.request.deadline import past_reminders
from kernel.request.model import Context, Request


@lru_cache(maxsize=1024)
def policy_id_of(policy: Policy) -> str:
    """The identity of a policy: SHA-256 of its Avro body, lower-case hex."""
    return sha256(body_of(policy)).hexdigest()


def opened(before: Request | None, event: Requested, context: Context) -> Request:
    """The request that `Requested` begins; `before` only serves to go on counting versions."""
    policy = event.policy
    state = RequestState(
        request_id=context.request_id,
        tenant=context.tenant,
        version=1 if before is None else before.state.version + 1,
        state=State.PENDING,
        policy_id=policy_id_of(policy),
        principal_id=event.principal_id,
        workflow_id=event.workflow_id,
        checkpoint_id=event.checkpoint_id,
        agent_id=event.agent_id,
        metadata=event.metadata,
        requester_id=event.requester_id,
        revision=1,
        revisions_used=0,
        content_hash=event.content_hash,
        needs_data=event.needs_data,
        fingerprint=event.fingerprint,
        priority=event.priority,
        notified=False,
        deadline=event.deadline,
        timeout_seconds=_timeout_seconds(event, context),
        deadline_generation=1,
        reminders_sent=0,
        reminders_skipped=past_reminders(policy, event.deadline, context.received_at),
        escalation_level=0,
        ladder_from=context.received_at,
        claim_generation=0,
        stage=0,
        callback=event.callback,
        redeemed=False,
        created_at=context.at,
        last_hash=context.entry_hash,
        traceparent=context.traceparent,
    )
    return Request(state, policy)


def _timeout_seconds(event: Requested, context: Context) -> int | None:
    if event.deadline is None:
        return None
    hours = deadline_hours(event.policy)
    return seconds_counted(hours, context.received_at, event.deadline)
