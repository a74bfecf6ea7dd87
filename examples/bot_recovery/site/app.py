"""The site as a web application: a profile, people to follow, posts, and what comes in the way."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import jinja2
from fastapi import Depends, FastAPI, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from examples.bot_recovery.site.members import Member, Members, Trouble, is_against_the_rules
from examples.bot_recovery.site.picture import captcha_picture

_COOKIE = "plaza"
_HANG_SECONDS = 60
_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True
)

Text = Annotated[str, Form(max_length=500)]


class _InTheWay(Exception):
    def __init__(self, answer: Response) -> None:
        self.answer = answer


def _signed_in(request: Request) -> Member:
    members: Members = request.app.state.members
    member = members.of_token(request.cookies.get(_COOKIE, ""))
    if member is None:
        raise HTTPException(403, "Nobody is signed in here")
    return member


SignedIn = Annotated[Member, Depends(_signed_in)]


def site_app(members: Members) -> FastAPI:
    """The site of these members."""
    app = FastAPI(openapi_url=None)
    app.state.members = members
    app.add_exception_handler(_InTheWay, _stop)
    _add_entrance(app, members)
    _add_obstacles(app)
    _add_actions(app, members)
    return app


def _add_entrance(app: FastAPI, members: Members) -> None:
    @app.get("/enter/{token}")
    async def enter(token: str) -> Response:
        if members.of_token(token) is None:
            raise HTTPException(404, "No such member")
        answer = RedirectResponse("/", 303)
        answer.set_cookie(_COOKIE, token, httponly=True, samesite="lax")
        return answer

    @app.get("/")
    async def home(member: SignedIn) -> Response:
        if member.held_by is not None:
            return RedirectResponse(f"/{member.held_by}", 303)
        return _page("home.html", member)


def _add_obstacles(app: FastAPI) -> None:
    @app.get("/captcha")
    async def captcha(member: SignedIn) -> Response:
        return _page("captcha.html", member)

    @app.get("/captcha.png")
    async def picture(member: SignedIn) -> Response:
        headers = {"Cache-Control": "no-store"}
        return Response(captcha_picture(member.code), media_type="image/png", headers=headers)

    @app.get("/challenge")
    async def challenge(member: SignedIn) -> Response:
        return _page("challenge.html", member)

    @app.get("/phone")
    async def phone(member: SignedIn) -> Response:
        return _page("phone.html", member)

    @app.post("/solve")
    async def solve(member: SignedIn, code: Text) -> Response:
        kind = member.held_by or Trouble.CAPTCHA
        if not member.solve(code):
            return _page(f"{kind}.html", member, wrong=True, status=422)
        return RedirectResponse("/", 303)


def _add_actions(app: FastAPI, members: Members) -> None:
    @app.get("/profile")
    async def profile(member: SignedIn) -> Response:
        return _page("profile.html", member)

    @app.post("/profile")
    async def save_profile(request: Request, member: SignedIn, bio: Text) -> Response:
        await _let_pass(request, member, "profile")
        member.bio = bio
        return _page("done.html", member, said="Your profile is saved")

    @app.get("/people")
    async def people(member: SignedIn) -> Response:
        others = [name for name in members.names if name != member.username]
        return _page("people.html", member, others=others)

    @app.post("/people")
    async def follow(request: Request, member: SignedIn, name: Text) -> Response:
        await _let_pass(request, member, "follow")
        if name not in member.following:
            member.following.append(name)
        return _page("done.html", member, said=f"You follow {name} now")

    @app.get("/post")
    async def write(member: SignedIn) -> Response:
        return _page("post.html", member)

    @app.post("/post")
    async def publish(request: Request, member: SignedIn, text: Text) -> Response:
        await _let_pass(request, member, "post")
        if is_against_the_rules(text):
            return _page("rejected.html", member, text=text, status=422)
        if text not in member.posts:
            member.posts.append(text)
        return _page("done.html", member, said="Your post is published")


async def _let_pass(request: Request, member: Member, action: str) -> None:
    match member.meets(action):
        case None:
            return
        case Trouble.ERROR:
            raise _InTheWay(_page("error.html", member, status=500))
        case Trouble.SLOW:
            raise _InTheWay(_page("error.html", member, status=504))
        case Trouble.HANG:
            with suppress(TimeoutError):
                async with asyncio.timeout(_HANG_SECONDS):
                    while (await request.receive())["type"] != "http.disconnect":
                        pass
            raise _InTheWay(_page("error.html", member, status=504))
        case held:
            raise _InTheWay(RedirectResponse(f"/{held}", 303))


async def _stop(_: Request, stopped: Exception) -> Response:
    assert isinstance(stopped, _InTheWay)
    return stopped.answer


def _page(name: str, member: Member, *, status: int = 200, **values: Any) -> HTMLResponse:
    text = _templates.get_template(name).render(member=member, **values)
    return HTMLResponse(text, status)
