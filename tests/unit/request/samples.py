"""The people, policies and questions that the stories of a request are told with."""

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
    LadderStep,
    Means,
    Open,
    Policy,
    Priority,
    Respond,
    Routing,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = 60, 3600, 86_400
REQUEST_ID = "6b0c2f0e-0f6c-5d0a-8d11-3a1f6e6f2b10"
TENANT = "demo"
HASH, OTHER_HASH = "a" * 64, "b" * 64
CALLBACK = Callback(url="https://asker.example/hook", secret_ref="key:k1")

APPROVE = DecisionOption(name="approve", label="Approve", means=Means.APPROVE)
REJECT = DecisionOption(name="reject", label="Reject", means=Means.REJECT)
CHANGES = DecisionOption(
    name="request_changes", label="Ask for changes", means=Means.CHANGES, needs_comment=True
)
RETRY = DecisionOption(name="retry", label="Try again", means=Means.ANSWER)
GIVE_UP = DecisionOption(name="cannot_fix", label="Can't be mended", means=Means.COULD_NOT_COMPLETE)
DECISIONS = (APPROVE, REJECT, CHANGES, RETRY, GIVE_UP)


def person(id: str, *roles: str, **more: Any) -> Actor:  # noqa: A002
    return Actor(
        kind=ActorKind.PERSON,
        id=id,
        roles=roles,
        auth="jwt",
        channel="web",
        **{"tenant": TENANT, **more},
    )


def agent(id: str, **more: Any) -> Actor:  # noqa: A002
    return Actor(
        kind=ActorKind.AGENT,
        id=id,
        auth="api_key",
        channel="api",
        **{"tenant": TENANT, **more},
    )


def service(id: str) -> Actor:  # noqa: A002
    return Actor(kind=ActorKind.SERVICE, id=id, tenant=TENANT, auth="service", channel="service")


BOT = agent("bot")
ANN = person("ann", "reviewer")
BEN = person("ben", "reviewer")
CAT = person("cat", "reviewer")
LEA = person("lea", "lead")
ADA = person("ada", "admin")
CLOCK = service("timeout_svc")
NOTIFIER = service("notifier_svc")
POSTMAN = service("callback_svc")


def rung(name: str, after_seconds: int, *people: str) -> LadderStep:
    return LadderStep(name=name, after_seconds=after_seconds, candidates=Candidates(people=people))


def policy(**over: Any) -> Policy:
    """A policy for one answer by any reviewer, which fails at the deadline."""
    default = Policy(
        kind="approval",
        kind_version="0" * 64,
        decisions=DECISIONS,
        deadline=DeadlinePolicy(action=DeadlineAction.FAIL),
        candidates=Candidates(),
        self_approval=False,
    )
    return replace(default, **over)


def at_deadline(
    action: DeadlineAction, decision: str | None = None, *, data: str | None = None
) -> DeadlinePolicy:
    return DeadlinePolicy(action=action, decision=decision, comment="by default", data=data)


def question(*, rules: Policy | None = None, **over: Any) -> Open:
    """A question of the bot's with an hour to answer and nobody to call back."""
    asked = Open(
        kind="approval",
        title="May this be merged?",
        context="{}",
        routing=Routing(),
        priority=Priority.MEDIUM,
        timeout_seconds=HOUR,
        policy=rules or policy(),
        metadata='{"workflow_id": "w1"}',
        workflow_id="w1",
        agent_id="bot",
        requester_id="bot",
        content_hash=HASH,
        fingerprint="f1",
    )
    return replace(asked, **over)


def answer(decision: str = "approve", **over: Any) -> Respond:
    words = "Because." if decision == "request_changes" else None
    return replace(Respond(decision=decision, comment=words), **over)


def later_by(seconds: float) -> datetime:
    """The moment so many seconds after the request was opened."""
    return NOON + timedelta(seconds=seconds)
