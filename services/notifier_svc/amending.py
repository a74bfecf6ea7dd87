"""Changes what was said, on channels that allow it, once a request wants nothing more of anybody.

A change is a delivery of its own (event `amendment`), so that it is durable and tried again; its
carrier's `amend` makes it. What is on its way when its request ends is changed when it has arrived.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from event_schemas.types import (
    Assigned,
    Cancelled,
    ChangesRequested,
    Envelope,
    Outcome,
    Received,
    Released,
    Response,
    TimedOut,
)
from kernel.outbound.carriers import AMENDMENT
from kernel.outbound.database import Database
from kernel.outbound.delivery import Delivery, Standing, delivery_id
from kernel.outbound.store import delivery_of
from services.notifier_svc.catalog import catalog
from services.notifier_svc.message import Amendment, read_message, written_amendment
from services.notifier_svc.wording import one_line

ENDS = (Received, TimedOut, Cancelled, ChangesRequested)
_BROUGHT = """
SELECT * FROM outbound.deliveries
WHERE service = $1 AND request_id = ANY ($2) AND channel = ANY ($3)
    AND event <> $4 AND NOT informs
    AND (status = 'delivered' AND provider_id IS NOT NULL
        OR status IN ('pending', 'withdrawn') AND claimed_by IS NOT NULL)
ORDER BY id
"""


def alters(envelope: Envelope) -> bool:
    """Whether after this event what was said to ask for an answer stands so no longer."""
    data = envelope.data
    return isinstance(data, (*ENDS, Released)) or (
        isinstance(data, Assigned) and data.assignee.person is not None
    )


def ending(envelope: Envelope, language: str, name: str) -> str:
    """How a request ended, in one line; `name` is who did it, or who has it now.

    Nothing where it is anybody's again.
    """
    words, data = catalog(language).ends, envelope.data
    match data:
        case Received(outcome=Outcome.COULD_NOT_COMPLETE):
            return words["could_not_complete"]
        case Received(response=response):
            return words["answered"].format(decision=_decision(response), by=name)
        case TimedOut(response=Response() as response):
            return words["defaulted"].format(decision=_decision(response))
        case TimedOut():
            return words["timed_out"]
        case Cancelled():
            return words["cancelled"]
        case ChangesRequested():
            return words["revising"].format(by=name)
        case Released():
            return ""
        case _:
            return words["reassigned"].format(by=name)


def who_did(envelope: Envelope) -> str | None:
    """The id of the person whom the ending names."""
    data = envelope.data
    match data:
        case Received(response=response) | ChangesRequested(response=response):
            return response.responder_id
        case Assigned(assignee=assignee):
            return assignee.person
        case _:
            return None


class Amending:
    """Finds what was brought, and makes the deliveries that change it."""

    def __init__(self, database: Database, service: str, channels: Collection[str]) -> None:
        """`channels` are those on which what was brought can be changed."""
        self._database = database
        self._service = service
        self._channels = sorted(channels)

    async def changes(self, ended: Sequence[Envelope], names: dict[str, str]) -> list[Delivery]:
        """What must be changed because of these events; `names` are of people, by id.

        Raises:
            Unavailable: the database is away.
        """
        if not ended or not self._channels:
            return []
        last = {one.metadata.request_id: one for one in ended}
        rows = await self._database.fetch(
            _BROUGHT, self._service, sorted(last), self._channels, AMENDMENT
        )
        return [_change(last[row["request_id"]], row, names) for row in rows]


def _change(envelope: Envelope, row: Any, names: dict[str, str]) -> Delivery:
    brought = delivery_of(row)
    message = read_message(brought.payload)
    who = names.get(who_did(envelope) or "", "…")
    amendment = Amendment(
        brought=brought.id,
        provider_id=row["provider_id"] or "",
        request_id=brought.request_id,
        title=message.title,
        said=one_line(ending(envelope, message.language, who)),
        link=message.link,
        language=message.language,
        still_asks="" if isinstance(envelope.data, ENDS) else brought.payload.decode(),
    )
    return replace(
        brought,
        id=delivery_id(brought.service, envelope.event_id, AMENDMENT, brought.id),
        event_id=envelope.event_id,
        event=AMENDMENT,
        payload=written_amendment(amendment),
        attempts=0,
        tries=0,
        status_code=None,
        error=None,
        informs=True,
        standing=Standing.PENDING,
    )


def _decision(response: Response) -> str:
    return response.decision.replace("_", " ").capitalize()
