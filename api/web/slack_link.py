"""A person says on a signed-in page which Slack user they are; Slack led them there."""

from starlette.requests import Request
from starlette.responses import Response

from api.door import door_of
from api.identity.access import Operation
from api.web.forms import read_form
from api.web.rendering import page
from api.web.routing import PageRoute, frame, page_for
from api.web.session import Session, check_form
from kernel.directory.slack_people import SlackUser
from kernel.errors import NotFound


async def show_offer(request: Request, session: Session) -> Response:
    """Asks whether that is them; looking at it links nothing."""
    user = _offered(request, session)
    return page("slack_link.html", {**frame(session), **_told(user), "linked": False})


async def take_offer(request: Request, session: Session) -> Response:
    """Lets the Slack user answer as them from here on."""
    fields = await read_form(request)
    check_form(request, session.token, fields.get("csrf", ""))
    user = _offered(request, session)
    await door_of(request).directory.slack_people.link(user, session.person.id)
    return page("slack_link.html", {**frame(session), **_told(user), "linked": True})


def _offered(request: Request, session: Session) -> SlackUser:
    user = door_of(request).directory.slack_people.offered(request.path_params["offer"])
    if user is None or user.tenant != session.person.tenant:
        raise NotFound("This link has expired. Press the button in Slack again.")
    return user


def _told(user: SlackUser) -> dict[str, str]:
    return {"slack_user": user.user_id, "team": user.team_id}


PAGES: tuple[PageRoute, ...] = (
    page_for("GET", "/slack/{offer}", Operation.RESPOND, show_offer),
    page_for("POST", "/slack/{offer}", Operation.RESPOND, take_offer),
)
