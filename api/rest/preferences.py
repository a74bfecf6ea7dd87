"""How people and tenants are told: what they prefer, in which browsers, and by which webhook."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_model
from api.calls import caller_of
from api.door import FrontDoor, door_of
from api.identity.access import Operation
from api.json_answers import answer
from api.rest.documents.told import (
    PreferencesDocument,
    PushKeyDocument,
    SubscribedDocument,
    TenantNoticesDocument,
)
from api.rest.examples.told import (
    PREFERENCES,
    PREFERENCES_BODY,
    PUSH_BODY,
    PUSH_KEY,
    SUBSCRIBED,
    TENANT_NOTICES,
    TENANT_NOTICES_BODY,
)
from api.rest.spec import Shown, described
from api.rest.told_inputs import Chats, PreferencesInput, PushInput, TenantNoticesInput
from event_schemas.types import Priority
from kernel.directory.preferences import Digest, Preferences, Quiet, written
from kernel.directory.push import Subscription
from kernel.directory.tenant_notices import TenantNotices
from kernel.errors import Invalid
from kernel.outbound.chat_address import checked_chat
from kernel.text import pointer
from kernel.validation import flawed

router = APIRouter(prefix="/api/v1", tags=["notices"])


@router.get(
    "/me/preferences",
    **described(Operation.BE_TOLD, "How am I told", Shown(PreferencesDocument, PREFERENCES)),
)
async def read_preferences(request: Request) -> Response:
    """How the caller wants to be told."""
    caller = caller_of(request)
    found = await door_of(request).directory.preferences.get(caller.tenant, caller.id)
    return answer(written(found))


@router.put(
    "/me/preferences",
    **described(
        Operation.CHOOSE,
        "Choose how I am told",
        Shown(PreferencesDocument, PREFERENCES),
        body=Shown(PreferencesInput, PREFERENCES_BODY),
    ),
)
async def put_preferences(request: Request) -> Response:
    """Keeps how the caller wants to be told, in the place of what was kept; it holds within 5 s."""
    return answer(
        written(await kept_preferences(request, await read_model(request, PreferencesInput)))
    )


async def kept_preferences(request: Request, body: PreferencesInput) -> Preferences:
    """What the caller prefers from now on.

    Raises:
        Invalid: a chat's address is none.
        Unavailable: the directory is away.
    """
    door, caller = door_of(request), caller_of(request)
    _check(door, body.chats)
    return await door.directory.preferences.put(
        caller.tenant, caller.id, _preferences(body), body.chats
    )


@router.get(
    "/me/push",
    **described(
        Operation.BE_TOLD, "The key to subscribe a browser with", Shown(PushKeyDocument, PUSH_KEY)
    ),
)
async def read_push_key(request: Request) -> Response:
    """The public key by which push services know this installation (VAPID, RFC 8292)."""
    return answer({"public_key": await door_of(request).directory.push.public_key()})


@router.post(
    "/me/push",
    **described(
        Operation.CHOOSE,
        "Be told in this browser",
        Shown(SubscribedDocument, SUBSCRIBED),
        body=Shown(PushInput, PUSH_BODY),
    ),
)
async def subscribe(request: Request) -> Response:
    """Subscribes a browser of the caller; again is the same as once."""
    caller, body = caller_of(request), await read_model(request, PushInput)
    given = Subscription(body.endpoint, body.keys.p256dh, body.keys.auth)
    push = door_of(request).directory.push
    return answer({"id": await push.subscribe(caller.tenant, caller.id, given)})


@router.delete(
    "/me/push/{subscription_id}",
    **described(
        Operation.CHOOSE,
        "Be told in that browser no more",
        Shown(SubscribedDocument, SUBSCRIBED),
        problems=("invalid",),
    ),
)
async def unsubscribe(request: Request, subscription_id: str) -> Response:
    """Ends a subscription of the caller; there being none is no matter."""
    caller = caller_of(request)
    await door_of(request).directory.push.end(caller.tenant, caller.id, subscription_id)
    return answer({"id": subscription_id})


@router.get(
    "/notices",
    **described(
        Operation.TELL_TENANT,
        "Where the tenant is told",
        Shown(TenantNoticesDocument, TENANT_NOTICES),
    ),
)
async def read_tenant_notices(request: Request) -> Response:
    """Where the tenant itself is told, besides its people."""
    tenant = caller_of(request).tenant
    return answer(_tenant_document(await door_of(request).directory.tenant_notices.get(tenant)))


@router.put(
    "/notices",
    **described(
        Operation.TELL_TENANT,
        "Choose where the tenant is told",
        Shown(TenantNoticesDocument, TENANT_NOTICES),
        body=Shown(TenantNoticesInput, TENANT_NOTICES_BODY),
    ),
)
async def put_tenant_notices(request: Request) -> Response:
    """Keeps where the tenant is told; its webhook hears of high and urgent requests."""
    door, caller = door_of(request), caller_of(request)
    body = await read_model(request, TenantNoticesInput)
    _check(door, body.chats)
    kept = await door.directory.tenant_notices.put(
        caller.tenant, body.webhook_url, body.chats, by=caller.id
    )
    return answer(_tenant_document(kept))


def _check(door: FrontDoor, chats: Chats) -> None:
    for name, address in chats.items():
        try:
            if address is not None:
                checked_chat(address, door.settings.chat_schemas)
        except Invalid as error:
            raise flawed(pointer("chats", name), str(error)) from None


def _preferences(body: PreferencesInput) -> Preferences:
    quiet = None
    if body.quiet is not None:
        begin, end = body.quiet.times()
        quiet = Quiet(begin=begin, end=end)
    return Preferences(
        language=body.language,
        time_zone=body.time_zone,
        channels={Priority(word): tuple(names) for word, names in body.channels.items()},
        quiet=quiet,
        digest=Digest(body.digest),
        digest_at=body.digest_time(),
        at_most=body.at_most,
        fallback=body.fallback,
        fallback_minutes=body.fallback_minutes,
        phone=body.phone,
        slack_user_id=body.slack_user_id,
    )


def _tenant_document(found: TenantNotices) -> dict[str, object]:
    return {
        "webhook_url": found.webhook_url,
        "webhook_secret": found.webhook_secret,
        "chats": sorted(found.chats),
    }
