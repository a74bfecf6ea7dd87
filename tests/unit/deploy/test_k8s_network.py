"""The network policies: everything is denied but what is named, and three processes go outside."""

from ipaddress import ip_network
from typing import Any

import pytest

from deploy.local.layout import REPOSITORY
from deploy.local.programs import PROGRAMS
from kernel.outbound import addresses
from kernel.outbound.resolver import PUBLIC_PORTS
from tests.unit.deploy.kustomized import Resource, built

PROD = built(REPOSITORY / "deploy" / "k8s" / "overlays" / "prod")
POLICIES = [one for one in PROD if one["kind"] == "NetworkPolicy"]
EVERY = [program.name for wave in PROGRAMS for program in wave]


def labels(component: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": "handraise", "app.kubernetes.io/component": component}


def ways_out(component: str) -> list[Resource]:
    """The rules by which a process's pods may reach others."""
    return [
        rule
        for one in POLICIES
        if selects(one["spec"]["podSelector"], labels(component))
        for rule in one["spec"].get("egress", ())
    ]


def selects(selector: Resource, own: dict[str, str]) -> bool:
    """Whether a selector is for pods with these labels."""
    among = [one for one in selector.get("matchExpressions", ()) if one["operator"] == "In"]
    return selector.get("matchLabels", {}).items() <= own.items() and all(
        own.get(one["key"]) in one["values"] for one in among
    )


def peers(rules: list[Resource]) -> list[Any]:
    return [peer for rule in rules for peer in rule["to"]]


def test_whatever_no_policy_names_is_denied() -> None:
    (denying,) = [one for one in POLICIES if one["metadata"]["name"] == "default-deny"]
    assert denying["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for one in POLICIES:
        named = {kind.lower() for kind in one["spec"]["policyTypes"]}
        assert {"ingress", "egress"} & one["spec"].keys() <= named


@pytest.mark.parametrize("component", EVERY)
def test_every_process_reaches_broker_and_database(component: str) -> None:
    reached = peers(ways_out(component))
    for name, value in (
        ("strimzi.io/name", "handraise-kafka"),
        ("cnpg.io/cluster", "handraise-postgres"),
    ):
        assert {"podSelector": {"matchLabels": {name: value}}} in reached


def test_only_callbacks_messages_and_what_people_press_go_further() -> None:
    shared = peers(ways_out("history"))
    further = {name for name in EVERY if peers(ways_out(name)) != shared}
    assert further == {"api", "callback_svc", "notifier_svc"}
    outside = {name for name in EVERY if any("ipBlock" in p for p in peers(ways_out(name)))}
    assert outside == further


def test_callbacks_reach_exactly_what_the_guarded_client_would_connect_to() -> None:
    (rule,) = [rule for rule in ways_out("callback_svc") if "ipBlock" in rule["to"][0]]
    assert {port["port"] for port in rule["ports"]} == PUBLIC_PORTS
    closed = {
        ip_network(peer["ipBlock"]["cidr"]): set(map(ip_network, peer["ipBlock"]["except"]))
        for peer in rule["to"]
    }
    assert closed == {
        ip_network("0.0.0.0/0"): set(addresses._CLOSED_V4),
        addresses._OPEN_V6: set(addresses._CLOSED_V6),
    }


def test_the_front_door_is_for_the_ingress_and_its_metrics_for_prometheus() -> None:
    into = {
        one["metadata"]["name"]: one["spec"]["ingress"]
        for one in POLICIES
        if "ingress" in one["spec"]
        and one["spec"]["podSelector"]["matchLabels"].items() <= labels("api").items()
    }
    assert into.keys() == {"front-door", "metrics"}
    for rules in into.values():
        assert all("namespaceSelector" in peer for rule in rules for peer in rule["from"])
