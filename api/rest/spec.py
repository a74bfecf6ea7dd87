"""What a route declares: the operation it belongs to, its documents and an example of each."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api.door import door_of
from api.entering import enter
from api.identity.access import Operation
from api.identity.bearer import principal_of_header
from api.problems import KINDS, MEDIA_TYPE
from api.rest.documents.problems import ProblemDocument
from api.rest.documents.requests import AcceptedDocument
from api.rest.examples.problems import problem as example_problem
from api.rest.examples.requests import ACCEPTED

Reference = dict[str, str]
Described = dict[str, Any]

Version = Annotated[int, Query(ge=0, le=2**31 - 1)]
"""A request's version, as a query parameter."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A document of a route: its model, its HTTP status where it is an answer, and an example."""

    model: type[BaseModel]
    example: Any
    status: int = 200
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class File:
    """A file's bytes, as a body or as an answer; the types are examples."""

    description: str
    media_types: tuple[str, ...] = ("text/plain", "image/png", "application/pdf")
    status: int = 200


def described(
    operation: Operation,
    summary: str,
    answer: Shown | File,
    *,
    body: Shown | File | None = None,
    commands: bool = False,
    keyed: bool = False,
    problems: Sequence[str] = (),
) -> Described:
    """The arguments with which a route for an operation is declared.

    `problems` are the codes that it may answer beside those which every such route may. `commands`
    is whether it sends one command: then a call may be keyed, and accepted before its outcome is
    known. `keyed` is whether a call may be keyed though it sends several.
    """
    codes = ["unauthenticated", "not_allowed", "too_many", "saturated", "unavailable", *problems]
    codes += ["address_too_long", "headers_too_large"]
    if body is not None:
        codes += ["bad_request", "too_slow", "invalid", "body_too_large", "media_type"]
    declared = described_for_all(summary, answer, body=body, problems=codes)
    declared["dependencies"] = [Depends(admitting(operation))]
    declared["openapi_extra"] |= {"x-operation": operation.name, "security": [{"bearer": []}]}
    if commands:
        declared["responses"][202] = _content(Shown(AcceptedDocument, ACCEPTED))
    if commands or keyed:
        declared["openapi_extra"]["parameters"] = [_key_parameter]
    return declared


def described_for_all(
    summary: str,
    answer: Shown | File,
    *,
    body: Shown | File | None = None,
    problems: Sequence[str] = (),
) -> Described:
    """As `described`, for a route that is open to all."""
    responses = {answer.status: _content(answer)}
    for code in dict.fromkeys(problems):
        _add_problem(responses, code)
    extra: dict[str, Any] = {}
    if body is not None:
        extra["requestBody"] = {"content": _content(body)["content"], "required": True}
    return {
        "summary": summary,
        "status_code": answer.status,
        "response_class": Response,
        "response_model": None,
        "responses": responses,
        "openapi_extra": extra,
    }


def admitting(operation: Operation) -> Callable[[Request], Coroutine[Any, Any, None]]:
    """A dependency that lets through who may, and notes who it was.

    Raises:
        Unauthenticated: there is no credential, or none that holds.
        TooMany: it or its tenant makes too many calls.
        NotAllowed: it may not do this.
    """

    async def let_through(request: Request) -> None:
        door = door_of(request)
        principal = await principal_of_header(request, door.directory, door.lock_out)
        enter(request, principal, operation)

    return let_through


_key_parameter = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A string of your choice, at most 255 characters, quoted or bare. The same call"
    " with the same key is made once and answered alike for 24 hours.",
    "schema": {"type": "string", "maxLength": 257},
    "example": '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
}


def reference(model: type[BaseModel]) -> Reference:
    """Where the OpenAPI page defines a model."""
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _content(shown: Shown | File) -> dict[str, Any]:
    if isinstance(shown, File):
        binary = {"schema": {"type": "string", "format": "binary"}, "example": "…"}
        content = dict.fromkeys(shown.media_types, binary)
        return {"description": shown.description, "content": content}
    content = {"schema": reference(shown.model), "example": shown.example}
    description = (shown.model.__doc__ or "").strip().splitlines()[0]
    return {"description": description, "content": {shown.media_type: content}}


def _add_problem(responses: dict[int, dict[str, Any]], code: str) -> None:
    kind = KINDS[code]
    found = responses.setdefault(
        kind.status,
        {
            "description": kind.title,
            "content": {MEDIA_TYPE: {"schema": reference(ProblemDocument), "examples": {}}},
        },
    )
    shown = found["content"].get(MEDIA_TYPE)
    if shown is not None:
        shown["examples"][code] = {"value": example_problem(code)}
