"""What the clock knows of a request, and what it says when a step is due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from event_schemas.types import (
    Command,
    CommandBody,
    Envelope,
    Escalate,
    Expire,
    NextStep,
    Release,
    Remind,
    StepKind,
)
from kernel.commands import command_for
from kernel.ids import derived_id
from kernel.outbound.reporting import service_actor

SERVICE = "timeout_svc"
# A closed request stays closed, so that whatever else is said of it, in whatever order, is old.
CLOSED_VERSION = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """The next step of a request as of a version of it; None when the clock has nothing to do."""

    request_id: str
    tenant: str
    version: int
    step: NextStep | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A step whose time has come, as of a version of its request."""

    request_id: str
    tenant: str
    version: int
    step: NextStep


def latest(envelopes: Iterable[Envelope]) -> list[Timer]:
    """What the events say last of each request, in the order of the request ids."""
    timers: dict[str, Timer] = {}
    for envelope in envelopes:
        status, key = envelope.request, envelope.metadata.request_id
        version = status.version if status.outcome is None else CLOSED_VERSION
        known = timers.get(key)
        if known is None or known.version < version:
            timers[key] = Timer(
                request_id=key,
                tenant=envelope.metadata.tenant,
                version=version,
                step=status.next_step,
            )
    return [timers[key] for key in sorted(timers)]


def command_of(due: Due, now: datetime) -> Command:
    """The command that a due step is; the same step always gives the same command id."""
    step = due.step
    return command_for(
        body_of(step),
        request_id=due.request_id,
        actor=service_actor(SERVICE, due.tenant),
        now=now,
        # Reminders of one deadline share its generation; their instants tell them apart.
        command_id=derived_id(
            "timer", due.request_id, step.kind, str(step.generation), step.at.isoformat()
        ),
    )


def body_of(step: NextStep) -> CommandBody:
    """What the core is asked to do about a step."""
    match step.kind:
        case StepKind.RELEASE:
            return Release(generation=step.generation)
        case StepKind.REMIND:
            return Remind(generation=step.generation)
        case StepKind.ESCALATE:
            return Escalate(generation=step.generation)
        case StepKind.EXPIRE:
            return Expire(generation=step.generation)
