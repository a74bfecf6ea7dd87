"""A broker that speaks TLS and lets only those in who say who they are."""

import os
from collections.abc import Generator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.local.guard import Guard
from deploy.local.kafka import Kafka
from deploy.local.kafka_settings import BrokerPlace
from deploy.local.layout import layout
from deploy.local.ports import unused_port
from deploy.local.stack import broker_runtime
from kernel.clock import utc_now
from kernel.commands import CommandSender
from kernel.errors import Misconfigured, Unavailable
from kernel.kafka import connection, create_topics, producer
from kernel.service import Readiness
from kernel.settings import KafkaSecurity, Settings
from kernel.tail import Tail
from kernel.telemetry import configure_logging
from kernel.topics import COMMANDS
from tests.support import questions
from tests.support.parts import running

USER, PASSWORD = "handraise", "correct-horse"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A certificate for the loopback that signs itself; with its key as the broker wants both."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    now = utc_now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificates")
    authority = folder / "ca.pem"
    chain = made.public_bytes(serialization.Encoding.PEM)
    authority.write_bytes(chain)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    both = folder / "broker.pem"
    both.write_bytes(private + chain)
    return authority, str(both)


@pytest.fixture(scope="module")
def secured(
    tmp_path_factory: pytest.TempPathFactory, certificate: tuple[Path, str]
) -> Generator[Settings]:
    """Settings of a client of that broker."""
    authority, both = certificate
    folder = tmp_path_factory.mktemp("broker")
    port, controller, client = unused_port(), unused_port(), unused_port()
    jaas = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    more = {
        "listeners": f"BROKER://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}"
        f",CLIENT://127.0.0.1:{client}",
        "advertised.listeners": f"BROKER://127.0.0.1:{port},CLIENT://127.0.0.1:{client}",
        "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENT:SASL_SSL",
        "listener.name.client.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.client.plain.sasl.jaas.config": f'{jaas} user_{USER}="{PASSWORD}";',
        "listener.name.client.ssl.keystore.type": "PEM",
        "listener.name.client.ssl.keystore.location": both,
    }
    place = BrokerPlace(port=port, controller_port=controller, data=folder / "data", more=more)
    runtime = broker_runtime(layout(os.environ).cache, os.environ)
    guard = Guard()
    log = folder / "kafka.log"
    broker = Kafka(folder / "kafka", place=place, runtime=runtime, log=log, guard=guard)
    broker.start()
    try:
        yield Settings(
            kafka=f"127.0.0.1:{client}",
            kafka_security=KafkaSecurity.SASL_SSL,
            kafka_ca_file=str(authority),
            kafka_mechanism="PLAIN",
            kafka_user=USER,
            kafka_password=PASSWORD,
            partitions=2,
        )
    finally:
        broker.kill()
        guard.close()


async def test_who_proves_who_they_are_sends_and_reads_commands(secured: Settings) -> None:
    await create_topics(secured)
    readiness = Readiness("commands")
    sender = CommandSender(secured, readiness)
    command = questions.command(questions.opening())
    tail = Tail(secured, COMMANDS)
    async with running([sender], readiness):
        await sender.send(command)
        await tail.start()
        for partition in range(secured.partitions):
            tail.follow(partition, 0)
        async for batch in tail.batches():
            assert [record.key for record in batch.records] == [command.request_id.encode()]
            break
    await tail.stop()


async def test_a_wrong_password_is_told_as_such(
    secured: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    configure_logging("a test")
    wrong = secured.model_copy(update={"kafka_password": "guess"})

    with pytest.raises(Unavailable):
        await producer(wrong)
    assert "Invalid username or password" in caplog.text


async def test_a_broker_that_nobody_vouches_for_is_not_spoken_to(
    secured: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    configure_logging("a test")
    with pytest.raises(Unavailable):
        await producer(secured.model_copy(update={"kafka_ca_file": ""}))
    assert "certificate verify failed" in caplog.text


def test_sasl_without_a_user_makes_no_sense() -> None:
    with pytest.raises(Misconfigured, match="HANDRAISE_KAFKA_USER"):
        connection(Settings(kafka_security=KafkaSecurity.SASL_SSL))


def test_a_missing_certificate_is_named(tmp_path: Path) -> None:
    settings = Settings(
        kafka_security=KafkaSecurity.SSL, kafka_ca_file=str(tmp_path / "nowhere.pem")
    )
    with pytest.raises(Misconfigured, match="can't be read"):
        connection(settings)
