"""Signing in by a link from the terminal, and out again."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from examples.creator_reviews.web.rendering import page
from examples.creator_reviews.web.shop import COOKIE, fields_of, posted, shop_of

router = APIRouter(include_in_schema=False)
_SESSION_SECONDS = 8 * 3600


@router.get("/enter/{token}")
async def show(request: Request, token: str) -> Response:
    """Ask whether to sign in; opening a link changes nothing."""
    shop = shop_of(request)
    user = await shop.catalog.user(shop.sessions.user_of_link(token))
    return page("enter", name=user.name, token=token)


@router.post("/enter/{token}")
async def enter(request: Request, token: str) -> Response:
    """Sign in."""
    await fields_of(request)
    session = shop_of(request).sessions.begun(token)
    answer = RedirectResponse("/", 303)
    answer.set_cookie(
        COOKIE, session.token, max_age=_SESSION_SECONDS, httponly=True, samesite="lax"
    )
    return answer


@router.post("/leave")
async def leave(request: Request) -> Response:
    """Sign out."""
    await posted(request)
    answer = page("refused", words="You have signed out.")
    answer.delete_cookie(COOKIE)
    return answer
