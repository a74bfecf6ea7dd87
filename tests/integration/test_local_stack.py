"""The embedded stack: what was acknowledged survives, what dies comes back, nothing is left."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import snapshot
from deploy.local.guard import Guard
from deploy.local.kafka_probe import broker_answers
from deploy.local.layout import REPOSITORY
from deploy.local.ports import HOST, ports_from, unused_port
from deploy.local.postgres_probe import database_answers
from deploy.local.programs import MAIL_SINK
from deploy.local.service import Service
from deploy.local.snapshot import Phase
from deploy.local.supervisor import Supervisor
from tests.support.eventually import eventually
from tests.support.servers import OwnBroker, OwnPostgres, execute

RECORDS = [f"record {number}".encode() for number in range(200)]


async def make_topic(broker: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()


async def append(broker: str, topic: str, values: list[bytes]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=broker, enable_idempotence=True)
    await producer.start()
    for sent in [await producer.send(topic, value) for value in values]:
        await sent
    await producer.stop()


async def read(broker: str, topic: str, count: int) -> list[bytes | None]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=broker, auto_offset_reset="earliest")
    await consumer.start()
    values = [(await consumer.getone()).value for _ in range(count)]
    await consumer.stop()
    return values


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


async def test_records_that_the_broker_acknowledged_survive_kill_9(
    own_broker: Callable[[], OwnBroker], topic_prefix: str
) -> None:
    broker = await asyncio.to_thread(own_broker)
    await make_topic(broker.address, f"{topic_prefix}kept")
    await append(broker.address, f"{topic_prefix}kept", RECORDS)

    broker.kill()
    assert not broker_answers(HOST, port_of(broker.address))
    await asyncio.to_thread(broker.start)

    assert await read(broker.address, f"{topic_prefix}kept", len(RECORDS)) == RECORDS


async def test_a_broker_that_was_paused_and_stopped_goes_on_with_its_records(
    own_broker: Callable[[], OwnBroker], topic_prefix: str
) -> None:
    broker = await asyncio.to_thread(own_broker)
    await make_topic(broker.address, f"{topic_prefix}kept")

    broker.pause()
    assert not broker_answers(HOST, port_of(broker.address), patience_seconds=0.2)
    broker.resume()
    await append(broker.address, f"{topic_prefix}kept", RECORDS)
    await asyncio.to_thread(broker.stop)
    await asyncio.to_thread(broker.start)

    assert await read(broker.address, f"{topic_prefix}kept", len(RECORDS)) == RECORDS


async def test_rows_that_the_database_committed_survive_kill_9_and_a_pause(
    own_postgres: Callable[[], OwnPostgres],
) -> None:
    server = await asyncio.to_thread(own_postgres)
    execute(server.dsn, "CREATE TABLE kept AS SELECT generate_series(1, 500) AS number")

    server.pause()
    port = port_of(server.dsn.rpartition("/")[0])
    assert not database_answers(HOST, port, patience_seconds=0.2)
    server.kill()
    await asyncio.to_thread(server.start)

    connection = await asyncpg.connect(server.dsn)
    assert await connection.fetchval("SELECT sum(number) FROM kept") == 500 * 501 // 2
    await connection.close()


async def test_row_level_security_holds_for_the_role_that_services_use(postgres: str) -> None:
    connection = await asyncpg.connect(postgres)
    power = await connection.fetchrow(
        "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    )
    await connection.close()
    assert power is not None
    assert not any(power.values())


async def test_each_test_gets_an_empty_database_of_its_own(database: str, postgres: str) -> None:
    assert database != postgres
    connection = await asyncpg.connect(database)
    tables = await connection.fetch("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    assert tables == []


RUN_THAT_IS_KILLED = """
import os, sys
from deploy.local.child import Child, Command
from deploy.local.guard import Guard
from deploy.local.stack import scratch_directory
guard = Guard()
directory = scratch_directory(guard)
command = Command(name="sleeper", argv=("sleep", "3600"), output=directory / "log",
                  environ=os.environ, directory=directory)
