"""Servers of one's own, told apart from those that dev.env speaks of."""

import pytest

from deploy.local.outside import outside_kafka, outside_postgres, require_outside
from deploy.local.ports import HOST, ports_from, unused_port
from deploy.local.trouble import Trouble

PORTS = ports_from(7400)


def test_a_broker_and_database_elsewhere_are_used() -> None:
    environ = {"HANDRAISE_KAFKA": "k1:9092,k2:9092", "HANDRAISE_PG_DSN": "postgresql://u@db/x"}
    assert outside_kafka(environ, PORTS) == "k1:9092,k2:9092"
    assert outside_postgres(environ, PORTS) == "postgresql://u@db/x"


def test_a_shell_that_has_read_dev_env_still_starts_the_stacks_own_servers() -> None:
    environ = {
        "HANDRAISE_KAFKA": "127.0.0.1:7401",
        "HANDRAISE_PG_DSN": "postgresql://handraise:word@127.0.0.1:7403/handraise",
    }
    assert outside_kafka(environ, PORTS) is None
    assert outside_postgres(environ, PORTS) is None


def test_nothing_said_means_the_embedded_servers() -> None:
    assert outside_kafka({}, PORTS) is None
    assert outside_postgres({}, PORTS) is None


def test_a_broker_that_is_not_there_is_named_with_its_variable() -> None:
    with pytest.raises(Trouble, match="HANDRAISE_KAFKA"):
        require_outside(f"{HOST}:{unused_port()}", None)


def test_a_database_that_is_not_there_is_named_without_its_password() -> None:
    port = unused_port()
    with pytest.raises(Trouble, match="HANDRAISE_PG_DSN") as trouble:
        require_outside(None, f"postgresql://u:word@{HOST}:{port}/x")
    assert f"{HOST}:{port}" in str(trouble.value)
    assert "word" not in str(trouble.value).replace("password", "")
