"""The guides of CONTRIBUTING: what they call done is done, for all that is there already."""

import re
from configparser import ConfigParser
from importlib import import_module
from pathlib import Path

import pytest

from deploy.bootstrap import COMPONENTS
from deploy.local.programs import PROGRAMS
from kernel.settings import HEALTH_PORTS
from projections.rebuild import VIEWS

ROOT = Path(__file__).parents[3]
FOLDERS = sorted(path.parent.name for path in (ROOT / "projections").glob("*/fold.py"))
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
GUIDES = re.split(r"^## How to add an? ", TEXT, flags=re.MULTILINE)[1:]
TABLES = re.findall(r"`([A-Z_]+)` (?:in|of)\s+`([\w/.]+\.py)`", TEXT)
every_view = pytest.mark.parametrize("name", FOLDERS)


def named_by(contract: str, option: str) -> set[str]:
    rules = ConfigParser()
    rules.read(ROOT / ".importlinter")
    return set(rules[f"importlinter:contract:{contract}"][option].split())


@every_view
def test_a_view_can_be_rebuilt(name: str) -> None:
    assert VIEWS[name].name == name
    assert VIEWS[name].migrations == COMPONENTS[name] == ROOT / "projections" / name / "migrations"


@every_view
def test_a_view_is_kept_by_a_process_of_the_local_stack(name: str) -> None:
    offsets = {program.module: program.offset for wave in PROGRAMS for program in wave}
    assert offsets[f"projections.{name}"] == HEALTH_PORTS[name]
    assert (ROOT / "projections" / name / "__main__.py").is_file()


@every_view
def test_a_view_has_its_walls(name: str) -> None:
    module = f"projections.{name}"
    assert module in named_by("views-apart", "modules")
    assert f"{module}.fold" in named_by("pure-cores", "source_modules")
    assert {f"{module}.fold", f"{module}.store"} <= named_by("views-read", "forbidden_modules")


@every_view
def test_a_view_is_in_the_operators_table(name: str) -> None:
    assert f"`projections.{name}`" in (ROOT / "docs" / "operations.md").read_text()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.partition("\n")[0])
def test_a_guide_counts_its_steps_and_ends_in_the_tests_that_fail_until_done(guide: str) -> None:
    steps = re.findall(r"^(\d+)\. ", guide, re.MULTILINE)
    assert steps == [str(number + 1) for number in range(len(steps))]
    _, _, end = guide.partition("**Until it is done,")
    assert re.findall(r"`(tests/unit/[\w/]+\.py)`", end)


@pytest.mark.parametrize(("name", "path"), TABLES)
def test_a_table_that_a_guide_names_is_where_it_says(name: str, path: str) -> None:
    assert hasattr(import_module(path.removesuffix(".py").replace("/", ".")), name)
