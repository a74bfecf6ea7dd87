"""The API keys of a tenant: made, rotated and revoked by its admins; secrets are shown once."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_model
from api.calls import caller_of
from api.door import door_of
from api.identity.access import Operation
from api.identity.deeds import deed_of
from api.json_answers import answer
from api.rest.documents.people import IssuedKeyDocument, KeyDocument, KeysDocument
from api.rest.examples.people import IDENTITY_BODIES, ISSUED, KEY, KEYS
from api.rest.identity_inputs import ActForInput, KeyInput, RotateInput
from api.rest.spec import Shown, described
from kernel.directory.api_key import ApiKey, IssuedKey
from kernel.errors import NotFound

router = APIRouter(prefix="/api/v1/keys", tags=["identity"])
Linked = Mapping[str, Sequence[str]]


def _document(key: ApiKey, linked: Linked) -> dict[str, Any]:
    return {
        "id": key.id,
        "owner": key.owner,
        "abilities": key.abilities,
        "act_for": linked.get(key.owner, ()),
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
        "rotated_from": key.rotated_from,
    }


def _issued(issued: IssuedKey, linked: Linked) -> Response:
    secrets = {"bearer": issued.bearer, "signing_secret": issued.signing_secret}
    return answer(_document(issued.key, linked) | secrets, 201)


@router.get("", **described(Operation.MANAGE_PEOPLE, "List API keys", Shown(KeysDocument, KEYS)))
async def list_keys(request: Request) -> Response:
    """The keys of the tenant, also those that hold no more; never their secrets."""
    directory, tenant = door_of(request).directory, caller_of(request).tenant
    linked = await directory.links.every(tenant)
    return answer({"items": [_document(key, linked) for key in await directory.keys.every(tenant)]})


@router.post(
    "",
    **described(
        Operation.MANAGE_PEOPLE,
        "Make an API key",
        Shown(IssuedKeyDocument, ISSUED, status=201),
        body=Shown(KeyInput, IDENTITY_BODIES[KeyInput]),
    ),
)
async def make_key(request: Request) -> Response:
    """Makes a key; its secrets are in this answer and nowhere else."""
    issued = await made(request, await read_model(request, KeyInput))
    return _issued(issued, await _linked(request))


async def made(request: Request, wanted: KeyInput) -> IssuedKey:
    """A new key of the caller's tenant.

    Raises:
        Invalid: the owner is no name, or somebody of `act_for` is nobody's id.
        Unavailable: the directory is away.
    """
    directory, tenant = door_of(request).directory, caller_of(request).tenant
    if wanted.act_for is not None:
        linking = deed_of(request, "key_links_set", wanted.owner, people=wanted.act_for)
        await directory.links.put(tenant, wanted.owner, wanted.act_for, linking)
    return await directory.keys.create(
        tenant=tenant,
        owner=wanted.owner,
        abilities=tuple(dict.fromkeys(wanted.abilities)),
        deed=deed_of(request, "key_created", owner=wanted.owner, abilities=wanted.abilities),
    )


@router.post(
    "/{key_id}/rotate",
    **described(
        Operation.MANAGE_PEOPLE,
        "Rotate an API key",
        Shown(IssuedKeyDocument, {**ISSUED, "rotated_from": KEY["id"]}, status=201),
        body=Shown(RotateInput, IDENTITY_BODIES[RotateInput]),
        problems=("unknown",),
    ),
)
async def rotate_key(request: Request, key_id: str) -> Response:
    """Makes a new key in the place of one, which still holds for a while: time to change over.

    Callbacks of requests that the old key asked stay signed with the old key's secret.
    """
    wanted = await read_model(request, RotateInput)
    return _issued(await rotated(request, key_id, wanted), await _linked(request))


async def rotated(request: Request, key_id: str, wanted: RotateInput) -> IssuedKey:
    """A new key in the place of one of the caller's tenant.

    Raises:
        NotFound: there is no such key that still holds.
        Unavailable: the directory is away.
    """
    return await door_of(request).directory.keys.rotate(
        caller_of(request).tenant,
        key_id,
        wanted.keep_seconds,
        deed_of(request, "key_rotated", rotated_from=key_id, keep_seconds=wanted.keep_seconds),
    )


@router.put(
    "/{key_id}/act-for",
    **described(
        Operation.MANAGE_PEOPLE,
        "Say whom a key may speak for",
        Shown(KeyDocument, KEY),
        body=Shown(ActForInput, IDENTITY_BODIES[ActForInput]),
        problems=("unknown",),
    ),
)
async def put_act_for(request: Request, key_id: str) -> Response:
    """Lets all keys of this one's owner that have the ability `act_for` speak for these people."""
    key = await linked(request, key_id, await read_model(request, ActForInput))
    return answer(_document(key, await _linked(request)))


async def linked(request: Request, key_id: str, wanted: ActForInput) -> ApiKey:
    """A key of the caller's tenant, whose owner's keys may speak for these people from now on.

    Raises:
        NotFound: there is no such key.
        Invalid: somebody is nobody's id.
        Unavailable: the directory is away.
    """
    key = await key_of(request, key_id)
    linking = deed_of(request, "key_links_set", key.owner, people=wanted.people)
    links, tenant = door_of(request).directory.links, caller_of(request).tenant
    await links.put(tenant, key.owner, wanted.people, linking)
    return key


@router.delete(
    "/{key_id}",
    **described(
        Operation.MANAGE_PEOPLE,
        "Revoke an API key",
        Shown(KeyDocument, {**KEY, "revoked_at": KEY["created_at"]}),
        problems=("unknown",),
    ),
)
async def revoke_key(request: Request, key_id: str) -> Response:
    """Ends a key: it is refused everywhere within 5 seconds."""
    await revoked(request, key_id)
    return answer(_document(await key_of(request, key_id), await _linked(request)))


async def revoked(request: Request, key_id: str) -> None:
    """Ends a key of the caller's tenant, everywhere within 5 s.

    Raises:
        NotFound: there is no such key.
        Unavailable: the directory is away.
    """
    keys, tenant = door_of(request).directory.keys, caller_of(request).tenant
    key = await key_of(request, key_id)
    await keys.revoke(tenant, key.id, deed=deed_of(request, "key_revoked", key.id))


async def _linked(request: Request) -> Linked:
    return await door_of(request).directory.links.every(caller_of(request).tenant)


async def key_of(request: Request, key_id: str) -> ApiKey:
    """The key of the caller's tenant with this id.

    Raises:
        NotFound: it has none such.
        Unavailable: the directory is away.
    """
    keys = await door_of(request).directory.keys.every(caller_of(request).tenant)
    found = next((key for key in keys if key.id == key_id), None)
    if found is None:
        raise NotFound("There is no such key here")
    return found
