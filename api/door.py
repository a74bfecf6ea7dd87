"""The parts of the front door that calls use, made once in wiring and carried by the app."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from api.attaching import Attaching
from api.identity.throttle import Throttle
from api.limits.pressure import Pressure
from api.limits.rates import Rates
from api.live.listening import Live
from api.log_ends import LogEnds
from api.sending import Commands
from kernel.clock import Clock
from kernel.directory.directory import Directory
from kernel.settings import Settings
from projections.history.queries import HistoryQueries
from projections.inbox.queries import InboxQueries


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDoor:
    """What a call may reach; `pool` gives connections to views and deliveries, fairly shared."""

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
    attaching: Attaching
    rates: Rates
    pressure: Pressure

    async def close(self) -> None:
        """Lets connections go; calls are over."""
        await self.attaching.close()
        await self.pool.close()

    def url_of(self, request_id: str) -> str:
        """The address of a request's page."""
        return request_url(self.settings, request_id)


def request_url(settings: Settings, request_id: str) -> str:
    """The address of a request's page."""
    return f"{settings.public_url.rstrip('/')}/requests/{request_id}"


def door_of(request: Request) -> FrontDoor:
    """The front door that serves this call."""
    return request.app.state.door
