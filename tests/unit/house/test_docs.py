"""What the documents say is so: their links, files, sentences, tables and examples."""

import ast
import re
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from api.app import all_routes
from api.problems import KINDS
from api.rest.list_query import ListQuery
from event_schemas.types import RefusalReason
from kernel.clock import utc_now
from kernel.errors import NotAllowed
from kernel.ids import NAMESPACE, request_id_for
from kernel.opening import parse_question
from kernel.outbound.signing import signed_headers
from kernel.question import Question
from kernel.topics import PUBLIC
from services.request_svc.intake.ask import check_ask, read_ask

ROOT = Path(__file__).parents[3]
FOLDERS = ("docs", "deploy", "examples", "sdk")
PAGES = sorted(
    [*ROOT.glob("*.md"), *(page for one in FOLDERS for page in ROOT.glob(f"{one}/**/*.md"))]
)
CHECKLISTS = sorted(ROOT.glob("examples/*/README.md"))
API = (ROOT / "docs" / "api.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
# What the guides tell their readers to make.
INVENTED = re.compile(r"tagged|command/tag\.|refund|workload|<")
SECRET = "whsec_" + "c2VjcmV0" * 4
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def known_tests() -> set[str]:
    """The names of all test files and of all tests in them."""
    files = list((ROOT / "tests").glob("**/test_*.py"))
    found = {file.name for file in files}
    for file in files:
        found |= set(re.findall(r"^(?:async )?def (test_\w+)", file.read_text(), re.MULTILINE))
    return found


@pytest.mark.parametrize("page", CHECKLISTS, ids=lambda page: page.parent.name)
def test_every_test_that_a_checklist_names_is_there(page: Path) -> None:
    named = re.findall(r"\b(test_\w+(?:\.py)?)(?![\w*…])", page.read_text())
    assert {one for one in named if not one.endswith("_")} - known_tests() == set()


def section(text: str, heading: str) -> str:
    """What stands under a heading, without blocks of code."""
    below = re.split(rf"^#+ {heading}\n", text, flags=re.MULTILINE)[1]
    return re.sub(r"```.*?```", "", re.split(r"^#", below, flags=re.MULTILINE)[0], flags=re.DOTALL)


def rows(text: str, heading: str) -> list[list[str]]:
    """The rows of the first table under a heading, as lists of cells."""
    found = re.search(r"^\|(?:.*\|\n?)+", section(text, heading), re.MULTILINE)
    assert found, f"no table under {heading}"
    lines = found[0].splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    lost: list[str] = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


@every_page
def test_files_that_are_named_are_there(page: Path) -> None:
    named = re.findall(
        r"`((?:[\w.-]+/)+[\w.-]*\.(?:py|avsc|yaml|toml|sql|html|md|ini))`", read(page)
    )
    lost = [path for path in named if not INVENTED.search(path) and not is_there(page, path)]
    assert lost == []


def read(page: Path) -> str:
    return page.read_text()


def is_there(page: Path, path: str) -> bool:
    return (ROOT / path).exists() or (page.parent / path).exists()


def stops() -> list[tuple[str, str]]:
    """The files of the walk and their sentences."""
    section = ARCHITECTURE.partition("in six files\n")[2].partition("\n## ")[0]
    found = re.findall(r"^\d\. \[`([^`]+)`\]\(\.\./\1\)\n {3}> (.+)$", section, re.MULTILINE)
    return [(path, sentence) for path, sentence in found]


def test_a_request_is_followed_through_six_files() -> None:
    assert len(dict(stops())) == 6


@pytest.mark.parametrize(("path", "sentence"), stops())
def test_a_file_of_the_walk_opens_with_its_sentence(path: str, sentence: str) -> None:
    said = ast.get_docstring(ast.parse((ROOT / path).read_text()))
    assert said is not None
    assert said.splitlines()[0] == sentence


def test_every_problem_is_in_the_table_of_errors() -> None:
    told = {words(code)[0]: int(status) for code, status, _ in rows(API, "Errors")}
    assert told == {str(code): kind.status for code, kind in KINDS.items()}
    assert told.keys() >= {str(reason) for reason in RefusalReason}


def test_every_field_of_a_question_is_explained() -> None:
    told = {name for row in rows(API, "Ask") for name in words(row[0])}
    assert told == set(Question.model_fields)


def test_every_parameter_of_the_list_is_named() -> None:
    told = {word.partition("=")[0] for word in words(section(API, "Read"))}
    assert set(ListQuery.model_fields) - told == set()


def paths(routes: list[BaseRoute]) -> set[str]:
    return {route.path for route in routes if isinstance(route, APIRoute)}


def test_every_route_of_the_api_is_named() -> None:
    told = set(re.findall(r"[a-z]+(?:-[a-z]+)*", API))
    fixed = {re.sub(r"(/\{\w+\})+$", "", path) for path in paths(list(all_routes()))}
    assert {path.rpartition("/")[2] for path in fixed} - told == set()


def test_every_public_topic_says_what_it_carries() -> None:
    told = {words(topic)[0]: carries for topic, carries in rows(API, "Public events")}
    assert list(told) == [topic.name for topic in PUBLIC]
    for topic in PUBLIC:
        if "all" not in topic.carries:
            assert told[topic.name].replace("`", "") == topic.carries


def examples() -> dict[str, Any]:
    """Everything that the Python examples of the API's page define."""
    defined: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", API, re.DOTALL):
        exec(block, defined)
    return defined


@pytest.mark.parametrize("secret", [SECRET, "a text of one's own"])
def test_the_examples_verify_what_we_sign(secret: str) -> None:
    made, body = examples(), b'{"event":"request.responded"}'
    headers = signed_headers(
        [SECRET, secret], webhook_id="e-1", timestamp=int(time.time()), body=body
    )
    assert made["verify"](secret, body, headers)
    assert made["verified"](secret, body, headers) == {"event": "request.responded"}
    assert not made["verify"](secret, body + b" ", headers)
    assert not made["verify"]("another", body, headers)


def test_a_callback_that_is_old_does_not_verify_in_the_example() -> None:
    old = signed_headers([SECRET], webhook_id="e-1", timestamp=int(time.time()) - 301, body=b"{}")
    assert not examples()["verify"](SECRET, b"{}", old)


def test_an_ask_made_as_the_example_makes_it_is_taken() -> None:
    body = b'{"title": "May I?"}'
    headers = examples()["ask_headers"]("hr_12ab_34cd", SECRET, "ask-1", body)
    ask = read_ask(headers, body)
    assert (ask.ask_id, ask.key_id) == ("ask-1", "12ab")
    check_ask(ask, (SECRET,), utc_now())
    with pytest.raises(NotAllowed):
        check_ask(ask, ("whsec_" + "YW5vdGhl" * 4,), utc_now())


VECTOR = "A test vector for asks"


def test_the_test_vector_of_asks_is_right() -> None:
    told = {row[0]: words(row[1])[0] for row in rows(API, VECTOR)}
    secret, ask_id, stamp, signed, request_id = (
        next(value for name, value in told.items() if part in name)
        for part in ("secret", "webhook-id", "webhook-timestamp", "webhook-signature", "request's")
    )
    body = next(value for name, value in told.items() if "53 bytes" in name).encode()
    assert len(body) == 53
    names = ("webhook-id", "handraise-key", "webhook-timestamp", "webhook-signature")
    said = (ask_id, "12ab", stamp, signed)
    ask = read_ask([(n, v.encode()) for n, v in zip(names, said, strict=True)], body)
    check_ask(ask, (secret,), datetime.fromtimestamp(int(stamp), UTC))
    assert parse_question(ask.body).title == "Größe prüfen?"
    assert request_id_for("demo", "demo-agent", ask_id) == request_id
    assert str(NAMESPACE) in section(API, VECTOR)
    joined = f"request\x1fdemo\x1fdemo-agent\x1f{ask_id}"
    assert str(uuid.uuid5(NAMESPACE, joined)) == request_id


def test_the_glossary_is_in_the_order_of_the_alphabet() -> None:
    told = [row[0].strip("*") for row in rows((ROOT / "docs/glossary.md").read_text(), "Glossary")]
    assert told == sorted(told)
