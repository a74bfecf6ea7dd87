"""Sends a caller's command and gives what came of it; a repeated call is the same command."""

from dataclasses import dataclass
from typing import Protocol

from event_schemas.types import Command, CommandBody, Reply
from kernel.clock import Clock
from kernel.commands import command_for
from kernel.directory.principals import Principal, actor_for
from kernel.ids import command_id_for, new_id

REPLY_SECONDS = 5


class Commands(Protocol):
    """Makes commands durable and waits for their replies."""

    async def ask(self, command: Command, timeout_seconds: float = REPLY_SECONDS) -> Reply | None:
        """The reply, or None if there was none in time.

        Raises:
            Unavailable: the command was not made durable.
            Invalid: it is too large.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Who calls about which request, over which route and channel, with which idempotency key."""

    principal: Principal
    request_id: str
    route: str
    channel: str
    key: str | None
    correlation_id: str | None = None
    traceparent: str | None = None

    @property
    def command_id(self) -> str:
        """The id that this call always has if it has a key, else a random one."""
        if self.key is None:
            return new_id()
        owner = f"{self.principal.tenant}/{self.principal.id}"
        return command_id_for(owner, self.route, self.request_id, self.key)


async def ask(
    commands: Commands, clock: Clock, call: Call, body: CommandBody, *, revision: int | None = None
) -> Reply | None:
    """Sends the command of a call and gives its reply; None if there was none in time.

    With a `revision`, it is refused where the request is at another.

    Raises:
        Unavailable: the command was not made durable; the caller may repeat it.
        Invalid: it is too large.
    """
    command = command_for(
        body,
        request_id=call.request_id,
        actor=actor_for(call.principal, call.channel),
        now=clock(),
        keyed=call.key is not None,
        revision=revision,
        command_id=call.command_id,
        correlation_id=call.correlation_id,
        traceparent=call.traceparent,
    )
    return await commands.ask(command, REPLY_SECONDS)
