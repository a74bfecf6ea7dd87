"""Who calls: by a bearer token, or by the cookie that holds the same token in a browser."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request

from examples.reel_scripts import accounts
from examples.reel_scripts.desk import Desk
from examples.reel_scripts.model import Account, Refusal
from examples.reel_scripts.shelf import Shelf

COOKIE = "reels"
_safe = ("GET", "HEAD", "OPTIONS")


class NotSignedIn(Refusal):
    """Nobody known is calling."""

    def __init__(self) -> None:
        super().__init__(401, "unauthenticated", "Send your token as Authorization: Bearer.")


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes work with; the application holds it as `state.parts`."""

    desk: Desk
    pool: Any
    shelf: Shelf


def parts_of(request: Request) -> Parts:
    """What the application was made with."""
    return request.app.state.parts


async def caller(request: Request) -> Account:
    """The owner who calls.

    Raises NotSignedIn, and Refusal for a browser that another site's page made call.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        token = request.cookies.get(COOKIE, "")
        check_origin(request)
    account = (
        await accounts.of_token(parts_of(request).pool, token.strip()) if token.strip() else None
    )
    if account is None:
        raise NotSignedIn
    return account


def check_origin(request: Request) -> None:
    """Refuse what another site's page sends in the name of whoever is signed in here."""
    origin = request.headers.get("origin")
    if request.method in _safe or origin is None:
        return
    if urlsplit(origin).netloc != request.headers.get("host"):
        raise Refusal(403, "other_site", "This was sent by a page of another site.")


Owner = Annotated[Account, Depends(caller)]
"""Who calls; nobody gets further unknown."""

Has = Annotated[Parts, Depends(parts_of)]
