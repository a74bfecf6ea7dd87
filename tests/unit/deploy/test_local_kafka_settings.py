"""The broker's settings and what its probe understands."""

import struct
from pathlib import Path

import pytest

from deploy.local.kafka import new_cluster_id
from deploy.local.kafka_probe import brokers_listed, metadata_request
from deploy.local.kafka_settings import BrokerPlace, rendered, server_properties

PLACE = BrokerPlace(port=7401, controller_port=7402, data=Path("/run/kafka"))


def test_the_broker_listens_on_the_loopback_only() -> None:
    listeners = server_properties(PLACE)["listeners"].split(",")
    assert [listener.partition("://")[2] for listener in listeners] == [
        "127.0.0.1:7401",
        "127.0.0.1:7402",
    ]


def test_topics_are_made_by_nobody_by_accident() -> None:
    assert server_properties(PLACE)["auto.create.topics.enable"] == "false"


def test_what_reaches_the_disk_and_when_is_left_to_the_broker() -> None:
    assert not [name for name in server_properties(PLACE) if name.startswith("log.flush")]


def test_formatted_data_may_move_to_other_ports() -> None:
    moved = server_properties(BrokerPlace(port=1, controller_port=2, data=PLACE.data))
    assert moved["log.dirs"] == server_properties(PLACE)["log.dirs"]
    assert moved["controller.quorum.voters"] == "1@127.0.0.1:2"


def test_settings_are_written_as_java_reads_them() -> None:
    assert rendered({"a.b": "c", "path": "x\\y"}) == "a.b=c\npath=x\\\\y\n"


def test_cluster_ids_differ_and_fit_a_command_line() -> None:
    ids = {new_cluster_id() for _ in range(500)}
    assert len(ids) == 500
    assert {len(one) for one in ids} == {22}
    assert not [one for one in ids if one.startswith("-")]


def test_a_request_of_the_probe_says_its_own_length() -> None:
    request = metadata_request()
    assert struct.unpack(">i", request[:4])[0] == len(request) - 4


@pytest.mark.parametrize(
    ("start", "brokers"),
    [(struct.pack(">ii", 7, 1), 1), (struct.pack(">ii", 7, 0), 0), (b"HTTP/1.1", 0), (b"", 0)],
)
def test_a_broker_is_at_work_when_it_lists_one(start: bytes, brokers: int) -> None:
    assert brokers_listed(start) == brokers
