"""The tenant's Slack workspace: connect it, look at it, disconnect it."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_model
from api.calls import caller_of
from api.door import FrontDoor, door_of
from api.identity.access import Operation
from api.identity.deeds import deed_of
from api.json_answers import answer
from api.rest.documents.integrations import SlackDocument
from api.rest.examples.integrations import SLACK, SLACK_INPUT
from api.rest.spec import Shown, described
from kernel.directory.slack_workspaces import Workspace
from kernel.errors import Unavailable
from kernel.question import Input
from kernel.validation import flawed
from services.notifier_svc.slack.client import Help, SlackFailed

router = APIRouter(prefix="/api/v1/integrations", tags=["integrations"])
PLACE = "/hooks/slack/interactions"


class SlackInput(Input):
    """An app of the tenant's own, installed in its workspace.

    It needs the scopes chat:write, users:read and users:read.email, and Interactivity switched on.
    `link_by_email` takes a member of the workspace for the person with the same e-mail address, if
    Slack has confirmed it; else people say on a signed-in page who they are.
    """

    bot_token: Annotated[str, Field(pattern=r"^xoxb-[A-Za-z0-9-]{5,200}$", repr=False)]
    signing_secret: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{16,128}$", repr=False)]
    link_by_email: bool = True


@router.get(
    "/slack",
    **described(Operation.INTEGRATE, "Read the Slack workspace", Shown(SlackDocument, SLACK)),
)
async def read_slack(request: Request) -> Response:
    """The workspace, without its secrets."""
    door, tenant = door_of(request), caller_of(request).tenant
    return answer(_document(door, await door.directory.slack_workspaces.get(tenant)))


@router.put(
    "/slack",
    **described(
        Operation.INTEGRATE,
        "Connect a Slack workspace",
        Shown(SlackDocument, SLACK),
        body=Shown(SlackInput, SLACK_INPUT),
    ),
)
async def put_slack(request: Request) -> Response:
    """Connects the workspace that the token is for, in the place of the one before.

    Slack is asked whose token it is.
    """
    door, caller = door_of(request), caller_of(request)
    given = await read_model(request, SlackInput)
    try:
        said = await door.slack.client.read("auth.test", given.bot_token, {})
    except SlackFailed as failed:
        if failed.help is Help.WAIT:
            raise Unavailable(f"{failed}; try again") from failed
        raise flawed("/bot_token", f"Slack does not take it: {failed.said}") from failed
    workspace = Workspace(
        tenant=caller.tenant,
        team_id=str(said.get("team_id")),
        team_name=str(said.get("team")),
        bot_user_id=str(said.get("user_id")),
        bot_token=given.bot_token,
        signing_secret=given.signing_secret,
        link_by_email=given.link_by_email,
    )
    deed = deed_of(request, "slack_connected", caller.tenant, team=workspace.team_id)
    return answer(
        _document(door, await door.directory.slack_workspaces.put(workspace, caller.id, deed))
    )


@router.delete(
    "/slack",
    **described(Operation.INTEGRATE, "Disconnect Slack", Shown(SlackDocument, SLACK)),
)
async def remove_slack(request: Request) -> Response:
    """Forgets the workspace and its secrets; what was posted there stays."""
    door, caller = door_of(request), caller_of(request)
    deed = deed_of(request, "slack_disconnected", caller.tenant)
    await door.directory.slack_workspaces.remove(caller.tenant, deed)
    return answer(_document(door, None))


def _document(door: FrontDoor, workspace: Workspace | None) -> dict[str, object]:
    found = workspace
    return {
        "connected": found is not None,
        "team_id": found and found.team_id,
        "team_name": found and found.team_name,
        "bot_user_id": found and found.bot_user_id,
        "link_by_email": None if found is None else found.link_by_email,
        "updated_at": found and found.updated_at,
        "interactions_url": f"{door.settings.public_url.rstrip('/')}{PLACE}",
    }
