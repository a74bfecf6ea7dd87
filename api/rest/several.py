"""POST …/batch and …/bulk: many questions, or one action on many requests, each with its outcome.

Every item is a command of its own: it is done or refused alone, and all go out at once.
"""

import asyncio
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_object
from api.calls import key_of
from api.entering import charge
from api.idempotency import MAX_CHARS
from api.identity.access import Operation
from api.json_answers import answer
from api.rest.bulk import done_to_all, told_of
from api.rest.documents.several import ActedOnDocument, OpenedBatchDocument
from api.rest.examples.bodies import BODIES
from api.rest.examples.several import ACTED_ON, OPENED_BATCH
from api.rest.opening import open_one
from api.rest.replies import Told
from api.rest.several_inputs import BatchInput, BulkInput
from api.rest.spec import Shown, described
from kernel.question import Question
from kernel.text import KIB
from kernel.validation import validated

router = APIRouter(prefix="/api/v1/requests", tags=["requests"])
BATCH_BYTES = 1024 * KIB


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

    opened = await asyncio.gather(*(told_of(one(place)) for place in range(len(batch.items))))
    return answer({"items": [_item_document(request, each) for each in opened]})


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
    done = await done_to_all(request, bulk, key=key)
    items = [_item_document(request, one.told, one.request_id) for one in done]
    return answer({"items": items})


def _keyed(key: str | None, place: int) -> str | None:
    return None if key is None else f"{key[:MAX_CHARS]}#{place}"


def _item_document(request: Request, done: Told, request_id: str | None = None) -> dict[str, Any]:
    """The outcome of one item, whatever it is."""
    document, problem = done.document, done.problem
    return {
        "status": done.status,
        "id": document["id"] if document else request_id,
        "request": document,
        "problem": problem.document(request.url.path) if problem else None,
    }
