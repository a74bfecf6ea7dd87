"""Says something to the one person in Slack who pressed a button, or changes what they pressed."""

from collections.abc import Mapping
from typing import Any

from api.door import FrontDoor
from kernel.telemetry import logger
from services.notifier_svc.slack.client import SlackFailed

log = logger()


async def tell(door: FrontDoor, response_url: Any, words: str) -> None:
    """Tells them alone, if Slack takes it; the words are mrkdwn that was escaped."""
    message = {"response_type": "ephemeral", "replace_original": False, "text": words}
    await _send(door, response_url, message)


async def replace(door: FrontDoor, response_url: Any, message: Mapping[str, Any]) -> None:
    """Changes the message in which they pressed a button, for all who see it."""
    await _send(door, response_url, {**message, "replace_original": True})


async def _send(door: FrontDoor, response_url: Any, message: Mapping[str, Any]) -> None:
    if not isinstance(response_url, str) or not door.slack.may_answer_at(response_url):
        return
    try:
        await door.slack.client.respond(response_url, message)
    except SlackFailed as failed:
        log.warning("a person in Slack could not be told", error=str(failed))
