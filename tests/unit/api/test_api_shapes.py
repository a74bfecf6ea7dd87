"""What leaves us says what callers need, and nothing that is only ours."""

from dataclasses import replace

import pytest

from api.rest.documents.trail import HappenedDocument, NotificationDocument
from api.rest.shapes import happened_document, masked_address, notification_document
from kernel.outbound.queries import Notification
from projections.history.queries import Happening
from tests.unit.api.moments import NOON


def told(recipient: str) -> Notification:
    return Notification(
        id="n",
        request_id="r",
        event="requested",
        channel="email",
        recipient=recipient,
        status="sent",
        provider="smtp",
        provider_id=None,
        error=None,
        retry_count=0,
        created_at=NOON,
        settled_at=None,
        next_attempt_at=None,
    )


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("kim@company.com", "k***@company.com"),
        ("@company.com", "***@company.com"),
        ("+491701234567", "***4567"),
        ("U123456", "***3456"),
    ],
)
def test_addresses_are_masked_for_programs(address: str, hint: str) -> None:
    assert masked_address(address) == hint
    masked = notification_document(told(address), masked=True)
    assert masked["recipient"] == hint
    NotificationDocument.model_validate(masked)
    assert notification_document(told(address), masked=False)["recipient"] == address


def test_the_queue_is_nobodys_address_and_is_shown_as_it_is() -> None:
    shown = notification_document(replace(told("queue"), channel="web"), masked=True)
    assert shown["recipient"] == "queue"


def happening(*, by_policy: bool) -> Happening:
    actor = {"kind": "person", "id": "kim", "via": None, "channel": "web", "roles": ["lead"]}
    return Happening(
        at=NOON,
        event="Requested",
        actor=actor,
        by_policy=by_policy,
        version=1,
        data={"title": "t", "fingerprint": "f", "callback": {"url": "u", "secret_ref": "key:1"}},
        command="Open",
        command_id="c",
        correlation_id=None,
        partition=0,
        log_offset=0,
        entry_hash=b"",
        request_previous=None,
    )


def test_history_names_the_actor_and_keeps_our_bookkeeping_inside() -> None:
    document = happened_document(happening(by_policy=False))
    HappenedDocument.model_validate(document)
    assert document["actor"] == {
        "kind": "person",
        "id": "kim",
        "via": None,
        "on_behalf_of": None,
        "channel": "web",
    }
    assert document["data"] == {"title": "t", "callback": {"url": "u"}}


def test_what_the_policy_did_is_said_to_be_the_policys() -> None:
    document = happened_document(happening(by_policy=True))
    HappenedDocument.model_validate(document)
    assert document["actor"]["kind"] == "policy"
