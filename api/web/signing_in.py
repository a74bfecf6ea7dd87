"""The sign-in page and its forms."""

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.door import door_of
from api.errors import TooMany, Unauthenticated
from api.identity.access import Operation
from api.identity.signing_in import sign_in
from api.web.forms import read_form
from api.web.rendering import page
from api.web.routing import SEE_OTHER, PageRoute, frame, open_page, page_for
from api.web.session import (
    Session,
    begin,
    check_form,
    csrf_of,
    end,
    keep_sign_in_secret,
    session_of,
    sign_in_secret,
)

_ours = re.compile(r"/(requests/[0-9a-f-]{36})?\Z")


async def show_sign_in(request: Request) -> Response:
    """The form; who is signed in goes on."""
    if await session_of(request) is not None:
        return RedirectResponse(_next(request.query_params.get("next", "")), SEE_OTHER)
    return _form(request, wanted=request.query_params.get("next", ""))


async def take_sign_in(request: Request) -> Response:
    """Signs in, or shows the form again."""
    door = door_of(request)
    fields = await read_form(request)
    check_form(request, sign_in_secret(request), fields.get("csrf", ""))
    email, wanted = fields.get("email", ""), fields.get("next", "")
    address = request.client.host if request.client else ""
    try:
        person = await sign_in(
            door.directory, door.sign_in_throttle, email, fields.get("password", ""), address
        )
    except (Unauthenticated, TooMany) as error:
        return _form(request, wanted=wanted, email=email, problem=error)
    response = RedirectResponse(_next(wanted), SEE_OTHER)
    begin(door, response, person)
    return response


async def take_sign_out(request: Request, session: Session) -> Response:
    """Signs out."""
    fields = await read_form(request)
    check_form(request, session.token, fields.get("csrf", ""))
    response = RedirectResponse("/sign-in", SEE_OTHER)
    await end(door_of(request), response, session)
    return response


def _next(wanted: str) -> str:
    """Where to go after signing in: only to our own pages, whatever the address says."""
    return wanted if _ours.match(wanted) else "/"


def _form(
    request: Request,
    *,
    wanted: str,
    email: str = "",
    problem: Unauthenticated | TooMany | None = None,
) -> Response:
    secret = sign_in_secret(request)
    values = {
        **frame(None),
        "csrf": csrf_of(secret),
        "next": _next(wanted),
        "email": email,
        "problem": "" if problem is None else str(problem),
    }
    response = page("sign_in.html", values, 200 if problem is None else problem.status)
    keep_sign_in_secret(door_of(request), response, secret)
    return response


PAGES: tuple[PageRoute, ...] = (
    open_page("GET", "/sign-in", show_sign_in),
    open_page("POST", "/sign-in", take_sign_in),
    page_for("POST", "/sign-out", Operation.READ_SELF, take_sign_out),
)
