"""POST and GET /api/v1/attachments: files that questions and answers name by their id."""

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.bodies import body_of
from api.calls import caller_of
from api.door import FrontDoor, door_of
from api.errors import MediaType
from api.identity.access import Operation
from api.json_answers import answer
from api.rest.documents.requests import UploadedDocument
from api.rest.examples.requests import UPLOADED
from api.rest.spec import File, Shown, described
from kernel.directory.attachments import NewFile
from kernel.directory.principals import Principal
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.question import Line
from kernel.validation import flawed

router = APIRouter(prefix="/api/v1/attachments", tags=["attachments"])
_name: TypeAdapter[str] = TypeAdapter(Line)
_id = re.compile(r"[0-9a-f-]{36}\Z")
_plain = re.compile(r"[^A-Za-z0-9._ -]")
# A file that a browser shows after all still runs nothing and reaches nothing.
_alone = "default-src 'none'; sandbox"


@router.post(
    "",
    **described(
        Operation.ATTACH,
        "Put a file in",
        Shown(UploadedDocument, UPLOADED, 201),
        body=File("The file's bytes."),
    ),
)
async def put_file(
    request: Request, name: Annotated[str, Query(min_length=1, max_length=255)] = "file"
) -> Response:
    """Takes a file, its bytes as the body, its type as the `Content-Type`.

    Name its id in a question, an answer, a comment or a revision: what nobody has named after 24
    hours is removed.
    """
    door, caller = door_of(request), caller_of(request)
    new = new_file(door, caller, name, request.headers.get("content-type", ""))
    pieces = body_of(request, door.settings.attachment_max_bytes)
    file = await door.attaching.take(new, pieces)
    document = {
        "id": file.id,
        "name": file.name,
        "sha256": file.sha256,
        "size": file.size_bytes,
        "type": file.media_type,
    }
    return answer(document, 201, {"Location": f"/api/v1/attachments/{file.id}"})


@router.get(
    "/{attachment_id}",
    **described(
        Operation.READ,
        "Get a file",
        File("The file's bytes."),
        problems=("unknown",),
    ),
)
async def get_file(request: Request, attachment_id: str) -> Response:
    """A file's bytes, for saving, never for showing."""
    return await file_answer(request, caller_of(request).tenant, attachment_id)


async def file_answer(request: Request, tenant: str, attachment_id: str) -> Response:
    """The answer that holds a tenant's file.

    Raises:
        NotFound: it has none such.
        Unavailable: it can't be read now.
    """
    if not _id.match(attachment_id):
        raise NotFound("there is no such attachment")
    file, pieces = await door_of(request).attaching.give(tenant, attachment_id)
    return StreamingResponse(
        pieces,
        headers={
            "Content-Type": file.media_type,
            "Content-Length": str(file.size_bytes),
            "Content-Disposition": _disposition(file.name),
            "Content-Security-Policy": _alone,
            "ETag": f'"{file.sha256}"',
        },
    )


def new_file(door: FrontDoor, caller: Principal, name: str, content_type: str) -> NewFile:
    """A file that is about to be put in, under this name and as this type.

    Raises:
        Invalid: the name is none.
        MediaType: files of this type are not taken.
    """
    return NewFile(
        id=new_id(),
        tenant=caller.tenant,
        name=_file_name(name),
        media_type=_media_type(content_type, door),
        uploaded_by=caller.id,
    )


def _file_name(name: str) -> str:
    try:
        return _name.validate_python(name)
    except ValidationError:
        raise flawed("/name", "one line without control characters is expected") from None


def _media_type(content_type: str, door: FrontDoor) -> str:
    given = content_type.partition(";")[0].strip().lower()
    if given not in door.settings.attachment_types:
        raise MediaType(f"Files of the type {given[:80]!r} are not taken")
    return given


def _disposition(name: str) -> str:
    """RFC 6266, for saving under this name and no other."""
    bare = re.sub(r"[/\\]", "_", name)
    plain, full = _plain.sub("_", bare), quote(bare, safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"
