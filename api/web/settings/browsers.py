"""Lets a person be told in the browser they use, and the worker that shows what comes."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.door import door_of
from api.identity.access import Operation
from api.rest.told_inputs import PushInput
from api.web.assets import FILES, TYPES
from api.web.filling import posted
from api.web.routing import SEE_OTHER, PageRoute, open_page, page_for
from api.web.session import Session
from kernel.directory.push import Subscription, subscription_id
from kernel.validation import validated

WORKER = "push-worker.js"


async def show_worker(_request: Request) -> Response:
    """The script that browsers run for us while no page of ours is open.

    At an address that stays: browsers look there for a newer one, and it may only see to what is
    below it.
    """
    return Response(FILES[WORKER], 200, {"Cache-Control": "no-cache"}, TYPES[".js"])


async def begin(request: Request, session: Session) -> Response:
    """Tells the person in this browser from now on."""
    fields, person = await posted(request, session), session.person
    keys = {"p256dh": fields.get("p256dh", ""), "auth": fields.get("auth", "")}
    given = validated(PushInput, {"endpoint": fields.get("endpoint", ""), "keys": keys})
    await door_of(request).directory.push.subscribe(
        person.tenant, person.id, Subscription(given.endpoint, given.keys.p256dh, given.keys.auth)
    )
    return RedirectResponse("/settings?done=browser", SEE_OTHER)


async def end(request: Request, session: Session) -> Response:
    """Tells the person no more in the browser with this endpoint, or this id."""
    fields, person = await posted(request, session), session.person
    endpoint = fields.get("endpoint", "")
    key = subscription_id(person.tenant, person.id, endpoint) if endpoint else fields.get("id", "")
    await door_of(request).directory.push.end(person.tenant, person.id, key)
    return RedirectResponse("/settings?done=no-browser", SEE_OTHER)


PAGES: tuple[PageRoute, ...] = (
    open_page("GET", f"/{WORKER}", show_worker),
    page_for("POST", "/settings/push", Operation.CHOOSE, begin),
    page_for("POST", "/settings/push/end", Operation.CHOOSE, end),
)
