"""Tells chats (Teams, Discord, Telegram and others) by apprise, in a thread, within a time limit.

apprise posts with its own HTTP client, not with ours; `kernel.outbound.chat_address` says what
that means for the addresses that are let in.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any, cast

import apprise

from kernel.errors import Invalid, Unreadable
from kernel.outbound.chat_address import checked_chat
from kernel.outbound.delivery import Delivery, Result, Sign, Verdict
from services.notifier_svc.message import Message, read_message

PROVIDER = "apprise"
ATTEMPT_SECONDS = 20.0
DESCRIPTION_MAX_CHARS = 500

AddressOf = Callable[[str, str, str], Awaitable[str | None]]
"""Gives the address of a chat by tenant, person (empty for the tenant's own) and name."""


class ChatCarrier:
    """Hands messages to apprise; a delivery's target is `<person>/<name>` of a chat."""

    def __init__(self, address_of: AddressOf, allowed: Collection[str]) -> None:
        """A carrier; `allowed` are schemas that the operator adds to the usual ones."""
        self._address_of = address_of
        self._allowed = frozenset(allowed)

    async def carry(self, delivery: Delivery) -> Result:
        """One attempt.

        Raises:
            Unavailable: the directory is away; nothing was attempted.
        """
        person, _, name = delivery.target.partition("/")
        try:
            address = await self._address_of(delivery.tenant, person, name)
            if address is None:
                return _given_up("this chat was removed")
            checked_chat(address, self._allowed)
        except (Invalid, Unreadable) as error:
            return _given_up(str(error))
        message = read_message(delivery.payload)
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                taken = await asyncio.to_thread(_told, address, message)
        except TimeoutError:
            return _failed(f"no answer within {ATTEMPT_SECONDS:g} s")
        if taken is None:
            return _given_up("this is no chat address that apprise knows")
        if not taken:
            return _failed("the chat service did not take it")
        return Result(verdict=Verdict.DELIVERED, provider=PROVIDER)


def chat_text(message: Message) -> str:
    """The message as plain text, below its subject."""
    description = message.description
    if len(description) > DESCRIPTION_MAX_CHARS:
        description = f"{description[:DESCRIPTION_MAX_CHARS].rstrip()}…"
    facts = "\n".join(f"{fact.label}: {fact.value}" for fact in message.facts)
    items = "\n".join(f"- {item.title}\n  {item.link}" for item in message.items)
    parts = (message.lead, description, items, facts, f"{message.button}: {message.link}")
    return "\n\n".join(part for part in parts if part)


def _told(address: str, message: Message) -> bool | None:
    """Whether the service took it; None where the address is none."""
    asset = apprise.AppriseAsset(
        app_id="Handraise", app_desc="Handraise", async_mode=False, secure_logging=True
    )
    hub: Any = apprise.Apprise(asset=asset)
    if not hub.add(address):
        return None
    return cast(
        "bool",
        hub.notify(
            title=message.subject,
            body=chat_text(message),
            body_format=apprise.NotifyFormat.TEXT,
            interpret_escapes=False,
        ),
    )


def _given_up(why: str) -> Result:
    return Result(verdict=Verdict.GIVE_UP, error=why, provider=PROVIDER)


def _failed(why: str) -> Result:
    return Result(verdict=Verdict.RETRY, sign=Sign.NONE, error=why, provider=PROVIDER)
