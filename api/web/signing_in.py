"""The sign-in page and its forms."""

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.door import door_of
from api.errors import TooMany, Unauthenticated
from api.identity.access import Operation
from api.identity.deeds import address_of, deed_of
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

_ours = re.compile(
    r"/(requests/[0-9a-f-]{36}|slack/[A-Za-z0-9_-]{43,400}|(settings|admin)(/[a-z-]+)?)?\Z"
)


async def show_sign_in(request: Request) -> Response:
    """The form; who is signed in goes on."""
    if await session_of(request) is not None:
        return RedirectResponse(ours(request.query_params.get("next", "")), SEE_OTHER)
    return sign_in_form(request, wanted=request.query_params.get("next", ""))


async def take_sign_in(request: Request) -> Response:
    """Signs in, or shows the form again."""
    door = door_of(request)
    fields = await read_form(request)
    check_form(request, sign_in_secret(request), fields.get("csrf", ""))
    email, wanted = fields.get("email", ""), fields.get("next", "")
    try:
        person = await sign_in(
            door.directory, door.lock_out, email, fields.get("password", ""), address_of(request)
        )
    except (Unauthenticated, TooMany) as error:
        return sign_in_form(request, wanted=wanted, email=email, problem=error)
    response = RedirectResponse(ours(wanted), SEE_OTHER)
    begin(door, response, person)
    return response


async def take_sign_out(request: Request, session: Session) -> Response:
    """Signs out."""
    fields = await read_form(request)
    check_form(request, session.token, fields.get("csrf", ""))
    response = RedirectResponse("/sign-in", SEE_OTHER)
    door, person = door_of(request), session.person
    await end(door, response, session)
    await door.directory.audit.note(person.tenant, deed_of(request, "sign_out", person.id))
    return response


def ours(wanted: str) -> str:
    """Where to go after signing in: only to our own pages, whatever the address says."""
    return wanted if _ours.match(wanted) else "/"


def sign_in_form(
    request: Request,
    *,
    wanted: str,
    email: str = "",
    problem: Unauthenticated | TooMany | None = None,
) -> Response:
    """The page on which to sign in, and what was wrong with the last try."""
    secret, door = sign_in_secret(request), door_of(request)
    values = {
        **frame(None),
        "csrf": csrf_of(secret),
        "next": ours(wanted),
        "email": email,
        "problem": "" if problem is None else str(problem),
        "provider": "" if door.oidc is None else door.settings.oidc_name,
    }
    response = page("sign_in.html", values, 200 if problem is None else problem.status)
    keep_sign_in_secret(door, response, secret)
    if isinstance(problem, TooMany):
        response.headers["Retry-After"] = str(problem.retry_after_seconds)
    return response


PAGES: tuple[PageRoute, ...] = (
    open_page("GET", "/sign-in", show_sign_in),
    open_page("POST", "/sign-in", take_sign_in),
    page_for("POST", "/sign-out", Operation.READ_SELF, take_sign_out),
)
