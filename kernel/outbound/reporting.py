"""Reports to the core, by command, how a notice ended."""

from collections.abc import Callable, Sequence
from typing import Protocol

from event_schemas.types import Actor, ActorKind, Command, CommandBody
from kernel.clock import Clock, utc_now
from kernel.commands import command_for
from kernel.ids import derived_id
from kernel.outbound.delivery import Delivery
from kernel.outbound.tracing import last_attempt


class Commands(Protocol):
    """Makes commands durable."""

    async def send(self, command: Command) -> None:
        """Durable when it returns; raises Unavailable otherwise."""
        ...


def service_actor(service: str, tenant: str) -> Actor:
    """A service of ours, acting for a tenant."""
    return Actor(
        kind=ActorKind.SERVICE, id=service, tenant=tenant, auth="service", channel="service"
    )


class CommandReport:
    """Sends the command that a notice's deliveries amount to, if they amount to one yet."""

    def __init__(
        self,
        service: str,
        commands: Commands,
        body_of: Callable[[Sequence[Delivery]], CommandBody | None],
        clock: Clock = utc_now,
        *,
        alone: bool = False,
    ) -> None:
        """A report by `service`; `alone` as in `Report`."""
        self.alone = alone
        self._service = service
        self._commands = commands
        self._body_of = body_of
        self._clock = clock

    async def __call__(self, notice: Sequence[Delivery]) -> bool:
        """Whether there was something to report; it is durable then.

        Raises:
            Unavailable: it could not be made durable.
        """
        body = self._body_of(notice)
        if body is None:
            return False
        first = notice[0]
        stands = (f"{one.id} {one.standing} {one.attempts}" for one in notice)
        command = command_for(
            body,
            request_id=first.request_id,
            actor=service_actor(self._service, first.tenant),
            now=self._clock(),
            traceparent=last_attempt(first),
            command_id=derived_id("report", self._service, first.event_id, *stands),
        )
        await self._commands.send(command)
        return True
