"""The application: API, videos, pages and the door for callbacks, with its headers and errors."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from handraise import HandraiseError, Receiver
from handraise.fastapi import router

from examples.reel_scripts.model import Refusal
from examples.reel_scripts.web.access import NotSignedIn, Parts
from examples.reel_scripts.web.api import api
from examples.reel_scripts.web.pages import pages, told_trouble
from examples.reel_scripts.web.videos import videos

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self';"
    " img-src 'self'; media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}


def make_app(parts: Parts, receiver: Receiver) -> FastAPI:
    """Puts the routes together."""
    app = FastAPI(title="Reels", docs_url=None, redoc_url=None)
    app.state.parts = parts
    app.include_router(api)
    app.include_router(videos)
    app.include_router(pages)
    app.include_router(router(receiver, "/resume"))
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(HandraiseError, _away)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.middleware("http")(_with_headers)
    return app


async def _with_headers(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    response = await call_next(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    if _is_page(request):
        if isinstance(error, NotSignedIn):
            return RedirectResponse("/sign-in", 303)
        return told_trouble(error)
    return _problem(error.status, error.code, error.detail)


async def _away(request: Request, error: Exception) -> Response:
    refusal = Refusal(503, "handraise_away", f"Handraise does not take it just now: {error}")
    return await _refused(request, refusal)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    places = "; ".join(f"{'/'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    return await _refused(request, Refusal(422, "invalid", places))


def _is_page(request: Request) -> bool:
    return not request.url.path.startswith("/api/")


def _problem(status: int, code: str, detail: str) -> Response:
    said = {"type": f"urn:reels:{code}", "status": status, "code": code, "detail": detail}
    return JSONResponse(said, status, media_type="application/problem+json")
