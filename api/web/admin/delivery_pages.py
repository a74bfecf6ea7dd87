"""Callbacks and notices that did not get through: listed, looked into, and callbacks sent again."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.door import door_of
from api.identity.access import Operation
from api.rest.deliveries import cursor_behind, place_of
from api.web.admin.sections import admin_page, told
from api.web.context_view import pretty
from api.web.filling import posted
from api.web.routing import SEE_OTHER, PageRoute, page_for
from api.web.session import Session
from api.web.time_words import moment
from kernel.errors import Invalid
from kernel.outbound.queries import NOTIFIER_SERVICE, WebhookDelivery, delivery_of
from kernel.outbound.redriving import (
    CALLBACK_SERVICE,
    REDRIVE_MAX,
    NotFailed,
    Stuck,
    StuckCallback,
    Which,
    count_stuck,
    redrive,
    redrive_all,
    stuck_callbacks,
)
from kernel.telemetry import logger
from kernel.text import read_json

log = logger()
AT_A_TIME = 50
MAX_FILTER_CHARS = 2048
MAX_PAYLOAD_CHARS = 4000


@dataclass(frozen=True, slots=True)
class Tab:
    """What is looked at: of which service, and how it stands."""

    name: str
    label: str
    service: str
    stuck: Stuck


TABS = (
    Tab("callbacks", "Callbacks given up", CALLBACK_SERVICE, Stuck.EXHAUSTED),
    Tab("waiting", "Callbacks still tried", CALLBACK_SERVICE, Stuck.PENDING),
    Tab("notices", "Notices failed", NOTIFIER_SERVICE, Stuck.EXHAUSTED),
    Tab("notices-waiting", "Notices still tried", NOTIFIER_SERVICE, Stuck.PENDING),
)
_done = {
    "redriven": "It is sent again: the same id, the same bytes, from the start of the schedule.",
    "settled": "It is not given up: it got through, or is being tried again. Nothing was changed.",
}


async def show_deliveries(request: Request, session: Session) -> Response:
    """The list, those given up first."""
    asked = request.query_params
    tab = next((one for one in TABS if one.name == asked.get("show")), TABS[0])
    filters = {name: _text(asked.get(name, "")) for name in ("request_id", "target")}
    which = _which(session, filters, tab.service)
    cursor, pool = asked.get("cursor"), door_of(request).pool
    after = None if cursor is None else place_of(cursor)
    found = await stuck_callbacks(pool, which, tab.stuck, limit=AT_A_TIME + 1, after=after)
    shown, rest = found[:AT_A_TIME], found[AT_A_TIME:]
    here = {"show": tab.name} | {name: text for name, text in filters.items() if text}
    values = {
        "tabs": TABS,
        "tab": tab,
        "filters": filters,
        "narrowed": any(filters.values()),
        "rows": [_row(one) for one in shown],
        "count": await count_stuck(pool, which, tab.stuck),
        "first": f"/admin/deliveries?{urlencode(here)}" if cursor else "",
        "next": _following(here, shown[-1]) if rest else "",
        "redrives": tab is TABS[0],
        "redriven": _count(asked.get("redriven", "")),
        "done": told(request, _done),
    }
    return admin_page(session, "deliveries.html", values)


async def show_delivery(request: Request, session: Session) -> Response:
    """One of them, with each attempt."""
    tenant, key = session.person.tenant, str(request.path_params["delivery_id"])
    found, service = await delivery_of(door_of(request).pool, key, tenant)
    is_callback = service == CALLBACK_SERVICE
    values = {
        "one": found,
        # A notice's text is for one person, and may hold a link by which they answer.
        "payload": _payload(found) if is_callback else "",
        "may_redrive": is_callback and found.status == Stuck.EXHAUSTED,
        "moment": moment,
        "done": told(request, _done),
    }
    return admin_page(session, "delivery.html", values)


async def take_redrive(request: Request, session: Session) -> Response:
    """Sends one callback again."""
    await posted(request, session)
    person, key = session.person, str(request.path_params["delivery_id"])
    try:
        await redrive(door_of(request).pool, key, person.tenant, person.id)
    except NotFailed:
        return RedirectResponse(f"/admin/deliveries/{key}?done=settled", SEE_OTHER)
    log.info("callbacks redriven", tenant=person.tenant, by=person.id, delivery=key)
    return RedirectResponse(f"/admin/deliveries/{key}?done=redriven", SEE_OTHER)


async def show_several(request: Request, session: Session) -> Response:
    """How many callbacks fit, and the button that sends them all again."""
    filters = _filters(request.query_params)
    count = await count_stuck(door_of(request).pool, _which(session, filters))
    values = {"filters": filters, "count": count, "most": REDRIVE_MAX}
    return admin_page(session, "redrive.html", values)


async def take_several(request: Request, session: Session) -> Response:
    """Sends all callbacks that fit again."""
    fields, person = await posted(request, session), session.person
    which = _which(session, _filters(fields))
    count = await redrive_all(door_of(request).pool, which, person.id)
    log.info("callbacks redriven", tenant=person.tenant, by=person.id, count=count)
    return RedirectResponse(f"/admin/deliveries?redriven={count}", SEE_OTHER)


def _filters(given: Mapping[str, str]) -> dict[str, str]:
    return {name: _text(given.get(name, "")) for name in ("request_id", "target")}


def _which(session: Session, filters: Mapping[str, str], service: str = CALLBACK_SERVICE) -> Which:
    return Which(
        tenant=session.person.tenant,
        service=service,
        request_id=filters["request_id"] or None,
        target=filters["target"] or None,
    )


def _text(text: str) -> str:
    return text.strip().replace("\x00", "")[:MAX_FILTER_CHARS]


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 6 else None  # noqa: PLR2004 - so many digits


def _following(here: Mapping[str, str], last: StuckCallback) -> str:
    return f"/admin/deliveries?{urlencode({**here, 'cursor': cursor_behind(last)})}"


def _row(one: StuckCallback) -> Mapping[str, str]:
    return {
        "id": one.id,
        "request_id": one.request_id,
        "target": one.webhook_url,
        "channel": one.channel,
        "event": one.event.removeprefix("request.").replace("_", " "),
        "why": one.error or ("" if one.status_code is None else str(one.status_code)),
        "attempts": str(one.attempts),
        "created": moment(one.created_at),
        "next": moment(one.next_attempt_at),
        "redriven": moment(one.redriven_at),
    }


def _payload(one: WebhookDelivery) -> str:
    """The body as indented JSON, cut short; else as it is."""
    try:
        text = pretty(read_json(one.payload.encode()))
    except Invalid:
        text = one.payload
    return text if len(text) <= MAX_PAYLOAD_CHARS else f"{text[:MAX_PAYLOAD_CHARS]}…"


_one = "/admin/deliveries/{delivery_id}"
PAGES: tuple[PageRoute, ...] = (
    page_for("GET", "/admin/deliveries", Operation.REDRIVE, show_deliveries),
    page_for("GET", "/admin/redrive", Operation.REDRIVE, show_several),
    page_for("POST", "/admin/redrive", Operation.REDRIVE, take_several),
    page_for("GET", _one, Operation.REDRIVE, show_delivery),
    page_for("POST", f"{_one}/redrive", Operation.REDRIVE, take_redrive),
)
