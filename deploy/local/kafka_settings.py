"""The broker's settings, written out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.ports import HOST


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerPlace:
    """What differs from broker to broker: where it listens and where its data lie.

    `more` are properties that win over those of every broker.
    """

    port: int
    controller_port: int
    data: Path
    more: Mapping[str, str] = field(default_factory=dict[str, str])


def server_properties(place: BrokerPlace) -> dict[str, str]:
    """A single KRaft node on the loopback, sized for a small machine.

    How and when data reach the disk is left at Kafka's defaults.
    """
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        # Static, not `--standalone`: formatted data then name no port, and a stack may move.
        "controller.quorum.voters": f"1@{HOST}:{place.controller_port}",
        "listeners": f"BROKER://{HOST}:{place.port},CONTROLLER://{HOST}:{place.controller_port}",
        "advertised.listeners": f"BROKER://{HOST}:{place.port}",
        "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "BROKER",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(place.data),
        "auto.create.topics.enable": "false",
        "default.replication.factor": "1",
        "min.insync.replicas": "1",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "12",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "share.coordinator.state.topic.num.partitions": "4",
        "group.initial.rebalance.delay.ms": "0",
        # After kill -9 a broker is not let in again before its last session is over.
        "broker.session.timeout.ms": "5000",
        "broker.heartbeat.interval.ms": "500",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "background.threads": "2",
        "num.recovery.threads.per.data.dir": "2",
        "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
        # The relay's positions are offsets that nobody may commit for weeks: ten years.
        "offsets.retention.minutes": "5256000",
        **place.more,
    }


def rendered(properties: Mapping[str, str]) -> str:
    """`properties` as the text of a Java properties file."""
    escaped = {key: value.replace("\\", "\\\\") for key, value in properties.items()}
    return "".join(f"{key}={value}\n" for key, value in escaped.items())
