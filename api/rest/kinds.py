"""Kinds of questions: read them, and define those of one's own tenant."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_object
from api.calls import caller_of
from api.door import door_of
from api.identity.access import Operation
from api.identity.deeds import deed_of
from api.json_answers import answer
from api.rest.documents.directory import KindDefinition, KindDocument, KindsDocument
from api.rest.examples.directory import KIND, KIND_LIST
from api.rest.spec import Shown, described
from task_kinds.kind import Kind
from task_kinds.loader import builtin_kinds

router = APIRouter(prefix="/api/v1/kinds", tags=["kinds"])


def _document(kind: Kind) -> dict[str, Any]:
    return {
        "name": kind.name,
        "version": kind.version,
        "title": kind.title,
        "description": kind.description,
        "builtin": builtin_kinds().get(kind.name) == kind,
        "definition": dict(kind.definition),
    }


@router.get(
    "",
    **described(
        Operation.READ_KINDS,
        "List kinds",
        Shown(KindsDocument, KIND_LIST),
        problems=("unavailable",),
    ),
)
async def list_kinds(request: Request) -> Response:
    """The kinds that one may ask for: built in, and the tenant's own."""
    kinds = await door_of(request).directory.kinds.every(caller_of(request).tenant)
    return answer({"items": [_document(kind) for kind in kinds]})


@router.get(
    "/{kind}",
    **described(
        Operation.READ_KINDS,
        "Read a kind",
        Shown(KindDocument, KIND),
        problems=("unknown", "unavailable"),
    ),
)
async def read_kind(request: Request, kind: str) -> Response:
    """One kind with its definition."""
    found = await door_of(request).directory.kinds.get(caller_of(request).tenant, kind)
    return answer(_document(found))


@router.put(
    "/{kind}",
    **described(
        Operation.DEFINE_KINDS,
        "Define a kind",
        Shown(KindDocument, KIND),
        body=Shown(KindDefinition, KIND["definition"]),
        problems=("invalid", "unavailable", "body_too_large", "media_type"),
    ),
)
async def put_kind(request: Request, kind: str) -> Response:
    """Defines a kind of the tenant; open requests keep the rules that they were opened with."""
    return answer(_document(await defined(request, kind, await read_object(request))))


async def defined(
    request: Request,
    name: str,
    definition: Mapping[str, Any],
    *,
    instead_of: str | None = None,
) -> Kind:
    """A kind of the caller's tenant as it is defined from now on.

    Raises:
        Invalid: the definition does not hold.
        KindChanged: there is another version than `instead_of`, where one is named.
        Unavailable: the directory is away.
    """
    caller, kinds = caller_of(request), door_of(request).directory.kinds
    deed = deed_of(request, "kind_defined", name)
    return await kinds.put(caller.tenant, name, definition, caller.id, deed, instead_of=instead_of)
