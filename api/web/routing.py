"""The frame of every page: who is signed in, may they see it, and what to show when it fails."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from api.entering import enter
from api.errors import views_away
from api.identity.access import Operation
from api.problems import Problem, problem_of_error
from api.web.navigation import places_for
from api.web.rendering import page
from api.web.session import Session, session_of
from api.web.time_words import instant
from kernel.clock import utc_now
from kernel.errors import HandraiseError, Unavailable

SEE_OTHER, AWAY = 303, 503
AGAIN_SECONDS = 2
Show = Callable[[Request, Session], Awaitable[Response]]
Open = Callable[[Request], Awaitable[Response]]


class PageRoute(Route):
    """A page's route, with the operation that it belongs to; None where it is open to all."""

    def __init__(self, method: str, path: str, show: Open, operation: Operation | None) -> None:
        super().__init__(path, show, methods=[method], name=f"{method} {path}")
        self.operation = operation

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route, and the scope says which one it was."""
        match, child = super().matches(scope)
        return match, {**child, "route": self}


def open_page(method: str, path: str, show: Open) -> PageRoute:
    """A page for everybody."""
    return PageRoute(method, path, _framed(show), None)


def page_for(method: str, path: str, operation: Operation, show: Show) -> PageRoute:
    """A page for people who are signed in and may do this; others are asked to sign in first."""

    async def shown(request: Request) -> Response:
        session = await session_of(request)
        if session is None:
            return to_sign_in(request)
        enter(request, session.person, operation)
        return await show(request, session)

    return PageRoute(method, path, _framed(shown), operation)


def to_sign_in(request: Request) -> Response:
    """Asks to sign in, and to come back here after that."""
    wanted = request.url.path if request.method == "GET" else "/"
    return RedirectResponse(f"/sign-in?next={quote(wanted)}", SEE_OTHER)


def frame(session: Session | None) -> dict[str, Any]:
    """What every template asks for."""
    # By which the browser's clock is corrected where it counts time down.
    now = instant(utc_now())
    if session is None:
        return {"person": None, "csrf": "", "places": (), "now": now}
    return {
        "person": session.person.name,
        "csrf": session.csrf,
        "places": places_for(session.person),
        "now": now,
    }


def _framed(show: Open) -> Open:
    async def framed(request: Request) -> Response:
        try:
            return await show(request)
        except HandraiseError as error:
            return problem_page(request, problem_of_error(error))
        except views_away:
            away = Unavailable("The requests can't be read now. Try again in a moment.")
            return problem_page(request, problem_of_error(away))

    return framed


def wants_page(request: Request) -> bool:
    """Whether a person's browser opens this address, and no program of the API."""
    accepted = request.headers.get("accept", "")
    return "text/html" in accepted and not request.url.path.startswith(("/api/", "/hooks/"))


def problem_page(request: Request, problem: Problem) -> Response:
    """A problem as a page for people; one that passes is looked at again by itself."""
    passes = request.method == "GET" and problem.kind.status == AWAY
    told = {"title": problem.kind.title, "detail": problem.detail, "passes": passes}
    shown = page("message.html", {**frame(None), **told}, problem.kind.status)
    if passes:
        # Browsers heed it without scripts. It tells nothing of the address, which stays.
        shown.headers["Refresh"] = str(problem.retry_after_seconds or AGAIN_SECONDS)
    return shown
