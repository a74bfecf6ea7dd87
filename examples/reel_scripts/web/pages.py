"""The pages: reels, one reel with all that can be done about it, and two revisions compared."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl
from uuid import uuid4

import jinja2
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from examples.reel_scripts import accounts
from examples.reel_scripts.comparing import pieces
from examples.reel_scripts.desk import Desk
from examples.reel_scripts.model import (
    MAX_INSTRUCTIONS_CHARS,
    MAX_SCRIPT_CHARS,
    MAX_TITLE_CHARS,
    Account,
    Refusal,
    Whole,
)
from examples.reel_scripts.web.access import COOKIE, Has, Owner, check_origin
from examples.reel_scripts.web.api import ReelId

_FORM_BYTES = 64 * 1024
_NUMBER_DIGITS = 10
_SESSION_SECONDS = 8 * 60 * 60
_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_bounds = {
    "most_script": MAX_SCRIPT_CHARS,
    "most_title": MAX_TITLE_CHARS,
    "most_wish": MAX_INSTRUCTIONS_CHARS,
}
pages = APIRouter(include_in_schema=False)


def page(name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from its template."""
    return HTMLResponse(_templates.get_template(name).render(_bounds | values), status)


def told_trouble(refusal: Refusal) -> HTMLResponse:
    """What can't be done, as a page."""
    return page("trouble.html", refusal.status, refusal=refusal, account=None)


@pages.get("/sign-in")
async def sign_in() -> Response:
    """Where one signs in."""
    return page("sign_in.html", account=None, wrong=False)


@pages.post("/sign-in")
async def enter(request: Request, has: Has) -> Response:
    """Sign in with a token."""
    check_origin(request)
    token = (await _form(request)).get("token", "").strip()
    if not token or await accounts.of_token(has.pool, token) is None:
        return page("sign_in.html", 401, account=None, wrong=True)
    answer = RedirectResponse("/", 303)
    answer.set_cookie(COOKIE, token, max_age=_SESSION_SECONDS, httponly=True, samesite="strict")
    return answer


@pages.post("/sign-out")
async def leave(request: Request) -> Response:
    """Sign out."""
    check_origin(request)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE)
    return answer


@pages.get("/")
async def home(has: Has, account: Owner) -> Response:
    """All reels, and a form for a new one."""
    reels = await has.desk.reels(account)
    return page("reels.html", account=account, reels=reels, key=str(uuid4()))


@pages.post("/reels/")
async def create(request: Request, has: Has, account: Owner) -> Response:
    """Make a reel."""
    said = await _form(request)
    made = await has.desk.create(
        account,
        said.get("title", ""),
        said.get("script", ""),
        use_rewrite="use_rewrite" in said,
        key=said.get("key") or None,
    )
    return _back(made.reel.id)


@pages.get("/reels/{reel_id}/")
async def reel(
    has: Has,
    account: Owner,
    reel_id: ReelId,
    old: Annotated[int | None, Query(alias="from", ge=1)] = None,
    new: Annotated[int | None, Query(alias="to", ge=1)] = None,
) -> Response:
    """One reel, and two of its revisions compared."""
    found = await has.desk.show(account, reel_id)
    return page("reel.html", **_about(has.desk, account, found, old, new))


@pages.post("/reels/{reel_id}/{action}/")
async def act(request: Request, has: Has, account: Owner, reel_id: ReelId, action: str) -> Response:
    """Do something about a reel."""
    said = await _form(request)
    revision = _number(said.get("revision", ""))
    match action:
        case "rewrite" | "regenerate":
            await has.desk.another(
                account,
                reel_id,
                revision=revision,
                script=said.get("script"),
                instructions=said.get("instructions"),
            )
        case "approve":
            await has.desk.approve(account, reel_id, revision=revision)
        case "reject":
            await has.desk.reject(account, reel_id, said.get("instructions"))
        case "submit":
            await has.desk.submit(account, reel_id)
        case "generate":
            await has.desk.generate(account, reel_id)
        case _:
            raise Refusal(404, "unknown", "There is nothing here.")
    return _back(reel_id)


def _about(
    desk: Desk, account: Account, found: Whole, old: int | None, new: int | None
) -> Mapping[str, Any]:
    count = len(found.revisions)
    after = min(new or count, count)
    before = min(old or max(after - 1, 1), count)
    texts = found.revisions[before - 1].script, found.revisions[after - 1].script
    return {
        "account": account,
        "found": found,
        "reel": found.reel,
        "stand": found.reel.stand,
        "left": desk.max_revisions - count,
        "before": before,
        "after": after,
        "pieces": pieces(*texts) if before != after else [],
        "waits": found.reel.stand.status in ("script_approved", "processing"),
    }


def _back(reel_id: int) -> RedirectResponse:
    return RedirectResponse(f"/reels/{reel_id}/", 303)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < _NUMBER_DIGITS else None


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form; each once. Raises Refusal for one that is too large."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FORM_BYTES:
            raise Refusal(413, "too_large", "That is too much for a form.")
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
