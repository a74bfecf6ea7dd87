"""Every address belongs to an operation and is written down with examples."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel

from api.app import all_routes
from api.identity.access import RULES, Operation
from api.openapi import made
from api.rest.documents.base import Document
from api.rest.documents.problems import ProblemDocument
from api.rest.examples.problems import problem as example_problem
from api.web.routing import PageRoute
from kernel.question import Input

ROUTES = [route for route in all_routes() if isinstance(route, APIRoute)]
PAGES = [route for route in all_routes() if isinstance(route, PageRoute)]
OPEN_TO_ALL = {"POST /api/v1/auth/token"}
OPEN_PAGES = {
    "GET /sign-in",
    "POST /sign-in",
    "GET /sign-in/oidc",
    "GET /sign-in/oidc/callback",
    "GET /invitations/{token}",
    "GET /share/{token}",
    "POST /invitations/{token}",
    "GET /static/{digest}/{name}",
    "GET /push-worker.js",
    "GET /a/{token}",
    "POST /a/{token}",
    "POST /hooks/slack/interactions",
    "POST /hooks/{provider}",
}
READS = {"GET", "HEAD", "OPTIONS"}


def name_of(route: APIRoute | PageRoute) -> str:
    return f"{min(set(route.methods or ()) - {'HEAD'})} {route.path}"


def the_page() -> dict[str, Any]:
    app = FastAPI()
    app.router.routes.extend(all_routes())
    return made(app)


PAGE = the_page()
OPERATIONS = [
    pytest.param(method, path, entry, id=f"{method} {path}")
    for path, entries in PAGE["paths"].items()
    for method, entry in entries.items()
    if path.startswith("/api/")
]


def test_nothing_is_served_but_declared_routes_and_pages() -> None:
    assert len(ROUTES) + len(PAGES) == len(all_routes())


def test_every_route_is_let_through_by_an_operation() -> None:
    declared = {name_of(r): (r.openapi_extra or {}).get("x-operation") for r in ROUTES}
    assert {name for name, operation in declared.items() if operation is None} == OPEN_TO_ALL
    assert all(Operation[word] in RULES for word in declared.values() if word)
    assert {name_of(r) for r in ROUTES if not r.dependencies} == OPEN_TO_ALL


def test_every_page_is_let_through_by_an_operation() -> None:
    assert {name_of(page) for page in PAGES if page.operation is None} == OPEN_PAGES


def test_every_operation_is_offered() -> None:
    offered = {Operation[r.openapi_extra["x-operation"]] for r in ROUTES if r.dependencies}  # type: ignore[index]
    assert offered | {page.operation for page in PAGES if page.operation} == set(Operation)


def test_the_endpoints_of_the_seed_are_there() -> None:
    names = {name_of(route) for route in ROUTES}
    assert {
        "POST /api/v1/requests",
        "GET /api/v1/requests",
        "GET /api/v1/requests/{request_id}",
        "POST /api/v1/requests/{request_id}/respond",
    } <= names


def test_only_calls_that_say_so_may_change_anything() -> None:
    changing = {name_of(r) for r in ROUTES if 202 in r.responses}
    assert changing
    assert not {name for name in changing if name.split()[0] in READS}
    assert all(set(r.methods or ()) <= {"GET", "POST", "PUT", "PATCH", "DELETE"} for r in ROUTES)


@pytest.mark.parametrize(("method", "path", "entry"), OPERATIONS)
def test_each_endpoint_is_written_down_with_an_example_of_all_it_takes_and_gives(
    method: str, path: str, entry: dict[str, Any]
) -> None:
    assert entry["summary"]
    assert entry["description"]
    contents = [*entry["responses"].values()]
    if "requestBody" in entry:
        contents.append(entry["requestBody"])
    for content in contents:
        for shown in content["content"].values():
            assert "example" in shown or shown.get("examples")
            assert "$ref" in shown["schema"] or shown["schema"]["format"] == "binary"


@pytest.mark.parametrize(("method", "path", "entry"), OPERATIONS)
def test_each_example_fits_its_model(method: str, path: str, entry: dict[str, Any]) -> None:
    models: dict[str, type[BaseModel]] = {m.__name__: m for m in below(Document) + below(Input)}
    contents = [*entry["responses"].values(), entry.get("requestBody", {"content": {}})]
    for content in contents:
        for shown in content["content"].values():
            if "$ref" not in shown["schema"]:
                continue
            model = models[shown["schema"]["$ref"].rpartition("/")[2]]
            given = [shown["example"]] if "example" in shown else []
            for example in given + [one["value"] for one in shown.get("examples", {}).values()]:
                model.model_validate(example)


def below(root: type[BaseModel]) -> list[type[BaseModel]]:
    return [kind for child in root.__subclasses__() for kind in (child, *below(child))]


def test_every_schema_that_is_referred_to_is_defined() -> None:
    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
            return own.union(*map(references, node.values()))
        return set().union(*map(references, node)) if isinstance(node, list) else set()

    defined = {f"#/components/schemas/{name}" for name in PAGE["components"]["schemas"]}
    assert references(PAGE) <= defined


def test_an_example_of_a_problem_is_a_problem() -> None:
    ProblemDocument.model_validate(example_problem("already_decided"))
