"""Reads a body within our limits: a size cap, plain JSON, and a model that forbids extras."""

from typing import TypeVar

from pydantic import BaseModel
from starlette.requests import Request

from api.errors import BodyTooLarge, MediaType
from kernel.text import MAX_BYTES, JsonObject, read_json
from kernel.validation import validated

M = TypeVar("M", bound=BaseModel)


async def read_bytes(request: Request, limit: int = MAX_BYTES) -> bytes:
    """The raw body.

    Raises:
        MediaType: it is compressed; small bodies that unfold into huge ones are not for us.
        BodyTooLarge: longer than the limit; no more than the limit was read.
    """
    encoding = request.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise MediaType(f"A body encoded with {encoding[:40]!r} is not accepted; send it plain")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:12]) > limit:
        raise BodyTooLarge(f"At most {limit} bytes are read")
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge(f"At most {limit} bytes are read")
        chunks.append(chunk)
    return b"".join(chunks)


async def read_object(request: Request) -> JsonObject:
    """The JSON object in the body; an empty body is an empty object.

    Raises:
        MediaType, BodyTooLarge: as `read_bytes`, or the type is not JSON.
        Invalid: no JSON, no object, or beyond the limits of `read_json`.
    """
    raw = await read_bytes(request)
    if not raw:
        return {}
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    if kind.lower() != "application/json" and not kind.lower().endswith("+json"):
        raise MediaType(f"application/json is expected, not {kind[:80]!r}")
    return read_json(raw)


async def read_model(request: Request, model: type[M]) -> M:
    """The body as a model.

    Raises:
        MediaType, BodyTooLarge, Invalid: as `read_object`, or the model does not fit; each place
            is named.
    """
    return validated(model, await read_object(request))
