"""POST /hooks/slack/interactions: a person pressed a button in Slack, or submitted a modal of ours.

Slack wants an answer within three seconds, so a press is acknowledged first and done afterwards;
a submitted modal is waited for as long as that allows, and told of later where it takes longer.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from api.door import FrontDoor, door_of
from api.errors import views_away
from api.hooks.metrics import hooks_taken
from api.hooks.slack_answering import Done, submit
from api.hooks.slack_calls import Interaction, interaction_in
from api.hooks.slack_pressing import press
from api.hooks.slack_telling import tell
from api.json_answers import answer
from api.web.routing import PageRoute
from kernel.errors import HandraiseError
from kernel.telemetry import logger
from services.notifier_svc.slack.modal import COMMENT, submitted, told_modal

log = logger()
ANSWER_SECONDS = 2.0


async def take_interaction(request: Request) -> Response:
    """Takes what a person did; nothing in the answer says whether the request exists."""
    interaction = await interaction_in(request)
    hooks_taken.labels("slack", "again" if interaction.again else "taken").inc()
    if interaction.again:
        return Response()
    door = door_of(request)
    match interaction.kind:
        case "block_actions":
            return Response(background=BackgroundTask(_press, request, interaction))
        case "view_submission":
            return await _submit(door, request, interaction)
        case _:
            return Response()


async def _press(request: Request, interaction: Interaction) -> None:
    try:
        await press(door_of(request), request, interaction)
    except (HandraiseError, *views_away) as error:
        log.warning("a press in Slack came to nothing", error=str(error))
        await tell(door_of(request), interaction.payload.get("response_url"), _sorry)


async def _submit(door: FrontDoor, request: Request, interaction: Interaction) -> Response:
    given = submitted(interaction.payload.get("view"))
    if given is None:
        return Response()
    working = asyncio.create_task(submit(door, request, interaction, given))
    done, _ = await asyncio.wait([working], timeout=ANSWER_SECONDS)
    if done:
        return _shown(working.result())
    return Response(background=BackgroundTask(_tell_later, door, working, given.response_url))


async def _tell_later(door: FrontDoor, working: asyncio.Task[Done], response_url: str) -> None:
    done = await working
    await tell(door, response_url, done.words or "Your answer was taken.")


def _shown(done: Done) -> Response:
    if done.taken:
        return Response()
    said: Mapping[str, Any] = {"response_action": "update", "view": told_modal(done.words)}
    if done.comment_wanted:
        said = {"response_action": "errors", "errors": {COMMENT: done.words}}
    return answer(said)


_sorry = "That did not work just now. Try again in a moment."

HOOKS = (PageRoute("POST", "/hooks/slack/interactions", take_interaction, None),)
