"""POST /mcp: the Model Context Protocol over streamable HTTP, each call by itself.

No call leaves anything here, so any replica may take the next one. Who calls is found out before
anything is read, as for REST; what they may do is judged by the REST calls that the tools make.
"""

from collections.abc import Awaitable, Callable

from handraise.mcp.http import MAX_BODY_BYTES, StatelessApp
from handraise.mcp.server import make_server
from handraise.mcp.waiting import Patience
from starlette.requests import Request
from starlette.routing import Match, Route
from starlette.types import Message, Receive, Scope, Send

from api.bodies import read_bytes
from api.door import FrontDoor
from api.entering import enter, watch_only
from api.identity.access import Operation
from api.identity.bearer import principal_of_header
from api.live.listening import Live
from api.mcp.in_process import door_to
from kernel.secrets import Keyring

PATH = "/mcp"
_STOPPING = "mcp"
_FOREVER_SECONDS = 10 * 365 * 24 * 3600.0


class Endpoint:
    """The server behind the wall of the front door."""

    def __init__(self, door: FrontDoor, app: StatelessApp) -> None:
        self._door = door
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one call.

        Raises:
            Unauthenticated, NotAllowed, TooMany, Unavailable: as for any call of the API.
            BodyTooLarge, TooSlow, MediaType, BadRequest: the body can't be read.
        """
        request = Request(scope, receive)
        door = self._door
        principal = await principal_of_header(request, door.directory, door.lock_out)
        enter(request, principal, Operation.READ_SELF)
        body = await read_bytes(request, MAX_BODY_BYTES)
        # The calls that a tool makes have places of their own.
        watch_only(request)
        await self._app(scope, _again(body, receive), send)


class McpRoute(Route):
    """The route, which says in the scope which one it was, for metrics and traces."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route."""
        match, child = super().matches(scope)
        return match, {**child, "route": self}


def mcp_route(door: FrontDoor) -> McpRoute:
    """The route of a front door."""
    settings = door.settings
    url, keyring = settings.public_url.rstrip("/"), Keyring.of(settings)
    server = make_server(
        door_to(url),
        patience=Patience(ending=_ending(door.live)),
        state_keys=[keyring.subkey("mcp", one) for one in keyring.key_ids()],
    )
    return McpRoute(
        PATH, Endpoint(door, StatelessApp(server, origins=[url], hosts=None)), methods=["POST"]
    )


def _ending(live: Live) -> Callable[[], Awaitable[None]]:
    async def ending() -> None:
        with live.watch(_STOPPING) as watch:
            while await watch.moved(_FOREVER_SECONDS):
                pass

    return ending


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read once more, and then what really comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
