"""Reads a call by Slack: its raw bytes are verified before anything in it counts."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import orjson
from starlette.requests import Request

from api.bodies import read_bytes
from api.door import FrontDoor, door_of
from api.errors import BadRequest, Unauthenticated
from api.hooks.metrics import hooks_taken
from kernel.directory.slack_workspaces import Workspace
from kernel.tenancy import tenant_now
from services.notifier_svc.slack.card import pressed
from services.notifier_svc.slack.modal import submitted
from services.notifier_svc.slack.signature import RETRY, SIGNATURE, TIMESTAMP, is_from_slack

BODY_BYTES = 64 * 1024
_refused = "Slack did not sign this, or too long ago"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """What a person did in Slack: the payload, and the workspace whose secret proved it.

    `again` is whether the same call was taken before.
    """

    workspace: Workspace
    payload: dict[str, Any]
    again: bool

    @property
    def kind(self) -> str:
        """What was done: `block_actions`, `view_submission` or another."""
        return str(self.payload.get("type"))


async def interaction_in(request: Request) -> Interaction:
    """The interaction that a call tells of.

    Raises:
        BodyTooLarge, MediaType, TooSlow, BadRequest: as `read_bytes`, or it holds no payload.
        Unauthenticated: forged, too old, or repeated without Slack's saying that it is.
        TooMany: too many calls come from there.
        Unavailable: the directory is away.
    """
    door = door_of(request)
    raw = await read_bytes(request, BODY_BYTES)
    address = request.client.host if request.client else ""
    door.rates.charge("hooks", f"slack {address}")
    payload = _payload(raw)
    workspace = await _workspace(door, payload)
    now, signature = door.clock(), _one(request, SIGNATURE)
    proven = is_from_slack(
        None if workspace is None else workspace.signing_secret,
        timestamp=_one(request, TIMESTAMP),
        signature=signature,
        body=raw,
        now=now,
    )
    if workspace is None or not proven:
        hooks_taken.labels("slack", "refused").inc()
        raise Unauthenticated(_refused)
    again = not door.slack.seen.take(signature, now)
    if again and RETRY not in request.headers:
        hooks_taken.labels("slack", "repeated").inc()
        raise Unauthenticated("This call was taken before")
    return Interaction(workspace=workspace, payload=payload, again=again)


def tenant_in(payload: dict[str, Any]) -> str | None:
    """The tenant whose button was pressed or whose view submitted, as our own words in it say."""
    match payload:
        case {"actions": [{"value": str(value)}, *_]}:
            what = pressed(value)
        case {"view": view}:
            said = submitted(view)
            what = said and said.what
        case _:
            what = None
    return what and what.tenant


async def _workspace(door: FrontDoor, payload: dict[str, Any]) -> Workspace | None:
    tenant = tenant_in(payload)
    if tenant is None:
        return None
    # All further work is about this tenant; whether it was proven is judged with its own secret.
    tenant_now.set(tenant)
    workspace = await door.directory.slack_workspaces.get(tenant)
    match payload:
        case {"team": {"id": str(team)}} if workspace and team == workspace.team_id:
            return workspace
        case _:
            return None


def _payload(raw: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qs(raw.decode(), strict_parsing=True, max_num_fields=10)
        (text,) = pairs["payload"]
        payload = orjson.loads(text)
    except (ValueError, KeyError):
        raise BadRequest("A form with one JSON object as `payload` is expected") from None
    if not isinstance(payload, dict):
        raise BadRequest("A form with one JSON object as `payload` is expected")
    return payload


def _one(request: Request, name: str) -> str:
    given = request.headers.getlist(name)
    return given[0] if len(given) == 1 else ""
