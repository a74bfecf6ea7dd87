"""The front door as an ASGI app: its routes, the hot ones first, within its edge."""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.routing import BaseRoute

from api.call_spans import Traced
from api.door import FrontDoor
from api.edge import Edge
from api.failing import add_handlers
from api.openapi import add_openapi
from api.rest import (
    actions,
    answers,
    attachments,
    deliveries,
    identity,
    kinds,
    listing,
    opening,
    reading_one,
    several,
    streaming,
    trail,
)
from api.web import file_download, queue_page, request_pages, signing_in, static_files
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
    identity,
)
PAGES = (queue_page, request_pages, file_download, signing_in, static_files)


def make_app(door: FrontDoor, readiness: Readiness) -> FastAPI:
    """The app that serves calls through this front door."""
    app = FastAPI(title="Handraise", docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.door = door
    app.router.routes.extend(all_routes())
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
    return [*rest, *pages]
