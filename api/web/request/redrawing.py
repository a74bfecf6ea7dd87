"""Draws a request anew with all that was typed: with one more row, a preview, or a file less."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from api.calls import request_id_in
from api.door import door_of
from api.errors import BodyTooLarge, MediaType, TooSlow
from api.identity.access import Operation
from api.reading import find
from api.web.forms import read_filled
from api.web.notices import Notice
from api.web.request.putting_in import put_in
from api.web.request.showing import LAYOUT_COOKIE, ONE_COLUMN, TWO_COLUMNS, Telling, show, wish_of
from api.web.request.typed import Typed, typed_in
from api.web.routing import PageRoute, page_for
from api.web.session import Session, check_form
from kernel.errors import Invalid

KEPT_SECONDS = 365 * 24 * 3600


async def redraw(request: Request, session: Session) -> Response:
    """The page with what was typed; nothing is sent to anybody."""
    door, filled = door_of(request), await read_filled(request)
    check_form(request, session.token, filled.fields.get("csrf", ""))
    request_id = request_id_in(request.path_params["request_id"])
    found = await find(door, session.person.tenant, request_id)
    word, _, about = filled.fields.get("do", "").partition(":")
    typed, wish = _changed(typed_in(filled.fields), word, about), wish_of(request)
    telling = Telling()
    try:
        typed = replace(
            typed, files=(*typed.files, *await put_in(door, session.person, filled.files))
        )
    except (MediaType, BodyTooLarge, TooSlow, Invalid) as error:
        notice = Notice("bad", f"A file could not be put in: {error}")
        telling = Telling(notice=notice, status=error.status)
    if word == "diff":
        wish = replace(wish, side_by_side=about != ONE_COLUMN)
    if word == "all":
        wish = replace(wish, everything=True)
    response = await show(request, session, found, typed, replace(telling, wish=wish))
    if word == "diff":
        kept = TWO_COLUMNS if wish.side_by_side else ONE_COLUMN
        response.set_cookie(
            LAYOUT_COOKIE, kept, max_age=KEPT_SECONDS, httponly=True, samesite="lax"
        )
    return response


def _changed(typed: Typed, word: str, about: str) -> Typed:
    match word:
        case "add":
            return typed.with_row(about)
        case "remove":
            pointer, _, index = about.rpartition("/")
            return typed.without_row(pointer, int(index) if index.isdecimal() else -1)
        case "drop":
            return replace(typed, files=tuple(one for one in typed.files if one != about))
        case "undo":
            return replace(typed, edited=None)
        case _:
            return typed


PAGES: tuple[PageRoute, ...] = (
    page_for("POST", "/requests/{request_id}/draft", Operation.RESPOND, redraw),
)
