"""The browser's session: a cookie that no script reads, and what keeps other sites out of it."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from api.door import FrontDoor, door_of
from kernel.directory.principals import Principal
from kernel.directory.tokens import SESSION
from kernel.errors import NotAllowed

SESSION_SECONDS = 8 * 3600
SIGN_IN_SECONDS = 3600
_session, _sign_in, _begun = "handraise_session", "handraise_sign_in", "handraise_oidc"


@dataclass(frozen=True, slots=True)
class Session:
    """A person who is signed in with a browser; `token` is what the cookie holds."""

    person: Principal
    token: str

    @property
    def csrf(self) -> str:
        """What our forms of this session hold and no other site can know."""
        return csrf_of(self.token)


def csrf_of(secret: str) -> str:
    """The form token that belongs to a secret that only a cookie holds."""
    return hashlib.sha256(b"handraise form\0" + secret.encode()).hexdigest()


async def session_of(request: Request) -> Session | None:
    """The session of the browser that calls, if it has one that holds.

    Raises:
        Unavailable: the directory is away, and was when last asked.
    """
    door = door_of(request)
    token = request.cookies.get(_name(door, _session), "")
    person = await door.directory.sign_ins.authenticate(token, SESSION) if token else None
    return None if person is None else Session(person, token)


def begin(door: FrontDoor, response: Response, person: Principal) -> None:
    """Signs the browser in that gets this response."""
    token = door.directory.sign_ins.issue(person, audience=SESSION, seconds=SESSION_SECONDS)
    _set(door, response, _session, token, SESSION_SECONDS)


async def end(door: FrontDoor, response: Response, session: Session) -> None:
    """Signs the browser out; its token is good for nothing any more.

    Raises:
        Unavailable: the directory is away.
    """
    await door.directory.sign_ins.revoke(session.token, SESSION)
    _set(door, response, _session, "", 0)


def sign_in_secret(request: Request) -> str:
    """The secret of a browser that is about to sign in; a new one where it has none."""
    return request.cookies.get(_name(door_of(request), _sign_in)) or secrets.token_urlsafe(32)


def keep_sign_in_secret(door: FrontDoor, response: Response, secret: str) -> None:
    """Lets the browser keep the secret until it signs in."""
    _set(door, response, _sign_in, secret, SIGN_IN_SECONDS)


def keep_begun(door: FrontDoor, response: Response, sealed: str, seconds: int) -> None:
    """Lets the browser keep what it began at the OpenID provider; for no seconds, forget it."""
    _set(door, response, _begun, sealed, seconds)


def begun_of(request: Request) -> str:
    """What the browser began at the OpenID provider, as it was given to it."""
    return request.cookies.get(_name(door_of(request), _begun), "")


def check_form(request: Request, secret: str, csrf: str) -> None:
    """Makes sure that a form is ours: its origin is here, and it holds the session's token.

    Raises:
        NotAllowed: it came from elsewhere, or from before the last sign-in.
    """
    here = {request.headers.get("host", ""), urlsplit(door_of(request).settings.public_url).netloc}
    origin = urlsplit(request.headers.get("origin", ""))
    if origin.scheme not in {"http", "https"} or origin.netloc not in here - {""}:
        raise NotAllowed("This form was sent from elsewhere; open the page and try again")
    if not hmac.compare_digest(csrf_of(secret).encode(), csrf.encode()):
        raise NotAllowed("This page is too old; open it again and send the form anew")


def _is_https(door: FrontDoor) -> bool:
    return door.settings.public_url.startswith("https:")


def _name(door: FrontDoor, name: str) -> str:
    # The prefix binds a cookie to this host; browsers take it only over https (RFC 6265bis 4.1.3).
    return f"__Host-{name}" if _is_https(door) else name


def _set(door: FrontDoor, response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        _name(door, name),
        value,
        max_age=seconds,
        path="/",
        secure=_is_https(door),
        httponly=True,
        samesite="lax",
    )
