"""Reads a body within our limits: a size cap, plain JSON, and a model that forbids extras."""

import asyncio
from collections.abc import AsyncGenerator
from typing import TypeVar

from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request

from api.errors import BadRequest, BodyTooLarge, MediaType, TooSlow
from kernel.text import MAX_BYTES, JsonObject, read_json
from kernel.validation import validated

M = TypeVar("M", bound=BaseModel)
BODY_SECONDS = 20


async def read_bytes(request: Request, limit: int = MAX_BYTES) -> bytes:
    """The raw body.

    Raises:
        MediaType: it is compressed; small bodies that unfold into huge ones are not for us.
        BodyTooLarge: longer than the limit; no more than the limit was read.
        TooSlow: its end did not come in time.
        BadRequest: the caller hung up.
    """
    try:
        async with asyncio.timeout(BODY_SECONDS):
            chunks = [chunk async for chunk in body_of(request, limit)]
    except TimeoutError:
        raise TooSlow(f"The body was not there after {BODY_SECONDS} seconds") from None
    return b"".join(chunks)


async def body_of(request: Request, limit: int) -> AsyncGenerator[bytes]:
    """The raw body as it comes.

    Raises:
        MediaType, BodyTooLarge, BadRequest: as `read_bytes`.
    """
    for encoding in request.headers.getlist("content-encoding"):
        if encoding.strip().lower() != "identity":
            raise MediaType(f"A body encoded with {encoding[:40]!r} is not accepted; send it plain")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:12]) > limit:
        raise BodyTooLarge(f"At most {limit} bytes are read")
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise BodyTooLarge(f"At most {limit} bytes are read")
            yield chunk
    except ClientDisconnect:
        raise BadRequest("The body broke off") from None


async def read_object(request: Request, limit: int = MAX_BYTES) -> JsonObject:
    """The JSON object in the body; an empty body is an empty object.

    Raises:
        MediaType, BodyTooLarge: as `read_bytes`, or the type is not JSON.
        Invalid: no JSON, no object, or beyond the limits of `read_json`.
    """
    raw = await read_bytes(request, limit)
    if not raw:
        return {}
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    if kind.lower() != "application/json" and not kind.lower().endswith("+json"):
        raise MediaType(f"application/json is expected, not {kind[:80]!r}")
    return read_json(raw, limit)


async def read_model(request: Request, model: type[M]) -> M:
    """The body as a model.

    Raises:
        MediaType, BodyTooLarge, Invalid: as `read_object`, or the model does not fit; each place
            is named.
    """
    return validated(model, await read_object(request))
