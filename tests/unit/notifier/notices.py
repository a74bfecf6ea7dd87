"""Notices and messages made for tests."""

import json
from dataclasses import replace
from typing import Any

from event_schemas.types import Event, Requested
from kernel.masking import personal_values
from kernel.outbound.delivery import Delivery
from services.notifier_svc.composing import Reader, Setting, message_of
from services.notifier_svc.message import Message, written_message
from services.notifier_svc.notice import Brief, Notice, notice_of
from tests.unit.outbound.deliveries import delivery
from tests.unit.outbound.envelopes import OPENED, envelope, requested

PUBLIC_URL = "https://hands.example"
REQUEST = "0b6f2f5e-7c3b-4a51-8d5e-3f8e0c1d2e4a"


def notice(event: Event | None = None, **status: Any) -> Notice:
    """The notice of an event."""
    surroundings: dict[str, Any] = {
        "request_id": REQUEST,
        "event_id": "evt-1",
        "timestamp": OPENED,
    }
    made = notice_of(envelope(event or requested(), **surroundings | status))
    assert made is not None
    return made


def brief(question: Requested | None = None, **over: Any) -> Brief:
    """What is remembered of a question."""
    asked = question or requested()
    plain = Brief(
        question=asked,
        title=asked.title,
        description=asked.description,
        personal=personal_values(json.loads(asked.context), asked.policy.personal_fields),
    )
    return replace(plain, **over)


def message(
    question: Requested | None = None, reader: Reader | None = None, **status: Any
) -> Message:
    """What somebody is told of a question."""
    asked = question or requested()
    setting = Setting(public_url=PUBLIC_URL)
    return message_of(notice(asked, **status), brief(asked), reader or Reader(), setting)


def to_tell(said: Message, channel: str, target: str, **over: Any) -> Delivery:
    """A delivery that says it."""
    return delivery(channel=channel, target=target, payload=written_message(said), **over)
