"""The page behind the link of an invitation: looking changes nothing, the form spends the link."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.door import door_of
from api.identity.deeds import address_of
from api.web.forms import read_form
from api.web.rendering import page
from api.web.routing import SEE_OTHER, PageRoute, frame, open_page
from api.web.session import (
    check_form,
    csrf_of,
    keep_sign_in_secret,
    sign_in_secret,
)
from kernel.directory.invitation import Invitation, Purpose
from kernel.directory.passwords import MAX_CHARS, MIN_CHARS
from kernel.errors import Invalid, NotFound


async def show_invitation(request: Request) -> Response:
    """Who is invited, and the form for a name and a password."""
    return _form(request, await _invitation(request))


async def take_invitation(request: Request) -> Response:
    """Lets the person in, or shows the form again; who is let in signs in next."""
    fields = await read_form(request)
    check_form(request, sign_in_secret(request), fields.get("csrf", ""))
    invitation = await _invitation(request)
    name, password = fields.get("name", ""), fields.get("password", "")
    if password != fields.get("again", ""):
        return _form(request, invitation, name=name, problem="The passwords are not the same.")
    try:
        await door_of(request).directory.invitations.use(
            request.path_params["token"],
            name=name[:255],
            password=password,
            address=address_of(request),
        )
    except Invalid as error:
        return _form(request, invitation, name=name, problem=f"{error}.".capitalize())
    return RedirectResponse("/sign-in", SEE_OTHER)


async def _invitation(request: Request) -> Invitation:
    token = request.path_params["token"]
    found = await door_of(request).directory.invitations.by_token(token)
    if found is None:
        raise NotFound("This link does not work, or no more. Ask for a new one.")
    return found


def _form(
    request: Request, invitation: Invitation, *, name: str | None = None, problem: str = ""
) -> Response:
    secret, door = sign_in_secret(request), door_of(request)
    values = {
        **frame(None),
        "csrf": csrf_of(secret),
        "joins": invitation.purpose is Purpose.JOIN,
        "email": invitation.email,
        "name": invitation.name if name is None else name,
        "min_chars": MIN_CHARS,
        "max_chars": MAX_CHARS,
        "until": f"{invitation.expires_at:%Y-%m-%d %H:%M} UTC",
        "problem": problem,
    }
    response = page("invitation.html", values, 422 if problem else 200)
    keep_sign_in_secret(door, response, secret)
    return response


PAGES: tuple[PageRoute, ...] = (
    open_page("GET", "/invitations/{token}", show_invitation),
    open_page("POST", "/invitations/{token}", take_invitation),
)
