"""The manifests: the same processes as the embedded stack, confined, probed, and rightly wired."""

from pathlib import Path
from typing import Any

import pytest

from deploy.local.layout import REPOSITORY
from deploy.local.ports import DEFAULT_BASE
from deploy.local.programs import MAIL_SINK, PROGRAMS, Program
from kernel.settings import Settings
from kernel.topics import ALL
from projections import metrics
from projections.rebuild import VIEWS
from services.callback_svc.plan import SERVICE as CALLBACKS
from services.notifier_svc.planning import SERVICE as NOTICES
from services.request_svc.intake.intake import GROUP as INTAKE
from services.request_svc.ownership import GROUP as WRITERS
from services.timeout_svc.timer import SERVICE as TIMERS
from tests.unit.deploy.kustomized import Resource, built, containers, documents

FOLDER = REPOSITORY / "deploy" / "k8s"
OVERLAYS = {name: built(FOLDER / "overlays" / name) for name in ("dev", "prod")}
EVERY = [program for wave in PROGRAMS for program in wave]
COMPONENT = "app.kubernetes.io/component"

both = pytest.mark.parametrize("overlay", OVERLAYS)
every = pytest.mark.parametrize("program", EVERY, ids=lambda program: program.name)


def of_kind(overlay: str, *kinds: str) -> list[Resource]:
    return [one for one in OVERLAYS[overlay] if one["kind"] in kinds]


def workloads(overlay: str) -> dict[str, Resource]:
    found = of_kind(overlay, "Deployment", "StatefulSet", "Job")
    return {one["spec"]["template"]["metadata"]["labels"][COMPONENT]: one for one in found}


def process(overlay: str, component: str) -> Resource:
    (one,) = containers(workloads(overlay)[component])
    return one


def variables(overlay: str, component: str) -> dict[str, Any]:
    return {one["name"]: one for one in process(overlay, component).get("env", ())}


def settings(overlay: str) -> dict[str, str]:
    (one,) = of_kind(overlay, "ConfigMap")
    return one["data"]


def selects(selector: dict[str, str], resource: Resource) -> bool:
    labels = resource["spec"]["template"]["metadata"]["labels"]
    return selector.items() <= labels.items()


def test_every_file_is_part_of_a_kustomization() -> None:
    def reached(folder: Path) -> set[Path]:
        (rules,) = documents(folder / "kustomization.yaml")
        found = {folder / "kustomization.yaml"}
        named = [*rules["resources"], *(p["path"] for p in rules.get("patches", ()) if "path" in p)]
        for path in ((folder / name).resolve() for name in named):
            found |= reached(path) if path.is_dir() else {path}
        return found

    used = reached(FOLDER / "overlays" / "dev") | reached(FOLDER / "overlays" / "prod")
    assert used == set(FOLDER.rglob("*.yaml"))


@both
@every
def test_each_process_of_the_local_stack_has_a_workload(overlay: str, program: Program) -> None:
    one = process(overlay, program.name)
    assert one["args"] == [program.module]
    assert one["ports"] == [{"name": "http", "containerPort": DEFAULT_BASE + program.offset}]
    pod = workloads(overlay)[program.name]["spec"]["template"]
    assert pod["metadata"]["annotations"]["prometheus.io/port"] == str(
        DEFAULT_BASE + program.offset
    )


@both
def test_nothing_else_runs_but_the_bootstrap_and_a_mail_sink_to_try_with(overlay: str) -> None:
    more = {MAIL_SINK.name} if overlay == "dev" else set[str]()
    assert workloads(overlay).keys() == {one.name for one in EVERY} | {"bootstrap"} | more
    assert process(overlay, "bootstrap")["args"][0] == "deploy.bootstrap"


