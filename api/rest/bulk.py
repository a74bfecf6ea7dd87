"""Does one thing with many requests, whichever page or route asks for it.

Every item is a command of its own: it is done or refused alone, and all go out at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request

from api.answering import GivenAnswer, respond_command
from api.calls import caller_of
from api.door import door_of
from api.entering import charge
from api.errors import views_away
from api.identity.access import Operation, admit
from api.problems import problem_of_error
from api.rest.acting import ACTIONS, act, call_for
from api.rest.answers import given_answer
from api.rest.inputs import RespondInput
from api.rest.replies import Told, told_problem
from api.rest.several_inputs import BulkInput, BulkItem
from event_schemas.types import CommandBody
from kernel.errors import Flaw, HandraiseError, Invalid, Unavailable
from kernel.question import Input
from kernel.validation import flawed, validated

_prepared = Callable[[BulkItem], Awaitable[CommandBody]]


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """What came of one item."""

    request_id: str
    told: Told


async def done_to_all(
    request: Request, bulk: BulkInput, *, key: str | None, channel: str = "api"
) -> list[ItemOutcome]:
    """What came of the action for each item, in their order; `key` counts where an item has none.

    An item whose request is at another revision by now is refused, and nothing happens to it.

    Raises:
        NotAllowed: the caller may not do this at all.
        Invalid: the body is none for this action.
        TooMany: the caller may not do so much now; nothing was done.
    """
    prepared = _preparing(request, bulk)
    charge(request, len(bulk.items))

    async def one(item: BulkItem) -> Told:
        call = call_for(request, item.id, bulk.action, item.idempotency_key or key)
        command = await prepared(item)
        return await act(request, replace(call, channel=channel), command, revision=item.revision)

    told = await asyncio.gather(*(told_of(one(item)) for item in bulk.items))
    return [ItemOutcome(item.id, each) for item, each in zip(bulk.items, told, strict=True)]


async def told_of(doing: Awaitable[Told]) -> Told:
    """What came of one item; what is raised is told as its problem."""
    try:
        return await doing
    except HandraiseError as error:
        return told_problem(problem_of_error(error))
    except views_away:
        away = Unavailable("The read models are away; this was not done")
        return told_problem(problem_of_error(away))


def _preparing(request: Request, bulk: BulkInput) -> _prepared:
    """How an item becomes its command; what all have in common is checked at once."""
    caller = caller_of(request)
    if bulk.action == "respond":
        admit(caller, Operation.RESPOND)
        body = _body(RespondInput, bulk)
        if body.seen is not None:
            raise flawed("/body/seen", "each request is looked at by itself; leave it out")
        given = given_answer(body)

        async def answered(item: BulkItem) -> CommandBody:
            return await _answer(request, item, given)

        return answered
    action = ACTIONS[bulk.action]
    admit(caller, action.operation)
    command = action.command(_body(action.model, bulk))

    async def same(_item: BulkItem) -> CommandBody:
        return command

    return same


async def _answer(request: Request, item: BulkItem, given: GivenAnswer) -> CommandBody:
    door, tenant = door_of(request), caller_of(request).tenant
    content_hash = item.content_hash or given.content_hash
    bound = replace(given, revision=item.revision, content_hash=content_hash)
    return await respond_command(door, tenant, item.id, bound)


def _body(model: type[Input], bulk: BulkInput) -> Any:
    try:
        return validated(model, bulk.body or {})
    except Invalid as error:
        flaws = tuple(Flaw(f"/body{flaw.pointer}", flaw.detail) for flaw in error.flaws)
        raise Invalid(str(error), flaws) from None