children = [Child(command, guard), Child(command, guard)]
for child in children:
    child.spawn()
children[1].pause()
print(directory, *(child.pid for child in children), flush=True)
sys.stdin.read()
"""


def test_what_a_killed_run_leaves_is_ended_and_removed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RUN_THAT_IS_KILLED],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout
        directory, *pids = run.stdout.readline().split()
        left = [psutil.Process(int(pid)) for pid in pids]
        watchdog = psutil.Process(run.pid).children()
        watchdog = [process for process in watchdog if process.pid not in map(int, pids)]
        run.kill()
    assert watchdog
    assert psutil.wait_procs(watchdog, timeout=30)[1] == []
    assert not [process for process in left if process.is_running() and not zombie(process)]
    assert not Path(directory).exists()


def zombie(process: psutil.Process) -> bool:
    return process.status() == psutil.STATUS_ZOMBIE


@asynccontextmanager
async def kept(service: Service, told: list[str]) -> AsyncGenerator[Supervisor]:
    supervisor = Supervisor(told.append)
    await asyncio.to_thread(service.start)
    supervisor.adopt([service])
    keeping = asyncio.create_task(supervisor.keep())
    yield supervisor
    keeping.cancel()
    await supervisor.stop()


def back_again(supervisor: Supervisor) -> bool:
    return supervisor.all_ready and supervisor.rows()[0].restarts > 0


async def test_a_process_that_dies_is_started_again_and_stops_at_the_end(tmp_path: Path) -> None:
    environ = {**os.environ, "HANDRAISE_RUN_DIR": str(tmp_path)}
    with Guard() as guard:
        base = unused_port()
        service = Service(
            MAIL_SINK,
            base=base,
            environ={**environ, "HANDRAISE_PORT_BASE": str(base)},
            log=tmp_path / "mail_sink.log",
            guard=guard,
        )
        told: list[str] = []
        async with kept(service, told) as supervisor:
            first = service.child.pid
            assert first
            os.kill(first, signal.SIGKILL)
            await eventually(lambda: asyncio.to_thread(back_again, supervisor))
            (row,) = supervisor.rows()
            assert (row.restarts, row.state) == (1, "ready")
            assert row.pid != first
            assert "exit code -9" in told[0]
        assert service.child.exit_code == 0


def local(tmp_path: Path, base: int, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.local", *words],
        cwd=REPOSITORY,
        env={
            **{name: value for name, value in os.environ.items() if "HANDRAISE" not in name},
            "HANDRAISE_RUN_DIR": str(tmp_path / "run"),
            "HANDRAISE_PORT_BASE": str(base),
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("verb", ["run", "up"])
def test_a_taken_port_is_one_sentence_that_names_it_and_the_way_out(
    tmp_path: Path, verb: str
) -> None:
    numbers = ports_from(unused_port())
    with socket.create_server((HOST, numbers.postgres)):
        done = local(tmp_path, numbers.base, verb)
    assert done.returncode == 1
    assert f"Port {numbers.postgres}, needed for the database, is taken by" in done.stderr
    assert "HANDRAISE_PORT_BASE" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stdout + done.stderr

    last = snapshot.read(tmp_path / "run" / "state.json")
    assert last
    assert last.phase is Phase.FAILED
    assert local(tmp_path, numbers.base, "status").returncode == 3


def test_a_run_directory_that_cannot_be_one_is_named_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    done = local(tmp_path, unused_port(), "up")
    assert done.returncode == 1
    assert str(tmp_path / "run") in done.stderr
    assert "HANDRAISE_RUN_DIR" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_stack_that_does_not_run_can_be_stopped_and_reset(tmp_path: Path) -> None:
    for verb in ("down", "reset"):
        done = local(tmp_path, unused_port(), verb)
        assert (done.returncode, done.stderr) == (0, "")
