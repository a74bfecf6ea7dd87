"""House rules that the linters can't hold."""

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]
PACKAGES = (
    "event_schemas",
    "task_kinds",
    "kernel",
    "services",
    "projections",
    "api",
    "deploy",
    "sdk",
    "examples",
    "bench",
)
SHIPPED = sorted(
    path.relative_to(ROOT)
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "__pycache__" not in path.parts
)
TESTS = sorted(path.relative_to(ROOT) for path in (ROOT / "tests").rglob("*.py"))
GENERATED = {Path("event_schemas/types.py")}


def lines_of(path: Path) -> list[str]:
    return (ROOT / path).read_text().splitlines()


def first_sentence(path: Path) -> str:
    doc = ast.get_docstring(ast.parse((ROOT / path).read_text())) or ""
    return doc.partition("\n\n")[0].replace("\n", " ")


def test_a_module_fits_in_the_head() -> None:
    """Past 250 lines readers scroll and lose the thread: split by noun."""
    sizes = {str(path): len(lines_of(path)) for path in SHIPPED if path not in GENERATED}
    assert {path: size for path, size in sizes.items() if size > 250} == {}


def test_a_module_opens_with_one_plain_sentence() -> None:
    opened = {str(path): first_sentence(path) for path in [*SHIPPED, *TESTS]}
    assert {path: said for path, said in opened.items() if said[-1:] not in (".", ":")} == {}


def test_a_test_neither_skips_nor_sleeps_nor_mocks() -> None:
    """A skipped test proves nothing; a sleep waits too long or not long enough."""
    banned = re.compile(
        r"pytest\.skip\(|mark\.(skip|xfail)|time\.sleep\(|unittest\.mock|sleep\([0-9.]*[1-9]"
    )
    held_to_it = [p for p in TESTS if p.name != Path(__file__).name and p.parts[1] != "support"]
    found = {
        str(path): [one for one in lines_of(path) if banned.search(one)] for path in held_to_it
    }
    assert {path: lines for path, lines in found.items() if lines} == {}


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return listed.stdout.splitlines()


def test_no_registry_address_and_no_key_stands_in_the_tree() -> None:
    registries = (
        r"pypi\.o"
        r"rg|pythonhosted\.o"
        r"rg|registry\.npm"
        r"js|repo1?\.mave"
        r"n\.|proxy\.golan"
        r"g"
    )
    keys = r"hr_[a-z0-9]{8,}_[A-Za-z0-9]{30,}|BEGIN [A-Z ]*PRIVATE KEY"
    banned = re.compile(f"{registries}|{keys}")
    found: list[str] = []
    for name in tracked():
        path = ROOT / name
        if not path.is_file() or path.suffix in {".avro", ".png", ".woff2"}:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if banned.search(line):
                found.append(f"{name}:{number}")
    assert found == []


def test_every_event_is_documented() -> None:
    from event_schemas.types import EVENTS  # noqa: PLC0415

    documented = (ROOT / "docs/events.md").read_text()
    assert [e.__name__ for e in EVENTS if f"`{e.__name__}`" not in documented] == []


def test_the_folders_that_must_exist_do() -> None:
    must = (
        "event_schemas",
        "services/request_svc",
        "services/notifier_svc",
        "services/callback_svc",
        "services/timeout_svc",
        "projections",
        "deploy/k8s",
        "tests",
    )
    assert [name for name in must if not (ROOT / name).is_dir()] == []
    assert (ROOT / "Makefile").is_file()
