"""Commands as a front door would send them, for tests that need no front door."""

from datetime import UTC, datetime
from typing import Any

from event_schemas.types import (
    Actor,
    ActorKind,
    Callback,
    Candidates,
    Command,
    CommandBody,
    DeadlineAction,
    DeadlinePolicy,
    DecisionOption,
    Means,
    Open,
    Policy,
    Priority,
    Respond,
    Routing,
)
from kernel.commands import command_for
from kernel.ids import new_id

AGENT = Actor(kind=ActorKind.AGENT, id="agent", tenant="demo", auth="api_key", channel="api")
ADA = Actor(
    kind=ActorKind.PERSON, id="ada", tenant="demo", roles=("reviewer",), auth="jwt", channel="api"
)
BEN = Actor(
    kind=ActorKind.PERSON, id="ben", tenant="demo", roles=("reviewer",), auth="jwt", channel="api"
)


def policy(**over: Any) -> Policy:
    """A plain approval."""
    fields: dict[str, Any] = {
        "kind": "approval",
        "kind_version": "1",
        "decisions": (
            DecisionOption(name="approve", label="Approve", means=Means.APPROVE),
            DecisionOption(name="reject", label="Reject", means=Means.REJECT),
        ),
        "deadline": DeadlinePolicy(action=DeadlineAction.FAIL),
        "candidates": Candidates(),
        "self_approval": False,
    }
    return Policy(**{**fields, **over})


def opening(**over: Any) -> Open:
    """A question as `kernel.opening` would resolve it."""
    fields: dict[str, Any] = {
        "kind": "approval",
        "title": "Deploy 1.4?",
        "context": '{"version":"1.4"}',
        "routing": Routing(),
        "priority": Priority.MEDIUM,
        "timeout_seconds": 3600,
        "policy": policy(),
        "metadata": "{}",
        "workflow_id": "wf-1",
        "checkpoint_id": "cp-1",
        "agent_id": "agent",
        "requester_id": "agent",
        "content_hash": "0" * 64,
        "fingerprint": "f" * 64,
    }
    return Open(**{**fields, **over})


def callback(url: str) -> Callback:
    """A callback signed with a key's secret."""
    return Callback(url=url, secret_ref="key:k1")


def command(
    body: CommandBody, request_id: str | None = None, actor: Actor | None = None, **over: Any
) -> Command:
    """A command by the agent for openings, by Ada for all else."""
    by = actor or (AGENT if isinstance(body, Open) else ADA)
    return command_for(
        body, request_id=request_id or new_id(), actor=by, now=datetime.now(UTC), **over
    )


def approve(request_id: str, actor: Actor = ADA, **over: Any) -> Command:
    """An approval."""
    return command(Respond(decision="approve"), request_id, actor, **over)
