"""The callback receiver as a router of a FastAPI application (extra `fastapi`)."""

from fastapi import APIRouter
from starlette.routing import Route

from handraise.receiver import Receiver


def router(receiver: Receiver, path: str = "/resume") -> APIRouter:
    """A router with the receiver at POST `path`; for `app.include_router`."""
    found = APIRouter()
    found.routes.append(Route(path, receiver, methods=["POST"], include_in_schema=False))
    return found
