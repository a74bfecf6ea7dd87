"""Topics, event names and partitions are the same for everyone."""

import pytest

from event_schemas.types import EVENTS
from kernel import topics

DOCUMENTED = {
    "Requested": "human.input.requested",
    "Revised": "human.input.requested",
    "Received": "human.input.received",
    "ChangesRequested": "human.input.received",
    "TimedOut": "human.input.timeout",
    "Cancelled": "human.input.cancelled",
    "Escalated": "human.input.escalated",
    "Reminded": "human.input.escalated",
}


@pytest.mark.parametrize("event", [event.__name__ for event in EVENTS])
def test_every_event_has_its_topic(event: str) -> None:
    assert topics.topic_of(event).name == DOCUMENTED.get(event, "human.input.updated")


@pytest.mark.parametrize(
    ("event", "event_type"),
    [
        ("Requested", "human.input.requested"),
        ("Received", "human.input.received"),
        ("TimedOut", "human.input.timeout"),
        ("ChangesRequested", "human.input.changes_requested"),
        ("CallbackSent", "human.input.callback_sent"),
        ("DeadlineMoved", "human.input.deadline_moved"),
        ("Reminded", "human.input.reminded"),
    ],
)
def test_an_event_has_its_public_name(event: str, event_type: str) -> None:
    assert topics.event_type_of(event) == event_type


def test_event_types_tell_all_events_apart() -> None:
    names = {topics.event_type_of(event.__name__) for event in EVENTS}
    assert len(names) == len(EVENTS)


@pytest.mark.parametrize(
    ("request_id", "partition"),
    [
        ("00000000-0000-0000-0000-000000000000", 8),
        ("6f3a9d0e-2f0b-5c1e-9a3c-1d2b7e4f8a90", 5),
        ("a request", 10),
    ],
)
def test_a_request_keeps_its_partition_for_ever(request_id: str, partition: int) -> None:
    """Published figures: other languages test their partitioner against them."""
    assert topics.partition_for(request_id, 12) == partition


def test_the_log_is_kept_for_ever_and_commands_carry_the_brokers_time() -> None:
    assert topics.LOG.config()["retention.ms"] == "-1"
    assert topics.COMMANDS.config()["message.timestamp.type"] == "LogAppendTime"
    assert {topic.config()["cleanup.policy"] for topic in topics.ALL} == {"delete"}
