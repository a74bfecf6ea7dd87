"""Every metric that a process serves is explained, and nothing is explained that none serves."""

import pkgutil
from importlib import import_module

import pytest
from prometheus_client import REGISTRY

import api
import kernel
import projections
import services
from tests.unit.house.test_docs import ROOT, rows, words

TOLD = rows((ROOT / "docs" / "operations.md").read_text(), "Metrics")


@pytest.fixture(scope="module")
def served() -> dict[str, tuple[str, ...]]:
    """The metrics of all processes with their labels, by the names that Prometheus stores."""
    for package in (api, kernel, projections, services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                import_module(module.name)
    found: dict[str, tuple[str, ...]] = {}
    for collector, names in list(REGISTRY._collector_to_names.items()):
        ours = [name for name in names if name.startswith("handraise_")]
        if ours:
            labels = getattr(collector, "_labelnames", ())
            counted = [name for name in ours if name.endswith("_total")]
            found[(counted or [min(ours, key=len)])[0]] = tuple(labels)
    return found


def test_every_metric_is_explained_and_none_besides(served: dict[str, tuple[str, ...]]) -> None:
    told = {words(name)[0] for name, _, _ in TOLD}
    assert told == served.keys()


def test_every_label_is_named(served: dict[str, tuple[str, ...]]) -> None:
    told = {words(name)[0]: tuple(filter(None, labels.split(", "))) for name, labels, _ in TOLD}
    assert {name: told.get(name) for name in served} == served


def test_what_to_watch_is_among_them() -> None:
    told = {words(name)[0] for name, _, _ in TOLD}
    watched = rows((ROOT / "docs" / "operations.md").read_text(), "What to watch")
    assert {words(name)[0] for name, _ in watched} <= told
