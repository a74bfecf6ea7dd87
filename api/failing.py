"""Answers calls that failed: every error becomes a problem document, none tells of our inside."""

from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.errors import views_away
from api.problems import problem_of_error, problem_of_status
from api.web.routing import problem_page, wants_page
from kernel.errors import Flaw, HandraiseError, Invalid, Unavailable
from kernel.telemetry import logger
from kernel.text import pointer

log = logger()


async def on_foreseen(request: Request, error: Any) -> Response:
    """An error that we foresaw."""
    assert isinstance(error, HandraiseError)
    return problem_of_error(error).response(request.url.path)


async def on_away(request: Request, error: Any) -> Response:
    """Postgres is away: reads can't be answered now."""
    log.warning("Postgres is away", error=str(error))
    gone = Unavailable("The read models are away; commands may still be taken")
    return problem_of_error(gone).response(request.url.path)


async def on_bad_parameters(request: Request, error: Any) -> Response:
    """A query parameter does not fit; the pointer names it."""
    assert isinstance(error, RequestValidationError)
    flaws = tuple(Flaw(pointer(*flaw["loc"][1:]), flaw["msg"]) for flaw in error.errors())
    invalid = Invalid(f"The address has {len(flaws)} flaw(s)", flaws)
    return problem_of_error(invalid).response(request.url.path)


async def on_bare_status(request: Request, error: Any) -> Response:
    """The framework's own: no such address, no such method."""
    assert isinstance(error, HTTPException)
    problem = problem_of_status(error.status_code, str(error.detail))
    page = wants_page(request)
    answer = problem_page(request, problem) if page else problem.response(request.url.path)
    answer.headers.update(error.headers or {})
    return answer


def add_handlers(app: FastAPI) -> None:
    """Lets the app answer so. What is unforeseen is answered at its edge."""
    app.add_exception_handler(HandraiseError, on_foreseen)
    app.add_exception_handler(RequestValidationError, on_bad_parameters)
    app.add_exception_handler(HTTPException, on_bare_status)
    for kind in views_away:
        app.add_exception_handler(kind, on_away)
