"""Takes in asks: makes sure of who asks, validates the question, and sends the command to open it.

An ask that comes twice makes the same command twice, and the writer gives the second one the first
one's outcome; so asks may be handled at least once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opentelemetry.trace import SpanKind
from prometheus_client import Counter

from event_schemas.types import Command
from kernel.asking import correlation_of, open_for
from kernel.clock import Clock, from_millis
from kernel.commands import CommandSender, command_for
from kernel.directory.directory import Directory
from kernel.directory.principals import Ability, actor_for
from kernel.errors import Invalid, NotAllowed
from kernel.ids import command_id_for, request_id_for
from kernel.opening import parse_question
from kernel.tracing.spans import span
from kernel.tracing.subject import about, subject
from kernel.tracing.trace_context import current, traceparent_in
from services.request_svc.intake.ask import Ask, check_ask, read_ask

asked = Counter("handraise_asks_taken", "Asks that became commands")
GROUP = "handraise-intake"


@dataclass(frozen=True, slots=True)
class ReceivedAsk:
    """An ask, the broker's stamp of it, and the trace that its asker says it belongs to."""

    ask: Ask
    received_at: datetime
    traceparent: str | None = None


def decode_ask(record: Any) -> ReceivedAsk:
    """The ask that a record holds.

    Raises:
        Invalid: it holds none.
    """
    ask, stamp = read_ask(record.headers, record.value), from_millis(record.timestamp)
    return ReceivedAsk(ask, stamp, traceparent_in(record.headers))


class Intake:
    """Turns asks into commands."""

    def __init__(self, directory: Directory, commands: CommandSender, clock: Clock) -> None:
        self._directory = directory
        self._commands = commands
        self._clock = clock

    async def handle(self, asks: list[ReceivedAsk]) -> None:
        """Sends a command for each ask.

        Raises:
            NotAllowed, Invalid: an ask is nobody's or makes no sense: it goes to the dead letters.
            Unavailable: the broker or the directory is away.
        """
        for received in asks:
            with span("ask", parent=received.traceparent, kind=SpanKind.CONSUMER), subject():
                await self._commands.send(await self._command(received))
            asked.inc()

    async def _command(self, received: ReceivedAsk) -> Command:
        ask = received.ask
        signer = await self._directory.keys.signer(ask.key_id)
        if signer is None:
            raise NotAllowed("the ask names no key that is valid")
        check_ask(ask, signer.secrets, received.received_at)
        asker = signer.principal
        if not asker.can(Ability.ASK):
            raise NotAllowed("the key may not ask")
        question = parse_question(ask.body)
        if question.callback_secret is not None:
            raise Invalid("a callback_secret must not enter a topic: the key's own secret signs")
        request_id = request_id_for(asker.tenant, asker.id, ask.ask_id)
        correlation_id = correlation_of(question)
        about(request_id=request_id, tenant=asker.tenant, correlation_id=correlation_id)
        body = await open_for(self._directory, asker, question, request_id)
        return command_for(
            body,
            request_id=request_id,
            actor=actor_for(asker, "kafka"),
            now=max(self._clock(), received.received_at),
            keyed=True,
            command_id=command_id_for(asker.id, "asks", request_id, body.fingerprint),
            correlation_id=correlation_id,
            traceparent=current(),
        )
