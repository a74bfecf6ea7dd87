"""POST /hooks/{provider}: a provider says what became of a message that it took."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_bytes
from api.door import FrontDoor, door_of
from api.errors import Unauthenticated
from api.hooks import bounce, resend, twilio
from api.hooks.metrics import hooks_taken
from api.hooks.reports import Post, Provider, Reported
from api.web.routing import PageRoute
from kernel.errors import NotFound
from kernel.outbound.receipts import set_receipt
from kernel.settings import Settings
from services.notifier_svc.twilio import sms_gateway

BODY_BYTES = 64 * 1024
NO_CONTENT = 204
PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {twilio.NAME: twilio.TWILIO, resend.NAME: resend.RESEND, bounce.NAME: bounce.BOUNCE}
)
_nobodys = "nobody has this secret, so that none being set takes as long as a wrong one"


async def take_receipt(request: Request) -> Response:
    """Notes it. What is no news, or about a message that is not ours, is as welcome: 204."""
    door, name = door_of(request), request.path_params["provider"]
    provider = PROVIDERS.get(name)
    if provider is None:
        raise NotFound(f"There is no provider {name[:40]!r}.")
    address = request.client.host if request.client else ""
    door.rates.charge("hooks", f"{name} {address}")
    post = Post(
        url=_address(door.settings, request),
        headers=request.headers,
        body=await read_bytes(request, BODY_BYTES),
        now=door.clock(),
    )
    secret = secret_of(door.settings, name)
    if not provider.is_genuine(secret or _nobodys, post) or not secret:
        hooks_taken.labels(name, "refused").inc()
        raise Unauthenticated("The signature does not hold")
    hooks_taken.labels(name, await _noted(door, provider, post)).inc()
    return Response(status_code=NO_CONTENT)


async def _noted(door: FrontDoor, provider: Provider, post: Post) -> str:
    said = provider.reported(post)
    if not said:
        return "no_news"
    # Past the wall between tenants: a provider names a message, never a tenant.
    changed = [await _note(door.past, one) for one in said]
    return "noted" if any(changed) else "unknown"


async def _note(pool: Any, one: Reported) -> bool:
    return await set_receipt(pool, one.provider, one.provider_id, one.receipt, one.error)


def secret_of(settings: Settings, provider: str) -> str:
    """The secret that the operator shares with a provider; empty where there is none."""
    match provider:
        case twilio.NAME:
            gateway = sms_gateway(settings.sms_url)
            return "" if gateway is None else gateway.token
        case resend.NAME:
            return settings.resend_webhook_secret
        case _:
            return settings.bounce_webhook_secret


def _address(settings: Settings, request: Request) -> str:
    """The address that the provider called, whatever a proxy made of it."""
    query = request.url.query
    path = f"{settings.public_url.rstrip('/')}{request.url.path}"
    return f"{path}?{query}" if query else path


HOOKS = (PageRoute("POST", "/hooks/{provider}", take_receipt, None),)
