"""The audit of a tenant, for its admins."""

from dataclasses import asdict
from typing import Annotated, ClassVar

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from api.calls import caller_of
from api.door import door_of
from api.identity.access import Operation
from api.json_answers import answer
from api.rest.documents.people import AuditDocument
from api.rest.examples.people import AUDIT
from api.rest.spec import Shown, described
from kernel.question import Text

router = APIRouter(prefix="/api/v1/audit", tags=["identity"])
Word = Annotated[Text, Field(max_length=255)]


class AuditQuery(BaseModel):
    """What the audit is narrowed by; the cursor is the last id that was seen."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    actor: Word | None = None
    subject: Word | None = None
    action: Word | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[int, Field(ge=1, lt=2**63)] | None = None


@router.get(
    "",
    **described(
        Operation.READ_AUDIT,
        "Read the audit",
        Shown(AuditDocument, AUDIT),
        problems=("invalid",),
    ),
)
async def read_audit(request: Request, query: Annotated[AuditQuery, Query()]) -> Response:
    """Sign-ins, also refused ones, and changes of people, teams, keys and kinds, newest first."""
    found = await door_of(request).directory.audit.page(
        caller_of(request).tenant,
        limit=query.limit + 1,
        before=query.cursor,
        actor=query.actor,
        subject=query.subject,
        action=query.action,
    )
    shown, rest = found[: query.limit], found[query.limit :]
    cursor = str(shown[-1].id) if rest else None
    return answer({"items": [asdict(one) for one in shown], "next_cursor": cursor})
