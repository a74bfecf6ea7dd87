"""The front door as an ASGI app: its routes, the hot ones first, within its edge."""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.routing import BaseRoute

from api.call_spans import Traced
from api.door import FrontDoor
from api.edge import Edge
from api.failing import add_handlers
from api.hooks import receipts, slack_hook
from api.mcp.endpoint import mcp_route
from api.openapi import add_openapi
from api.rest import (
    absences,
    actions,
    answers,
    attachments,
    audit,
    deliveries,
    duty,
    exporting,
    forwarding,
    groups,
    identity,
    integrations,
    invitations,
    keys,
    kinds,
    listing,
    my_notices,
    opening,
    people,
    preferences,
    reading_one,
    several,
    simulating,
    standing_rules,
    streaming,
    teams,
    trail,
)
from api.web import (
    activity,
    answer_links,
    file_download,
    filter_pages,
    groups_page,
    invitation_page,
    live_page,
    notices_page,
    oidc_pages,
    queue_acts,
    queue_page,
    queue_several,
    request_pages,
    signing_in,
    simulator_page,
    slack_link,
    standing_rules_list,
    standing_rules_new,
    static_files,
    team_load,
)
from api.web.admin import (
    audit_page,
    delivery_pages,
    invitation_pages,
    key_pages,
    kind_pages,
    letter_pages,
    people_list,
    person_pages,
    sections,
    team_pages,
)
from api.web.settings import browsers
from api.web.settings import page as settings_page
from kernel.service import Readiness, health_routes

ROUTERS = (
    opening,
    several,
    answers,
    reading_one,
    actions,
    listing,
    streaming,
    trail,
    deliveries,
    attachments,
    kinds,
    groups,
    standing_rules,
    exporting,
    identity,
    integrations,
    people,
    teams,
    keys,
    invitations,
    audit,
    my_notices,
    preferences,
    forwarding,
    duty,
    absences,
    simulating,
)
HOOKS = (slack_hook, receipts)
PAGES = (
    queue_page,
    queue_acts,
    queue_several,
    filter_pages,
    live_page,
    notices_page,
    activity,
    team_load,
    simulator_page,
    groups_page,
    standing_rules_list,
    standing_rules_new,
    request_pages,
    answer_links,
    slack_link,
    file_download,
    signing_in,
    oidc_pages,
    invitation_page,
    settings_page,
    browsers,
    sections,
    people_list,
    person_pages,
    invitation_pages,
    team_pages,
    key_pages,
    kind_pages,
    delivery_pages,
    letter_pages,
    audit_page,
    static_files,
)


def make_app(door: FrontDoor, readiness: Readiness) -> FastAPI:
    """The app that serves calls through this front door."""
    app = FastAPI(title="Handraise", docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.door = door
    app.router.routes.extend(all_routes())
    app.router.routes.append(mcp_route(door))
    app.router.routes.extend(health_routes(readiness))
    https = door.settings.public_url.startswith("https:")
    app.add_middleware(Edge, https=https, pressure=door.pressure)
    add_handlers(app)
    add_openapi(app)
    app.add_middleware(Traced)
    return app


def all_routes() -> Sequence[BaseRoute]:
    """Every route of the API and of the pages."""
    # Added as they are: a router that is included would be searched twice for each call.
    rest = [route for module in ROUTERS for route in module.router.routes]
    pages = [page for module in PAGES for page in module.PAGES]
    hooks = [hook for module in HOOKS for hook in module.HOOKS]
    return [*rest, *pages, *hooks]
