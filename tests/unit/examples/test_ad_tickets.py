"""Tickets for tasks, against servers that take only what Jira and ServiceNow document."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from examples.ad_tasks.stand_ins.jira import JiraServer
from examples.ad_tasks.stand_ins.service_now import ServiceNowServer
from examples.ad_tasks.tasks import HumanTask
from examples.ad_tasks.tickets.jira import Jira
from examples.ad_tasks.tickets.port import TicketTrouble
from examples.ad_tasks.tickets.service_now import ServiceNow

USER, PASSWORD = "platform@ads.example", "api-token"
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
OPEN = HumanTask(
    task_id="0b0a6a1c-2f0b-5c1e-9a3c-1d2b7e4f8a90",
    task_type="permission_exception",
    principal_id="acme",
    status="pending",
    priority="urgent",
    operation="create_line_item\nwith a break",
    error_detail="403: •••",
    created_at=NOON,
    updated_at=NOON,
)
DONE = OPEN.model_copy(
    update={"status": "completed", "resolution": "completed", "resolution_detail": "By hand"}
)
FAILED = OPEN.model_copy(update={"status": "failed", "resolution": "cannot_complete"})


def client_of(app: FastAPI, password: str = PASSWORD) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://tickets", auth=(USER, password)
    )


@pytest.fixture
async def jira_server() -> JiraServer:
    return JiraServer(USER, PASSWORD)


@pytest.fixture
async def jira(jira_server: JiraServer) -> AsyncIterator[Jira]:
    async with client_of(jira_server.app()) as http:
        yield Jira(http, "OPS")


@pytest.fixture
async def now_server() -> ServiceNowServer:
    return ServiceNowServer(USER, PASSWORD)


@pytest.fixture
async def now(now_server: ServiceNowServer) -> AsyncIterator[ServiceNow]:
    async with client_of(now_server.app()) as http:
        yield ServiceNow(http)


async def test_a_task_opens_one_jira_issue_however_often_it_is_tried(
    jira: Jira, jira_server: JiraServer
) -> None:
    assert await jira.open(OPEN) == await jira.open(OPEN) == "OPS-1"
    fields = jira_server.issues["OPS-1"]["fields"]
    assert fields["summary"] == "Permission exception: create_line_item with a break"
    assert fields["priority"] == {"name": "Highest"}
    assert "Detail: 403: •••" in json.dumps(fields["description"], ensure_ascii=False)


async def test_a_tasks_end_is_said_in_jira_once_and_resolves_the_issue(
    jira: Jira, jira_server: JiraServer
) -> None:
    key = await jira.open(OPEN)
    await jira.close(key, DONE)
    await jira.close(key, DONE)
    issue = jira_server.issues[key]
    assert issue["status"] == "Done"
    assert len(issue["comments"]) == 1
    assert "as completed: By hand" in json.dumps(issue["comments"])


async def test_a_task_opens_one_incident_however_often_it_is_tried(
    now: ServiceNow, now_server: ServiceNowServer
) -> None:
    assert await now.open(OPEN) == await now.open(OPEN)
    (incident,) = now_server.incidents.values()
    assert (incident["urgency"], incident["impact"]) == ("1", "1")
    assert incident["correlation_id"] == OPEN.task_id


@pytest.mark.parametrize(
    ("ended", "code"), [(DONE, "Resolved by caller"), (FAILED, "No resolution provided")]
)
async def test_a_tasks_end_resolves_the_incident_with_code_and_notes(
    now: ServiceNow, now_server: ServiceNowServer, ended: HumanTask, code: str
) -> None:
    key = await now.open(OPEN)
    await now.close(key, ended)
    await now.close(key, DONE)
    incident = now_server.incidents[key]
    assert (incident["state"], incident["close_code"]) == ("6", code)
    assert incident["close_notes"] == incident["work_notes"]


@pytest.mark.parametrize("server", [JiraServer(USER, PASSWORD), ServiceNowServer(USER, PASSWORD)])
async def test_who_may_not_sign_in_opens_nothing(server: Any) -> None:
    async with client_of(server.app(), "wrong") as http:
        system = Jira(http, "OPS") if isinstance(server, JiraServer) else ServiceNow(http)
        with pytest.raises(TicketTrouble, match="401"):
            await system.open(OPEN)


async def test_an_unknown_field_is_refused_as_documented(jira_server: JiraServer) -> None:
    fields = {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": "x", "odd": 1}
    async with client_of(jira_server.app()) as http:
        answer = await http.post("/rest/api/3/issue", json={"fields": fields})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["odd"]
