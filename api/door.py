"""The parts of the front door that calls use, made once in wiring and carried by the app."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from api.attaching import Attaching
from api.identity.lock_out import LockOut
from api.identity.openid import OpenId
from api.limits.pressure import Pressure
from api.limits.rates import Rates
from api.live.listening import Live
from api.live.presence import Presence
from api.log_ends import LogEnds
from api.sending import Commands
from api.slack_desk import SlackDesk
from kernel.clock import Clock
from kernel.directory.directory import Directory
from kernel.settings import Settings
from projections.history.queries import HistoryQueries
from projections.inbox.groups import GroupQueries
from projections.inbox.queries import InboxQueries


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDoor:
    """What a call may reach; `pool` gives connections to views and deliveries, fairly shared.

    Those of `pool` show one tenant's rows, those of `past` all: what goes by them must not be a
    caller's choice. `oidc` is the provider by which people may sign in, if there is one.
    """

    settings: Settings
    clock: Clock
    commands: Commands
    directory: Directory
    inbox: InboxQueries
    groups: GroupQueries
    history: HistoryQueries
    pool: Any
    past: Any
    live: Live
    presence: Presence
    log_ends: LogEnds
    lock_out: LockOut
    oidc: OpenId | None = None
    attaching: Attaching
    rates: Rates
    pressure: Pressure
    slack: SlackDesk

    async def close(self) -> None:
        """Lets connections go; calls are over."""
        await self.attaching.close()
        self.slack.egress.close()
        if self.oidc is not None:
            await self.oidc.close()
        await self.past.close()
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
