"""POST …/batch and …/bulk: many questions, or one action on many requests, each with its outcome.

Every item is a command of its own: it is done or refused alone, and all go out at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.answering import GivenAnswer, respond_command
from api.bodies import read_object
from api.calls import caller_of, key_of
from api.door import door_of
from api.entering import charge
from api.errors import views_away
from api.idempotency import MAX_CHARS
from api.identity.access import Operation, admit
from api.json_answers import answer
from api.problems import Problem, problem_of_error
from api.rest.acting import ACTIONS, act, call_for
from api.rest.answers import given_answer
from api.rest.documents.several import ActedOnDocument, OpenedBatchDocument
from api.rest.examples.bodies import BODIES
from api.rest.examples.several import ACTED_ON, OPENED_BATCH
from api.rest.inputs import RespondInput
from api.rest.opening import open_one
from api.rest.replies import Told, told_problem
from api.rest.several_inputs import BatchInput, BulkInput, BulkItem
from api.rest.spec import Shown, described
from event_schemas.types import CommandBody
from kernel.errors import Flaw, HandraiseError, Invalid, Unavailable
from kernel.question import Input, Question
from kernel.text import KIB
from kernel.validation import validated

router = APIRouter(prefix="/api/v1/requests", tags=["requests"])
BATCH_BYTES = 1024 * KIB
_prepared = Callable[[BulkItem], Awaitable[CommandBody]]


@router.post(
    "/batch",
    **described(
        Operation.OPEN,
        "Ask many questions",
        Shown(OpenedBatchDocument, OPENED_BATCH),
        body=Shown(BatchInput, BODIES[BatchInput]),
        keyed=True,
    ),
)
async def open_batch(request: Request) -> Response:
    """Opens up to 100 requests; each item has its own outcome, as if it had come alone.

    An item's `idempotency_key` is that of the single call. Items without one get theirs from the
    header's key and their place.
    """
    key = key_of(request)
    batch = validated(BatchInput, await read_object(request, BATCH_BYTES))
    charge(request, len(batch.items))

    async def one(place: int) -> Told:
        item = batch.items[place]
        question = validated(Question, item.request)
        return await open_one(request, question, item.idempotency_key or _keyed(key, place))

    outcomes = [_outcome(request, one(place)) for place in range(len(batch.items))]
    return answer({"items": list(await asyncio.gather(*outcomes))})


@router.post(
    "/bulk",
    **described(
        Operation.BULK,
        "Do the same with many requests",
        Shown(ActedOnDocument, ACTED_ON),
        body=Shown(BulkInput, BODIES[BulkInput]),
        keyed=True,
    ),
)
async def act_on_many(request: Request) -> Response:
    """Does one thing with up to 100 requests; each item has its own outcome.

    An item whose request is at another revision by now is refused `stale_revision`, and nothing
    happens to it.
    """
    key = key_of(request)
    bulk = validated(BulkInput, await read_object(request))
    prepared = _preparing(request, bulk)
    charge(request, len(bulk.items))

    async def one(item: BulkItem) -> Told:
        call = call_for(request, item.id, bulk.action, item.idempotency_key or key)
        command = await prepared(item)
        return await act(request, call, command, revision=item.revision)

    outcomes = [_outcome(request, one(item), item.id) for item in bulk.items]
    return answer({"items": list(await asyncio.gather(*outcomes))})


def _keyed(key: str | None, place: int) -> str | None:
    return None if key is None else f"{key[:MAX_CHARS]}#{place}"


def _preparing(request: Request, bulk: BulkInput) -> _prepared:
    """How an item becomes its command; what all have in common is checked at once.

    Raises:
        NotAllowed: the caller may not do this.
        Invalid: the body is none for this action.
    """
    caller = caller_of(request)
    if bulk.action == "respond":
        admit(caller, Operation.RESPOND)
        given = given_answer(_body(RespondInput, bulk))

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
    return await respond_command(door, tenant, item.id, replace(given, revision=item.revision))


def _body(model: type[Input], bulk: BulkInput) -> Any:
    try:
        return validated(model, bulk.body or {})
    except Invalid as error:
        flaws = tuple(Flaw(f"/body{flaw.pointer}", flaw.detail) for flaw in error.flaws)
        raise Invalid(str(error), flaws) from None


async def _outcome(
    request: Request, doing: Awaitable[Told], request_id: str | None = None
) -> dict[str, Any]:
    """The outcome of one item, whatever it is."""
    try:
        done = await doing
    except HandraiseError as error:
        done = told_problem(problem_of_error(error))
    except views_away:
        away = Unavailable("The read models are away; this was not done")
        done = told_problem(problem_of_error(away))
    document, problem = done.document, done.problem
    return {
        "status": done.status,
        "id": document["id"] if document else request_id,
        "request": document,
        "problem": _told_problem(request, problem) if problem else None,
    }


def _told_problem(request: Request, problem: Problem) -> dict[str, Any]:
    return problem.document(request.url.path)
