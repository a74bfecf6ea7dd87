"""What one may do with a request, word by word: who, with which body, and the command it makes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from starlette.requests import Request

from api.calls import call_about, request_id_in
from api.door import door_of
from api.identity.access import Operation
from api.rest.inputs import (
    AssignInput,
    ExtendInput,
    NothingInput,
    ReasonInput,
    ReprioritiseInput,
)
from api.rest.replies import Told, acted, told
from api.sending import Call, ask
from event_schemas.types import (
    Assign,
    Assignee,
    Cancel,
    Claim,
    CommandBody,
    Escalate,
    Extend,
    Priority,
    Release,
    Reprioritise,
    Start,
)
from kernel.question import Input


@dataclass(frozen=True, slots=True)
class Action:
    """Something that one may do with a request, and its command for a body of this model."""

    operation: Operation
    model: type[Input]
    command: Callable[[Any], CommandBody]


def _assign(body: AssignInput) -> Assign:
    assignee = Assignee(person=body.assignee.person, team=body.assignee.team)
    return Assign(assignee=assignee, reason=body.reason)


def _extend(body: ExtendInput) -> Extend:
    seconds = None if body.minutes is None else body.minutes * 60
    return Extend(seconds=seconds, deadline=body.timeout_at, reason=body.reason)


def _reprioritise(body: ReprioritiseInput) -> Reprioritise:
    return Reprioritise(priority=Priority(body.priority), reason=body.reason)


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "claim": Action(Operation.CLAIM, NothingInput, lambda _: Claim()),
        "release": Action(Operation.RELEASE, ReasonInput, lambda b: Release(reason=b.reason)),
        "start": Action(Operation.START, NothingInput, lambda _: Start()),
        "assign": Action(Operation.ASSIGN, AssignInput, _assign),
        "extend": Action(Operation.EXTEND, ExtendInput, _extend),
        "escalate": Action(Operation.ESCALATE, ReasonInput, lambda b: Escalate(reason=b.reason)),
        "reprioritise": Action(Operation.REPRIORITISE, ReprioritiseInput, _reprioritise),
        "cancel": Action(Operation.CANCEL, ReasonInput, lambda b: Cancel(reason=b.reason)),
    }
)


def call_for(request: Request, request_id: str, word: str, key: str | None) -> Call:
    """The call that does this with a request, whichever route it came by.

    Raises:
        NotFound: the id is none.
    """
    route = f"POST /api/v1/requests/{{request_id}}/{word}"
    return replace(call_about(request, request_id_in(request_id)), route=route, key=key)


async def act(
    request: Request, call: Call, command: CommandBody, *, revision: int | None = None
) -> Told:
    """Sends a command; with a `revision` the request must be at that one.

    Raises:
        Unavailable: it was not made durable.
        Invalid: it is too large.
    """
    door = door_of(request)
    reply = await ask(door.commands, door.clock, call, command, revision=revision)
    return told(call.request_id, reply, acted)
