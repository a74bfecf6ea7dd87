"""The broker in the manifests: its topics are those of the code, and few may write to it."""

from typing import Any

import pytest

from deploy.local.jars import LOCK, parse_lock
from deploy.local.layout import REPOSITORY
from kernel.topics import ALL, ASKS, PUBLIC
from services.callback_svc.plan import SERVICE as CALLBACKS
from services.notifier_svc.planning import SERVICE as NOTICES
from services.request_svc.intake.intake import GROUP as INTAKE
from services.request_svc.ownership import GROUP as WRITERS
from services.request_svc.relaying.positions import GROUP as RELAY
from services.timeout_svc.timer import SERVICE as TIMERS
from tests.unit.deploy.kustomized import Resource, built

PROD = built(REPOSITORY / "deploy" / "k8s" / "overlays" / "prod")
USERS = {one["metadata"]["name"]: one for one in PROD if one["kind"] == "KafkaUser"}
READS = {"Describe", "Read"}


@pytest.fixture(scope="module")
def broker() -> Resource:
    (one,) = [one for one in PROD if one["kind"] == "Kafka"]
    return one["spec"]["kafka"]


def acls(user: Resource, kind: str) -> list[tuple[str, str, set[str]]]:
    return [
        (acl["resource"]["name"], acl["resource"]["patternType"], set(acl["operations"]))
        for acl in user["spec"]["authorization"]["acls"]
        if acl["resource"]["type"] == kind
    ]


def test_the_topics_are_those_of_the_code() -> None:
    declared = {one["metadata"]["name"]: one["spec"] for one in PROD if one["kind"] == "KafkaTopic"}
    wanted = {
        topic.name: {
            "partitions": 48,
            "replicas": 3,
            "config": {**topic.config(), "min.insync.replicas": "2"},
        }
        for topic in ALL
    }
    assert {name: as_text(spec) for name, spec in declared.items()} == wanted


def as_text(spec: Resource) -> Resource:
    return {**spec, "config": {name: str(value) for name, value in spec["config"].items()}}


def test_everything_of_the_broker_belongs_to_one_cluster() -> None:
    parts = [one for one in PROD if one["kind"] in ("KafkaTopic", "KafkaUser", "KafkaNodePool")]
    assert {one["metadata"]["labels"]["strimzi.io/cluster"] for one in parts} == {"handraise"}


def test_the_broker_is_the_release_that_the_tests_run_on(broker: Resource) -> None:
    locked = parse_lock(LOCK.read_text(encoding="utf-8"))
    assert f"kafka-server-{broker['version']}.jar" in locked


def test_an_acknowledged_command_survives_a_broker(broker: Resource) -> None:
    pools = {one["metadata"]["name"]: one["spec"] for one in PROD if one["kind"] == "KafkaNodePool"}
    assert pools["broker"]["replicas"] >= 3
    assert broker["config"]["min.insync.replicas"] == 2
    assert broker["config"]["unclean.leader.election.enable"] is False
    volumes = [volume for pool in pools.values() for volume in pool["storage"]["volumes"]]
    assert all(volume["deleteClaim"] is False for volume in volumes)
    assert broker["config"]["delete.topic.enable"] is False


def test_only_our_own_pods_come_through_the_listener_that_asks_for_no_certificate(
    broker: Resource,
) -> None:
    assert broker["authorization"] == {"type": "simple", "superUsers": ["ANONYMOUS"]}
    for listener in broker["listeners"]:
        if "authentication" not in listener:
            assert listener["networkPolicyPeers"] == [
                {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "handraise"}}}
            ]


@pytest.mark.parametrize("name", USERS)
def test_nobody_with_a_certificate_writes_anything_but_asks(name: str) -> None:
    writes = [topic for topic, _, operations in acls(USERS[name], "topic") if operations - READS]
    assert writes == ([ASKS.name] if name == "agents" else [])


@pytest.mark.parametrize("name", USERS)
def test_nobody_with_a_certificate_reads_anything_but_public_events(name: str) -> None:
    reads: dict[str, Any] = {
        topic: pattern
        for topic, pattern, operations in acls(USERS[name], "topic")
        if "Read" in operations
    }
    public = {topic.name: "literal" for topic in PUBLIC}
    assert reads == (public if name == "observers" else {})


def test_nobody_with_a_certificate_moves_the_positions_of_our_groups() -> None:
    ours = (WRITERS, INTAKE, RELAY, NOTICES, CALLBACKS, TIMERS)
    for user in USERS.values():
        for group, pattern, operations in acls(user, "group"):
            if operations == {"Describe"}:
                continue
            assert pattern == "prefix"
            assert not [name for name in ours if name.startswith(group)]
