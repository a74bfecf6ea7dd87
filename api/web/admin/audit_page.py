"""The audit as a page: who signed in, who was not let in, and who changed what."""

from typing import Any
from urllib.parse import urlencode

import orjson
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from api.door import door_of
from api.identity.access import Operation
from api.rest.audit import AuditQuery
from api.web.admin.sections import admin_page
from api.web.people import names_of
from api.web.routing import PageRoute, page_for
from api.web.session import Session
from api.web.time_words import moment
from kernel.directory.audit import Audited
from kernel.errors import Invalid
from kernel.validation import validated

AT_A_TIME = 50
FILTERS = ("actor", "subject", "action")
ACTIONS = (
    "sign_in",
    "password_changed",
    "password_link_made",
    "person_created",
    "person_changed",
    "invitation_made",
    "invitation_withdrawn",
    "team_created",
    "team_changed",
    "team_removed",
    "key_created",
    "key_rotated",
    "key_revoked",
    "key_links_set",
    "kind_defined",
)
_max_detail_chars = 400


async def show_audit(request: Request, session: Session) -> Response:
    """The page, newest first; people are named by address or id in the filters."""
    asked = {name: request.query_params.get(name, "").strip() for name in (*FILTERS, "cursor")}
    query, problem = _query(asked)
    directory, tenant = door_of(request).directory, session.person.tenant
    named = [one for one in (query.actor, query.subject) if one]
    ids = await directory.people.named(tenant, named)
    found = await directory.audit.page(
        tenant,
        limit=AT_A_TIME + 1,
        before=query.cursor,
        actor=ids.get(query.actor or "", query.actor),
        subject=ids.get(query.subject or "", query.subject),
        action=query.action,
    )
    shown, rest = found[:AT_A_TIME], found[AT_A_TIME:]
    parties = [one for row in shown for one in (row.actor, row.subject)]
    narrowed = {name: asked[name] for name in FILTERS if asked[name]}
    following = urlencode({**narrowed, "cursor": shown[-1].id}) if rest else ""
    values = {
        "rows": [_row(one) for one in shown],
        "names": await names_of(directory, tenant, parties),
        "asked": asked,
        "narrowed": bool(narrowed),
        "actions": ACTIONS,
        "problem": problem,
        "first": f"/admin/audit?{urlencode(narrowed)}" if query.cursor else "",
        "next": f"/admin/audit?{following}" if following else "",
    }
    return admin_page(session, "audit.html", values, 422 if problem else 200)


def _query(asked: dict[str, str]) -> tuple[AuditQuery, str]:
    given: dict[str, Any] = {name: text for name, text in asked.items() if text}
    try:
        return validated(AuditQuery, given), ""
    except (Invalid, ValidationError):
        return AuditQuery(), "These filters can't be used; all is shown."


def _row(one: Audited) -> dict[str, Any]:
    detail = orjson.dumps(one.detail).decode() if one.detail else ""
    return {
        "at": moment(one.at),
        "actor": one.actor,
        "subject": one.subject,
        "action": one.action.replace("_", " ").replace(".", " "),
        "address": one.address,
        "refused": one.outcome != "done",
        "detail": detail[:_max_detail_chars] + ("…" if len(detail) > _max_detail_chars else ""),
    }


PAGES: tuple[PageRoute, ...] = (page_for("GET", "/admin/audit", Operation.READ_AUDIT, show_audit),)
