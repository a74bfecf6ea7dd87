"""The parts of the front door that calls use, made once in wiring and carried by the app."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from api.identity.throttle import Throttle
from api.live import Live
from api.log_ends import LogEnds
from api.sending import Commands
from kernel.clock import Clock
from kernel.directory.directory import Directory
from kernel.settings import Settings
from projections.history.queries import HistoryQueries
from projections.inbox.queries import InboxQueries


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDoor:
    """What a call may reach; `pool` is the Postgres pool behind views and deliveries."""

    settings: Settings
    clock: Clock
    commands: Commands
    directory: Directory
    inbox: InboxQueries
    history: HistoryQueries
    pool: Any
    live: Live
    log_ends: LogEnds
    sign_in_throttle: Throttle

    def url_of(self, request_id: str) -> str:
        """The address of a request's page."""
        return f"{self.settings.public_url.rstrip('/')}/requests/{request_id}"


def door_of(request: Request) -> FrontDoor:
    """The front door that serves this call."""
    return request.app.state.door