@both
@every
def test_health_is_asked_where_the_process_tells_of_it(overlay: str, program: Program) -> None:
    one = process(overlay, program.name)
    asked = {name: one[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert asked == {
        "startup": {"path": "/healthz", "port": "http"},
        "liveness": {"path": "/healthz", "port": "http"},
        "readiness": {"path": "/readyz", "port": "http"},
    }


@both
def test_every_process_is_confined(overlay: str) -> None:
    for name, workload in workloads(overlay).items():
        pod, one = workload["spec"]["template"]["spec"], process(overlay, name)
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["enableServiceLinks"] is False, name
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert "cpu" not in one["resources"]["limits"], name
        assert {"cpu", "memory"} <= one["resources"]["requests"].keys(), name
        assert "memory" in one["resources"]["limits"], name


@both
def test_every_variable_is_a_setting(overlay: str) -> None:
    known = {f"HANDRAISE_{field.upper()}" for field in Settings.model_fields}
    used = {name for component in workloads(overlay) for name in variables(overlay, component)}
    # The mail sink of the local stack has a folder, and no settings of ours.
    assert (used | settings(overlay).keys()) - known <= {"HANDRAISE_RUN_DIR"}


@both
def test_the_settings_load_as_they_stand(overlay: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings(overlay).items():
        monkeypatch.setenv(name, value)
    loaded = Settings.load()
    (topic, *_) = of_kind(overlay, "KafkaTopic")
    (broker,) = of_kind(overlay, "Kafka")
    assert loaded.host == "0.0.0.0"
    assert loaded.kafka == f"{broker['metadata']['name']}-kafka-bootstrap:9092"
    assert loaded.partitions == topic["spec"]["partitions"]
    assert loaded.replication_factor == topic["spec"]["replicas"]
    assert loaded.local is (overlay == "dev")


@both
def test_a_secret_is_given_only_to_those_who_use_it(overlay: str) -> None:
    def holders(variable: str) -> set[str]:
        return {name for name in workloads(overlay) if variable in variables(overlay, name)}

    every_name = {program.name for program in EVERY}
    assert holders("HANDRAISE_SECRET_KEY") == {
        *("api", "request_svc", "callback_svc", "notifier_svc", "bootstrap")
    }
    assert holders("HANDRAISE_SMTP_URL") == {"notifier_svc"}
    assert holders("HANDRAISE_PG_DSN") == every_name | {"bootstrap"}
    assert not {"HANDRAISE_SECRET_KEY", "HANDRAISE_PG_DSN"} & settings(overlay).keys()


@both
def test_the_database_is_reached_with_the_password_that_its_operator_made(overlay: str) -> None:
    (database,) = of_kind(overlay, "Cluster")
    dsn = variables(overlay, "api")["HANDRAISE_PG_DSN"]["valueFrom"]["secretKeyRef"]
    assert dsn == {"name": f"{database['metadata']['name']}-app", "key": "uri"}
    assert database["spec"]["bootstrap"]["initdb"]["owner"] == "handraise"


@both
def test_a_writer_keeps_its_name_over_restarts(overlay: str) -> None:
    assert workloads(overlay)["request_svc"]["kind"] == "StatefulSet"
    instance = variables(overlay, "request_svc")["HANDRAISE_INSTANCE"]
    assert instance["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"


@both
def test_selectors_find_the_pods_that_they_mean(overlay: str) -> None:
    found = workloads(overlay).values()
    for workload in of_kind(overlay, "Deployment", "StatefulSet"):
        wanted = workload["spec"]["selector"]["matchLabels"]
        assert [one for one in found if selects(wanted, one)] == [workload]
    for service in of_kind(overlay, "Service"):
        (workload,) = [one for one in found if selects(service["spec"]["selector"], one)]
        offered = {port["name"]: port["containerPort"] for port in containers(workload)[0]["ports"]}
        for port in service["spec"]["ports"]:
            assert offered[port["targetPort"]] == port["port"]
    (headless,) = [s for s in of_kind(overlay, "Service") if s["spec"].get("clusterIP") == "None"]
    writers = workloads(overlay)["request_svc"]["spec"]
    assert writers["serviceName"] == headless["metadata"]["name"]


@both
@every
def test_a_drained_node_takes_one_copy_at_most(overlay: str, program: Program) -> None:
    workload = workloads(overlay)[program.name]
    budgets = [
        one["spec"]
        for one in of_kind(overlay, "PodDisruptionBudget")
        if selects(one["spec"]["selector"]["matchLabels"], workload)
    ]
    assert [one["maxUnavailable"] for one in budgets] == [1]


@both
def test_every_image_says_which_release_it_is(overlay: str) -> None:
    for name in workloads(overlay):
        tag = process(overlay, name)["image"].rpartition(":")[2]
        assert tag not in ("", "latest", "handraise"), name


def scaled(one: Resource) -> tuple[str, str]:
    target = one["spec"]["scaleTargetRef"]
    return target.get("kind", "Deployment"), target["name"]


@every
def test_in_production_each_process_is_scaled_by_exactly_one_rule(program: Program) -> None:
    workload = workloads("prod")[program.name]
    names = (workload["kind"], workload["metadata"]["name"])
    rules = of_kind("prod", "ScaledObject", "HorizontalPodAutoscaler")
    (rule,) = [one for one in rules if scaled(one) == names]
    # A fixed number would be set back at every roll-out.
    assert "replicas" not in workload["spec"]
    assert rule["spec"].get("minReplicaCount", rule["spec"].get("minReplicas")) >= 2


def test_lag_is_measured_on_the_groups_and_views_that_there_are() -> None:
    rules = of_kind("prod", "ScaledObject")
    triggers = [trigger for rule in rules for trigger in rule["spec"]["triggers"]]
    groups = [t["metadata"]["consumerGroup"] for t in triggers if t["type"] == "kafka"]
    topics = {t["metadata"].get("topic", ALL[0].name) for t in triggers if t["type"] == "kafka"}
    assert sorted(groups) == sorted([WRITERS, INTAKE, NOTICES, CALLBACKS, TIMERS])
    assert topics <= {topic.name for topic in ALL}
    (measure,) = metrics.behind.describe()
    asked = {t["metadata"]["query"] for t in triggers if t["type"] == "prometheus"}
    assert asked == {f'sum({measure.name}{{view="{view}"}})' for view in VIEWS}
