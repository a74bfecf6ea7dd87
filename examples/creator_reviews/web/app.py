"""The marketplace as an ASGI application."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from fastapi import FastAPI
from handraise import HandraiseError
from handraise.errors import Invalid
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

from examples.creator_reviews.refusals import Refusal
from examples.creator_reviews.web import (
    creator_pages,
    endpoints,
    live,
    signing_in,
    user_pages,
)
from examples.creator_reviews.web.rendering import FOLDER, page
from examples.creator_reviews.web.shop import Shop

_log = logging.getLogger("creator_reviews")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def make_app(shop: Shop) -> FastAPI:
    """The pages, the endpoints and the live stream of a marketplace."""
    app = FastAPI(title="Agent market", docs_url=None, redoc_url=None)
    app.state.shop = shop
    app.middleware("http")(_with_headers)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(HandraiseError, _away)
    for error in (Invalid, asyncpg.DataError):
        app.add_exception_handler(error, _senseless)
    for part in (signing_in, user_pages, creator_pages, live, endpoints):
        app.include_router(part.router)
    app.mount("/static", StaticFiles(directory=FOLDER / "static"))
    return app


async def _with_headers(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    answer = await call_next(request)
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    return answer


async def _refused(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return _said(request, refusal.status, refusal.code, str(refusal))


async def _senseless(request: Request, error: Exception) -> Response:
    """What neither database nor Handraise can hold, such as NUL characters."""
    return _said(request, 422, "invalid", "This holds characters that can't be kept")


async def _away(request: Request, error: Exception) -> Response:
    _log.warning("Handraise did not do what was asked: %s", error)
    return _said(request, 503, "unavailable", "Reviews can't be reached just now: try again")


def _said(request: Request, status: int, code: str, words: str) -> Response:
    if request.url.path.startswith("/api/"):
        problem: dict[str, Any] = {"status": status, "code": code, "title": words}
        return JSONResponse(problem, status, media_type="application/problem+json")
    return page("refused", status, words=words)
