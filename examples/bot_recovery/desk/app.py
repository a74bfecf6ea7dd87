"""The desk's pages: the queue, a failure with all that led to it, the logs and the report."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from examples.bot_recovery.desk.pages import Pages
from examples.bot_recovery.desk.sessions import COOKIE, SESSION_SECONDS, Session, Sessions
from examples.bot_recovery.people import Manager, People
from examples.bot_recovery.report import Report
from examples.bot_recovery.review_queue import Decided, ReviewQueueService
from examples.bot_recovery.reviews import Filters
from examples.bot_recovery.warmup import Solution

_STATIC = Path(__file__).parent / "static"
_SAFE = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Desk:
    """What the pages stand on."""

    def __init__(
        self, queue: ReviewQueueService, report: Report, people: People, site_url: str
    ) -> None:
        self.queue = queue
        self.report = report
        self.people = people
        self.sessions = Sessions(people.key.signing_secret)
        self.site_url = site_url
        self.pages = Pages()


class _SignedIn:
    """Who looks, and what their forms must hold."""

    def __init__(self, session: Session, manager: Manager) -> None:
        self.session = session
        self.manager = manager


def _desk(request: Request) -> Desk:
    return request.app.state.desk


def _signed_in(request: Request) -> _SignedIn:
    desk = _desk(request)
    session = desk.sessions.of_cookie(request.cookies.get(COOKIE, ""))
    manager = desk.people.manager(session.person_id) if session else None
    if session is None or manager is None:
        raise HTTPException(403, "Open your sign-in link first")
    return _SignedIn(session, manager)


AtDesk = Annotated[Desk, Depends(_desk)]
Who = Annotated[_SignedIn, Depends(_signed_in)]
Line = Annotated[str, Form(max_length=2000)]


def _posted(desk: AtDesk, who: Who, form_token: Annotated[str, Form()]) -> _SignedIn:
    """Who sent a form, from one of our own pages."""
    if not desk.sessions.is_from_our_page(who.session, form_token):
        raise HTTPException(403, "This form does not come from your desk")
    return who


Sender = Annotated[_SignedIn, Depends(_posted)]


def _decided(
    decision: Annotated[Solution, Form()],
    notes: Line = "",
    text: Line = "",
    mended: Annotated[bool, Form()] = False,
) -> Decided:
    return Decided(decision=decision, notes=notes.strip(), mended=mended, text=text.strip())


Answer = Annotated[Decided, Depends(_decided)]


def _filters(
    type: str = "",  # noqa: A002  the name in the address
    status: str = "review_required",
    older_than_minutes: Annotated[str, Query(pattern="^[0-9]{0,7}$")] = "",
    username: Annotated[str, Query(max_length=100)] = "",
) -> Filters:
    return Filters(
        type=type,
        status=status,
        older_than_minutes=int(older_than_minutes or 0),
        username=username.strip(),
    )


Narrowed = Annotated[Filters, Depends(_filters)]


def desk_app(desk: Desk) -> FastAPI:
    """The desk as a web application."""
    app = FastAPI(openapi_url=None)
    app.state.desk = desk
    app.mount("/static", StaticFiles(directory=_STATIC))
    app.middleware("http")(_guarded)
    app.add_exception_handler(HTTPException, _refused)
    _add_sign_in(app)
    _add_reading(app)
    _add_answering(app)
    return app


def _add_sign_in(app: FastAPI) -> None:
    @app.get("/sign-in/{token}")
    async def door(desk: AtDesk, token: str) -> Response:
        return desk.pages.show("sign_in.html", None, name=_whose(desk, token).name, token=token)

    @app.post("/sign-in/{token}")
    async def enter(desk: AtDesk, token: str) -> Response:
        answer = RedirectResponse("/", 303)
        cookie = desk.sessions.cookie(_whose(desk, token).id)
        answer.set_cookie(COOKIE, cookie, max_age=SESSION_SECONDS, httponly=True, samesite="strict")
        return answer


def _add_reading(app: FastAPI) -> None:
    @app.get("/")
    async def queue(desk: AtDesk, who: Who, filters: Narrowed) -> Response:
        rows = await desk.queue.queue(filters)
        return _page(desk, who, "queue.html", rows=rows, filters=filters)

    @app.get("/reviews/{failure_id}")
    async def review(
        desk: AtDesk, who: Who, failure_id: str, said: str = "", mark: str = ""
    ) -> Response:
        detail = await desk.queue.detail(failure_id)
        if detail is None:
            raise HTTPException(404, "There is no such failure")
        logs = await desk.report.logs(detail.failure.account_id)
        ours = said if desk.sessions.is_marked(who.session, said, mark) else ""
        return _page(desk, who, "review.html", detail=detail, logs=logs, said=ours)

    @app.get("/reviews/{failure_id}/screenshot")
    async def screenshot(desk: AtDesk, who: Who, failure_id: str) -> Response:
        picture = await desk.queue.screenshot(failure_id)
        if picture is None:
            raise HTTPException(404, "The bot could not take a picture")
        return Response(picture, media_type="image/png")

    @app.get("/reviews/{failure_id}/site")
    async def site(desk: AtDesk, who: Who, failure_id: str) -> Response:
        """To the account at the site, for what only a person may do there."""
        token = await desk.queue.access_token(failure_id)
        if token is None:
            raise HTTPException(404, "There is no such failure")
        return RedirectResponse(f"{desk.site_url}/enter/{token}", 303)

    @app.get("/log")
    async def log(desk: AtDesk, who: Who) -> Response:
        return _page(desk, who, "log.html", logs=await desk.report.logs())

    @app.get("/report")
    async def report(desk: AtDesk, who: Who) -> Response:
        return _page(
            desk,
            who,
            "report.html",
            successes=await desk.report.successes(),
            patterns=await desk.report.patterns(),
            learnt=await desk.report.learnt(),
            settings=desk.report.settings,
        )


def _add_answering(app: FastAPI) -> None:
    @app.post("/reviews/{failure_id}")
    async def resolve(desk: AtDesk, who: Sender, failure_id: str, decided: Answer) -> Response:
        result = await desk.queue.resolve(failure_id, decided, who.manager.id)
        mark = desk.sessions.mark(who.session, result.said)
        said = urlencode({"said": result.said, "mark": mark})
        return RedirectResponse(f"/reviews/{failure_id}?{said}", 303)

    @app.post("/bulk")
    async def bulk(
        desk: AtDesk,
        who: Sender,
        decided: Answer,
        failure_ids: Annotated[list[str] | None, Form(alias="failure", max_length=100)] = None,
    ) -> Response:
        results = await desk.queue.resolve_all(failure_ids or [], decided, who.manager.id)
        return _page(desk, who, "bulk.html", results=results, decided=decided)


def _whose(desk: Desk, token: str) -> Manager:
    person_id = desk.sessions.person_of_link(token)
    manager = desk.people.manager(person_id) if person_id else None
    if manager is None:
        raise HTTPException(404, "This is no sign-in link of ours")
    return manager


def _page(desk: Desk, who: _SignedIn, name: str, **values: Any) -> HTMLResponse:
    return desk.pages.show(name, who.manager, form_token=who.session.form_token, **values)


async def _guarded(request: Request, go_on: Any) -> Response:
    answer: Response = await go_on(request)
    answer.headers.update(_SAFE)
    return answer


async def _refused(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, HTTPException)
    return _desk(request).pages.show(
        "refused.html", None, status=refusal.status_code, said=refusal.detail
    )
