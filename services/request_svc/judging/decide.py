"""A command is decided: its events, or why it is turned down, by a pure and total function.

No clock, no random, no input or output: the same arguments give the same events in the same
bytes, and no command that fits its schema makes it raise.
"""

from datetime import datetime
from typing import assert_never

from event_schemas.types import (
    ActorKind,
    Assign,
    Cancel,
    Claim,
    Command,
    CommandBody,
    Comment,
    Escalate,
    Expire,
    Extend,
    Open,
    RecordCallback,
    RecordNotification,
    Redeem,
    Refusal,
    Release,
    Remind,
    Reprioritise,
    Respond,
    Revise,
    Start,
)
from kernel.request.model import Request
from services.request_svc.judging.answer import judge_respond
from services.request_svc.judging.authority import (
    AUTHORITY,
    Matter,
    Party,
    parties_of,
    why_actor_barred,
)
from services.request_svc.judging.case import Case, Decided, Happened
from services.request_svc.judging.course import (
    judge_cancel,
    judge_comment,
    judge_escalate,
    judge_extend,
    judge_reprioritise,
    judge_revise,
)
from services.request_svc.judging.due import apply_due, is_overdue
from services.request_svc.judging.fact import judge_callback, judge_notification
from services.request_svc.judging.opening import judge_open
from services.request_svc.judging.owner import (
    judge_assign,
    judge_claim,
    judge_release,
    judge_start,
)
from services.request_svc.judging.phases import out_of_phase
from services.request_svc.judging.receipt import judge_redeem
from services.request_svc.judging.refusals import late, not_allowed, stale_revision, unknown
from services.request_svc.judging.trigger import judge_trigger

__all__ = ["Decided", "Happened", "decide"]

_unhurried = (Comment, RecordNotification, RecordCallback)


def decide(
    command: Command,
    body: CommandBody,
    request: Request | None,
    received_at: datetime,
    at: datetime,
) -> Decided:
    """The events of a command, and why it was turned down, if it was.

    First every step that the clock made due by `received_at` happens, by policy; then the command
    is judged against the result. So a late answer gives both the closing and a refusal that names
    it. A command for another tenant's request sees and moves nothing.

    Args:
        command: the envelope: who, for which request.
        body: the command itself.
        request: the request as it stands, None if there is none.
        received_at: the broker's stamp of the command; judges every deadline, begins every span.
        at: the entry's time; stamps what happens, judges nothing.
    """
    if not _reaches(command, request) or (request is None and not isinstance(body, Open)):
        return Decided((), unknown(command))
    case = Case(command, received_at, at, request)
    apply_due(case)
    refusal = _judge(case, body)
    return Decided(case.happened, refusal)


def _reaches(command: Command, request: Request | None) -> bool:
    """Whether the command stays within the tenant of its actor and of the request."""
    actor = command.actor
    own = actor.kind is ActorKind.SERVICE or actor.tenant == command.tenant
    return own and (request is None or request.state.tenant == command.tenant)


def _judge(case: Case, body: CommandBody) -> Refusal | None:
    if isinstance(body, Open):
        return judge_open(case, body)
    request = case.request
    if request is None:
        return unknown(case.command)
    parties = parties_of(type(body), case.actor, Matter.of(request))
    if not parties:
        return _forbidden(case, body, request)
    if Party.TIMEOUT in parties and isinstance(body, Expire | Remind | Escalate | Release):
        return judge_trigger(case, body, request)
    refusal = out_of_phase(body, request.state) or _overtaken(case, body, request)
    return refusal or _stale(case, request) or _judge_in_place(case, body, request)


def _forbidden(case: Case, body: CommandBody, request: Request) -> Refusal:
    parties = AUTHORITY[type(body)]
    barred = why_actor_barred(case.actor, request) if Party.REVIEWER in parties else None
    may = " or ".join(parties)
    return not_allowed(barred or f"{type(body).__name__} is only for {may}.", request.state)


def _overtaken(case: Case, body: CommandBody, request: Request) -> Refusal | None:
    if isinstance(body, _unhurried) or not is_overdue(request, case.received_at):
        return None
    return late("The deadline has passed; the request is being closed.", request.state)


def _stale(case: Case, request: Request) -> Refusal | None:
    """A command that names the revision which its sender looked at is for no other."""
    seen, state = case.command.revision, request.state
    if seen is None or seen == state.revision:
        return None
    return stale_revision(f"This was for revision {seen}; now it is {state.revision}.", state)


def _judge_in_place(case: Case, body: CommandBody, request: Request) -> Refusal | None:  # noqa: C901, PLR0912 -- one case per command
    match body:
        case Respond():
            return judge_respond(case, body, request)
        case Claim():
            return judge_claim(case, body, request)
        case Start():
            return judge_start(case, body, request)
        case Release():
            return judge_release(case, body, request)
        case Assign():
            return judge_assign(case, body, request)
        case Comment():
            return judge_comment(case, body, request)
        case Extend():
            return judge_extend(case, body, request)
        case Escalate():
            return judge_escalate(case, body, request)
        case Reprioritise():
            return judge_reprioritise(case, body, request)
        case Cancel():
            return judge_cancel(case, body, request)
        case Revise():
            return judge_revise(case, body, request)
        case Redeem():
            return judge_redeem(case, body, request)
        case RecordNotification():
            return judge_notification(case, body, request)
        case RecordCallback():
            return judge_callback(case, body, request)
        case Open() | Expire() | Remind():
            return None
        case _:
            assert_never(body)
