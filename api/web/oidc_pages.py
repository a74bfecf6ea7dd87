"""Signing in by an OpenID provider: the way there, and the way back.

Both are GET, as the provider's redirect is; they change nothing but the browser's own cookies. What
only this browser may know of its sign-in is sealed into a cookie, so that any replica can end it.
"""

import base64
import binascii
import hmac
import time

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.door import FrontDoor, door_of
from api.errors import Unauthenticated
from api.identity.arriving import arrive
from api.identity.deeds import address_of
from api.identity.openid import Begun
from api.web.routing import SEE_OTHER, PageRoute, open_page
from api.web.session import begin, begun_of, keep_begun
from api.web.signing_in import ours, sign_in_form
from kernel.errors import NotFound, Unreadable
from kernel.secrets import Keyring, Place

BEGUN_SECONDS = 600
_place = Place("", "oidc", "sign-in")
_fields = ("state", "nonce", "verifier", "next", "until")


async def go_to_provider(request: Request) -> Response:
    """Sends the browser to the provider."""
    door = door_of(request)
    if door.oidc is None:
        raise NotFound("There is no other way to sign in here")
    begun = await door.oidc.begin()
    wanted = ours(request.query_params.get("next", ""))
    response = RedirectResponse(begun.url, SEE_OTHER)
    keep_begun(door, response, _sealed(door, begun, wanted), BEGUN_SECONDS)
    return response


async def come_back(request: Request) -> Response:
    """Signs in who comes back from the provider, or says why not."""
    door = door_of(request)
    if door.oidc is None:
        raise NotFound("There is no other way to sign in here")
    query = request.query_params
    try:
        begun, wanted = _opened(door, begun_of(request), query.get("state", ""))
        came = await door.oidc.finish(query.get("code", ""), begun)
        person = await arrive(door.directory, door.settings, came, address_of(request))
    except Unauthenticated as error:
        response = sign_in_form(request, wanted="", problem=error)
    else:
        response = RedirectResponse(wanted, SEE_OTHER)
        begin(door, response, person)
    keep_begun(door, response, "", 0)
    return response


def _sealed(door: FrontDoor, begun: Begun, wanted: str) -> str:
    until = int(time.time()) + BEGUN_SECONDS
    values = (begun.state, begun.nonce, begun.verifier, wanted, until)
    told = orjson.dumps(dict(zip(_fields, values, strict=True))).decode()
    return base64.urlsafe_b64encode(Keyring.of(door.settings).seal(told, _place)).decode()


def _opened(door: FrontDoor, sealed: str, state: str) -> tuple[Begun, str]:
    """What this browser began, if it is what it comes back from, and where it wants to go."""
    try:
        raw = base64.urlsafe_b64decode(sealed.encode())
        told = orjson.loads(Keyring.of(door.settings).open(raw, _place))
    except (binascii.Error, ValueError, Unreadable):
        raise _not_begun() from None
    same = hmac.compare_digest(told["state"].encode(), state.encode())
    if not same or told["until"] < time.time():
        raise _not_begun()
    begun = Begun(url="", state=told["state"], nonce=told["nonce"], verifier=told["verifier"])
    return begun, told["next"]


def _not_begun() -> Unauthenticated:
    return Unauthenticated("This sign-in was not begun here, or too long ago; begin it again")


PAGES: tuple[PageRoute, ...] = (
    open_page("GET", "/sign-in/oidc", go_to_provider),
    open_page("GET", "/sign-in/oidc/callback", come_back),
)
