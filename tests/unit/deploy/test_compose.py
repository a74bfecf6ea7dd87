"""The compose file: the same processes as the embedded stack, on the same versions."""

from typing import Any

import pytest
import yaml

from deploy.local.jars import LOCK, parse_lock
from deploy.local.layout import REPOSITORY
from deploy.local.ports import DEFAULT_BASE
from deploy.local.programs import MAIL_SINK, PROGRAMS, Program

FILE = REPOSITORY / "deploy" / "docker" / "compose.yaml"
EVERY = [MAIL_SINK, *(program for wave in PROGRAMS for program in wave)]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]


def test_containers_and_embedded_stack_run_the_same_processes(services: dict[str, Any]) -> None:
    own = {program.name for program in EVERY}
    assert services.keys() == own | {"kafka", "postgres", "bootstrap"}


@pytest.mark.parametrize("program", EVERY, ids=lambda program: program.name)
def test_a_container_runs_its_module_and_is_healthy_when_that_is_ready(
    services: dict[str, Any], program: Program
) -> None:
    service = services[program.name]
    port = DEFAULT_BASE + program.offset
    assert service["command"] == [program.module]
    assert service["environment"].get("READY_PORT", str(DEFAULT_BASE + 5)) == str(port)
    assert "/readyz" in service["healthcheck"]["test"][-1]


def test_every_process_gets_the_same_broker_database_and_key(services: dict[str, Any]) -> None:
    shared = ("HANDRAISE_KAFKA", "HANDRAISE_PG_DSN", "HANDRAISE_SECRET_KEY")
    expected = [services["bootstrap"]["environment"][name] for name in shared]
    for program in EVERY[1:]:
        assert [services[program.name]["environment"][name] for name in shared] == expected


def test_processes_start_when_topics_and_tables_are_there(services: dict[str, Any]) -> None:
    assert set(services["bootstrap"]["depends_on"]) == {"kafka", "postgres"}
    for program in EVERY[1:]:
        assert services[program.name]["depends_on"] == {
            "bootstrap": {"condition": "service_completed_successfully"}
        }


def test_the_broker_in_the_container_is_the_one_of_the_lock(services: dict[str, Any]) -> None:
    version = services["kafka"]["image"].rpartition(":")[2]
    locked = parse_lock(LOCK.read_text(encoding="utf-8"))
    assert f"kafka-server-{version}.jar" in locked


def test_only_the_loopback_of_this_machine_is_opened(services: dict[str, Any]) -> None:
    opened = [port for service in services.values() for port in service.get("ports", [])]
    assert opened
    assert all(port.startswith("127.0.0.1:") for port in opened)
