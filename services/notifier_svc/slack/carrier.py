"""Carries messages to Slack and changes them there; a message is known by its channel and `ts`."""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from kernel.directory.slack_workspaces import Workspace
from kernel.outbound.course import Course
from kernel.outbound.delivery import Delivery, Result, Sign, Verdict
from services.notifier_svc.message import read_amendment, read_message
from services.notifier_svc.slack.card import amended_message, message_of
from services.notifier_svc.slack.client import Help, SlackClient, SlackFailed
from services.notifier_svc.slack.users import SlackUsers

PROVIDER = "slack"
POST, UPDATE = "chat.postMessage", "chat.update"
_reached_by_id = re.compile(r"[UWCGD][A-Z0-9]{2,30}|#[^\s#]{1,80}")
_advice = {
    Help.ADMIN: "an admin must connect Slack anew",
    Help.WAIT: "it is tried again",
    Help.NOTHING: "it can't be sent so",
}


class Workspaces(Protocol):
    """Finds the Slack workspace of a tenant."""

    async def get(self, tenant: str) -> Workspace | None:
        """The workspace, if one is connected; raises Unavailable."""
        ...


class SlackCarrier:
    """Carries to users, channels and e-mail addresses of a tenant's workspace."""

    def __init__(self, client: SlackClient, workspaces: Workspaces) -> None:
        self._client = client
        self._workspaces = workspaces
        self._users = SlackUsers(client)

    async def carry(self, delivery: Delivery) -> Result:
        """Posts the message; its provider id is `<channel>:<ts>`.

        Raises:
            Unavailable: the directory is away; nothing was attempted.
        """
        workspace = await self._workspaces.get(delivery.tenant)
        if workspace is None:
            return _given_up("no Slack workspace is connected")
        try:
            channel = await self._channel(workspace, delivery.target)
        except SlackFailed as failed:
            return _result(failed, Course())
        if channel is None:
            return _given_up("the workspace has nobody with that address")
        message = message_of(delivery.tenant, read_message(delivery.payload))
        return await self._send(POST, workspace, message | {"channel": channel})

    async def amend(self, delivery: Delivery) -> Result:
        """Changes a message of ours to say how its request ended.

        Raises:
            Unavailable: the directory is away; nothing was attempted.
        """
        workspace = await self._workspaces.get(delivery.tenant)
        amendment = read_amendment(delivery.payload)
        channel, _, ts = amendment.provider_id.partition(":")
        if workspace is None or not channel or not ts:
            return _given_up("there is no message of ours to change")
        place = {"channel": channel, "ts": ts}
        message = amended_message(delivery.tenant, amendment)
        return await self._send(UPDATE, workspace, message | place)

    async def _channel(self, workspace: Workspace, target: str) -> str | None:
        if _reached_by_id.fullmatch(target):
            return target
        if "@" not in target:
            return None
        return await self._users.by_email(workspace.team_id, workspace.bot_token, target)

    async def _send(self, method: str, workspace: Workspace, body: Mapping[str, Any]) -> Result:
        course = Course()
        try:
            said = await self._client.write(method, workspace.bot_token, body, course=course)
        except SlackFailed as failed:
            return _result(failed, course)
        return Result(
            verdict=Verdict.DELIVERED,
            sign=Sign.WELL,
            status_code=200,
            provider=PROVIDER,
            provider_id=f"{said.get('channel')}:{said.get('ts')}",
            course=course,
        )


def _given_up(why: str) -> Result:
    return Result(verdict=Verdict.GIVE_UP, error=why)


def _result(failed: SlackFailed, course: Course) -> Result:
    waits = failed.help is Help.WAIT
    return Result(
        verdict=Verdict.RETRY if waits else Verdict.GIVE_UP,
        sign=Sign.AILING if waits else Sign.WELL,
        status_code=failed.status_code,
        error=f"{failed.said}: {_advice[failed.help]}",
        retry_after_seconds=failed.retry_after_seconds,
        course=course,
    )
