"""Finished videos and their captions, for their owner; parts of them by range requests."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse

from examples.reel_scripts.model import Refusal, Whole
from examples.reel_scripts.web.access import Has, Owner
from examples.reel_scripts.web.api import ReelId

videos = APIRouter(prefix="/api/reels/{reel_id}/videos", tags=["videos"])
Number = Annotated[int, Path(ge=1)]


@videos.get("/{revision}.mp4")
async def video(has: Has, account: Owner, reel_id: ReelId, revision: Number) -> FileResponse:
    """The video of a revision."""
    name = _file_of(await has.desk.show(account, reel_id), revision)
    return FileResponse(has.shelf.video(name), media_type="video/mp4")


@videos.get("/{revision}.vtt")
async def captions(has: Has, account: Owner, reel_id: ReelId, revision: Number) -> FileResponse:
    """Its captions as WebVTT."""
    path = has.shelf.captions(_file_of(await has.desk.show(account, reel_id), revision))
    if path is None:
        raise Refusal(404, "unknown", "This video has no captions of its own.")
    return FileResponse(path, media_type="text/vtt")


def _file_of(found: Whole, revision: int) -> str:
    for job in found.jobs:
        if job.script_revision == revision and job.state == "done" and job.file:
            return job.file
    raise Refusal(404, "unknown", "There is no such video.")
