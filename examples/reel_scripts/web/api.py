"""The API of reels, with the very paths of HUMAN_IN_LOOP_WORKFLOW.md."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from examples.reel_scripts.model import Refusal, Whole
from examples.reel_scripts.web import shown
from examples.reel_scripts.web.access import Has, Owner, Parts

MOST_REELS = 2**62
ReelId = Annotated[int, Path(ge=1, le=MOST_REELS)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewReel(_Body):
    """A reel to be made."""

    title: str
    script: str
    use_rewrite: bool = False


class Rewrite(_Body):
    """Another script: `script` in the owner's own words, else the rewriter's."""

    script: str | None = None
    instructions: str | None = None
    revision: int | None = Field(default=None, ge=1)


class Regenerate(_Body):
    """Yet another script by the rewriter."""

    instructions: str | None = None
    revision: int | None = Field(default=None, ge=1)


class Approve(_Body):
    """A yes; `revision` is the one that was looked at."""

    revision: int | None = Field(default=None, ge=1)


class Reject(_Body):
    """A no."""

    comment: str | None = None


api = APIRouter(prefix="/api/reels", tags=["reels"])


@api.get("/")
async def reels(has: Has, account: Owner) -> dict[str, Any]:
    """The caller's reels, the newest first."""
    return {"items": [shown.short(one) for one in await has.desk.reels(account)]}


@api.post("/", status_code=201)
async def create(
    request: Request,
    has: Has,
    account: Owner,
    body: NewReel,
    idempotency_key: Annotated[str | None, Header(max_length=255)] = None,
) -> dict[str, Any]:
    """A reel; its script is rewritten first if `use_rewrite` is true."""
    made = await has.desk.create(
        account,
        body.title,
        body.script,
        use_rewrite=body.use_rewrite,
        key=idempotency_key,
    )
    return _told(request, has, made)


@api.get("/{reel_id}/", name="show_reel")
async def show(request: Request, has: Has, account: Owner, reel_id: ReelId) -> dict[str, Any]:
    """Where a reel stands, with its script, and its video's address once it is there."""
    return _told(request, has, await has.desk.show(account, reel_id))


@api.get("/{reel_id}/revisions/")
async def revisions(has: Has, account: Owner, reel_id: ReelId) -> dict[str, Any]:
    """Every text that the script had."""
    return shown.revisions(await has.desk.show(account, reel_id))


@api.get("/{reel_id}/revisions/diff/")
async def diff(
    has: Has,
    account: Owner,
    reel_id: ReelId,
    old: Annotated[int, Query(alias="from", ge=1)],
    new: Annotated[int, Query(alias="to", ge=1)],
) -> dict[str, Any]:
    """Two revisions compared."""
    found = await has.desk.show(account, reel_id)
    if max(old, new) > len(found.revisions):
        raise Refusal(404, "unknown", "There is no such revision.")
    return {"from": old, "to": new, "diff": shown.compared(found, old, new)}


@api.post("/{reel_id}/rewrite-script/")
async def rewrite(
    request: Request, has: Has, account: Owner, reel_id: ReelId, body: Rewrite | None = None
) -> dict[str, Any]:
    """Another script: rewritten, or in the owner's own words."""
    said = (body or Rewrite()).model_dump()
    return _told(request, has, await has.desk.another(account, reel_id, **said))


@api.post("/{reel_id}/regenerate-script/")
async def regenerate(
    request: Request, has: Has, account: Owner, reel_id: ReelId, body: Regenerate | None = None
) -> dict[str, Any]:
    """Yet another script, for an owner who is not satisfied."""
    said = (body or Regenerate()).model_dump()
    return _told(request, has, await has.desk.another(account, reel_id, **said))


@api.post("/{reel_id}/approve-script/")
async def approve(
    request: Request, has: Has, account: Owner, reel_id: ReelId, body: Approve | None = None
) -> dict[str, Any]:
    """Approve the script, and have the video made."""
    said = (body or Approve()).model_dump()
    return _told(request, has, await has.desk.approve(account, reel_id, **said))


@api.post("/{reel_id}/reject-script/")
async def reject(
    request: Request, has: Has, account: Owner, reel_id: ReelId, body: Reject | None = None
) -> dict[str, Any]:
    """Turn the script down."""
    comment = body.comment if body else None
    return _told(request, has, await has.desk.reject(account, reel_id, comment))


@api.post("/{reel_id}/submit-script/")
async def submit(request: Request, has: Has, account: Owner, reel_id: ReelId) -> dict[str, Any]:
    """Put the script up for approval once more, after a no or no answer."""
    return _told(request, has, await has.desk.submit(account, reel_id))


@api.post("/{reel_id}/generate-video/", status_code=202)
async def generate(request: Request, has: Has, account: Owner, reel_id: ReelId) -> dict[str, Any]:
    """The video, if its script is approved; one that failed is tried again."""
    return _told(request, has, await has.desk.generate(account, reel_id))


def _told(request: Request, has: Parts, found: Whole) -> dict[str, Any]:
    base = str(request.url_for("show_reel", reel_id=found.reel.id))
    return shown.full(found, base, has.desk.max_revisions)
