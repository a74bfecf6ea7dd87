"""Broker and database from the official images, for machines where the embedded ones can't be."""

import time
from collections.abc import Callable
from typing import Self

from docker.errors import DockerException
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from deploy.local.kafka_probe import broker_answers
from deploy.local.ports import HOST, unused_port
from deploy.local.postgres_probe import database_answers
from deploy.local.postgres_roles import ensure_application

KAFKA_IMAGE = "apache/kafka:4.3.1"
POSTGRES_IMAGE = "postgres:18"
ROLE = PASSWORD = "handraise"
PATIENCE_SECONDS = 120


def docker_answers() -> bool:
    try:
        DockerClient().client.ping()
    except DockerException:
        return False
    return True


class ContainerServer:
    """One container with the same controls as an embedded server."""

    def __init__(self, container: DockerContainer, answers: Callable[[], bool]) -> None:
        self._container = container
        self._answers = answers
        self._made = False

    def start(self) -> None:
        if self._made:
            self._container.get_wrapped_container().start()
        else:
            self._container.start()
            self._made = True
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            assert time.monotonic() < deadline, f"{self._container.image} did not answer"
            time.sleep(0.1)

    def stop(self) -> None:
        self._container.get_wrapped_container().stop()

    def kill(self) -> None:
        self._container.get_wrapped_container().kill()

    def pause(self) -> None:
        self._container.get_wrapped_container().pause()

    def resume(self) -> None:
        self._container.get_wrapped_container().unpause()

    def remove(self) -> None:
        if self._made:
            self._container.stop()


class ContainerKafka(ContainerServer):
    """A broker that says the host's port of itself, the same again after a kill."""

    def __init__(self) -> None:
        port = unused_port()
        self.address = f"{HOST}:{port}"
        container = (
            DockerContainer(KAFKA_IMAGE)
            .with_bind_ports(9092, port)
            .with_envs(
                KAFKA_NODE_ID="1",
                KAFKA_PROCESS_ROLES="broker,controller",
                KAFKA_CONTROLLER_QUORUM_VOTERS="1@localhost:9093",
                KAFKA_LISTENERS="BROKER://0.0.0.0:9092,CONTROLLER://localhost:9093",
                KAFKA_ADVERTISED_LISTENERS=f"BROKER://{self.address}",
                KAFKA_LISTENER_SECURITY_PROTOCOL_MAP="BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
                KAFKA_INTER_BROKER_LISTENER_NAME="BROKER",
                KAFKA_CONTROLLER_LISTENER_NAMES="CONTROLLER",
                KAFKA_AUTO_CREATE_TOPICS_ENABLE="false",
                KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR="1",
                KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR="1",
                KAFKA_TRANSACTION_STATE_LOG_MIN_ISR="1",
                KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS="0",
                KAFKA_BROKER_SESSION_TIMEOUT_MS="5000",
                KAFKA_BROKER_HEARTBEAT_INTERVAL_MS="500",
            )
        )
        super().__init__(container, lambda: broker_answers(HOST, port))

    def started(self) -> Self:
        self.start()
        return self


class ContainerPostgres(ContainerServer):
    """A database server with the same ordinary role as the embedded one."""

    def __init__(self) -> None:
        port = unused_port()
        self.dsn = f"postgresql://{ROLE}:{PASSWORD}@{HOST}:{port}/{ROLE}"
        self._superuser_dsn = f"postgresql://postgres:{PASSWORD}@{HOST}:{port}/postgres"
        container = (
            DockerContainer(POSTGRES_IMAGE)
            .with_bind_ports(5432, port)
            .with_env("POSTGRES_PASSWORD", PASSWORD)
        )
        super().__init__(container, lambda: database_answers(HOST, port))

    def start(self) -> None:
        super().start()
        ensure_application(self._superuser_dsn, ROLE, PASSWORD)

    def started(self) -> Self:
        self.start()
        return self
