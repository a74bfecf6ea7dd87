"""A request in memory, and the circumstances of one thing that happened to it."""

from dataclasses import dataclass
from datetime import datetime

from event_schemas.types import Actor, ActorKind, Means, Policy, RequestState, Stage, State
from kernel.ids import event_id_for

_open = frozenset(
    {State.PENDING, State.NOTIFIED, State.ASSIGNED, State.IN_PROGRESS, State.REVISING}
)

ANSWERING = frozenset({Means.APPROVE, Means.ANSWER})
"""The meanings of decisions that give what was asked for; the others say no, or not yet."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is known of a request: its own state, and the policy that it may share with others."""

    state: RequestState
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The circumstances of one event, all taken from the entry that holds it.

    `actor` is who caused it (the policy, if the clock did); `at` orders entries, `received_at` is
    when the command reached the broker: durations start there. `entry_hash` and `index` say where
    the event lies in the log, and so its id.
    """

    request_id: str
    tenant: str
    actor: Actor
    at: datetime
    received_at: datetime
    entry_hash: bytes
    index: int
    correlation_id: str | None = None
    traceparent: str | None = None

    @property
    def event_id(self) -> str:
        """The public id of the event."""
        return event_id_for(self.entry_hash, self.index)


def policy_actor(tenant: str) -> Actor:
    """The actor of everything that the clock or a rule does in a tenant."""
    return Actor(
        kind=ActorKind.POLICY, id="policy", tenant=tenant, auth="policy", channel="service"
    )


def is_open(state: RequestState) -> bool:
    """Whether the request still waits for an answer or a revision."""
    return state.state in _open


def is_closed(state: RequestState) -> bool:
    """Whether the request has its outcome."""
    return state.state not in _open


def stage_of(request: Request) -> Stage:
    """The stage that is open; a policy without stages is one stage of its own."""
    policy, index = request.policy, request.state.stage
    if 0 <= index < len(policy.stages):
        return policy.stages[index]
    return Stage(name="", candidates=policy.candidates, quorum=policy.quorum)


def is_last_stage(request: Request) -> bool:
    """Whether reaching the quorum of the open stage closes the request."""
    return request.state.stage + 1 >= len(request.policy.stages)


def is_shared(request: Request) -> bool:
    """Whether several people answer at once, so that nobody can hold the request alone."""
    return stage_of(request).quorum > 1


def counts_votes(request: Request) -> bool:
    """Whether answers are recorded as votes before they close anything."""
    return bool(request.policy.stages) or is_shared(request)
