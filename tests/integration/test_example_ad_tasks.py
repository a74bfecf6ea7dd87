"""The human tasks of the ad platform, played on a whole running Handraise."""

import io
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
import pytest_asyncio
import yaml
from handraise.errors import NotAllowed
from handraise.webhooks import sign
from rich.console import Console

from examples.ad_tasks.adapter_configs import AdapterConfigs
from examples.ad_tasks.desk import TaskDesk
from examples.ad_tasks.platform import Platform, platform
from examples.ad_tasks.serving import Running, running_platform
from examples.ad_tasks.staff import (
    ACME_ONLY,
    COMPLIANCE,
    CREATIVE,
    KINDS,
    OPERATIONS,
    TECHNICAL,
    Staff,
)
from examples.ad_tasks.stand_ins.ad_server import NETWORK, ROBOT, TRAFFICKER, AdServer
from examples.ad_tasks.story import Story
from examples.ad_tasks.web.app import app_of, attended
from examples.common.database import address_of
from examples.common.household import Household
from examples.common.screen import Screen
from examples.common.serving import serving
from examples.common.surroundings import Surroundings
from tests.support.eventually import eventually
from tests.support.processes import free_port_base
from tests.support.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True)
class Scene:
    """The running platform, who calls it, and where it runs."""

    found: Surroundings
    running: Running
    http: httpx.AsyncClient
    database: str

    @property
    def platform(self) -> Platform:
        return self.running.platform

    @property
    def staff(self) -> Staff:
        return self.running.staff

    @property
    def desk(self) -> TaskDesk:
        return self.platform.desk

    @property
    def ad_server(self) -> AdServer:
        assert self.running.world is not None
        return self.running.world.ad_server

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = await self.http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def becomes(self, path: str, **wanted: Any) -> dict[str, Any]:
        """What is at a path, once it has these values."""

        async def look() -> dict[str, Any] | None:
            found = (await self.http.get(path)).json()
            return found if all(found[name] == value for name, value in wanted.items()) else None

        found = await eventually(look)
        assert found is not None
        return found

    async def callback_about(self, task_id: str, secret: str) -> httpx.Response:
        """Bring the callback about a task once more, with the bytes that it had."""
        path = f"{self.found.url}/api/v1/requests/{task_id}/deliveries"
        bearer = {"Authorization": f"Bearer {self.staff.key.bearer}"}

        async def made() -> list[Any]:
            return (await self.http.get(path, headers=bearer)).json()["items"]

        delivery = (await eventually(made))[0]
        body = delivery["payload"].encode()
        signed = sign(secret, webhook_id=delivery["id"], timestamp=int(time.time()), body=body)
        return await self.http.post("/resume", content=body, headers=signed)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(playing: Stage, module_database: str) -> AsyncIterator[Scene]:
    database = urlsplit(module_database).path.removeprefix("/")
    async with AsyncExitStack() as stack:
        found = playing.found("ad_tasks")
        here = await stack.enter_async_context(
            running_platform(found, None, port=free_port_base(), database=database)
        )
        bearer = {"Authorization": f"Bearer {here.staff.key.bearer}"}
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=here.url, headers=bearer, timeout=60)
        )
        yield Scene(found, here, http, database)


def buy_of(media_buy_id: str, principal_id: str, **targeting: Any) -> dict[str, Any]:
    return {
        "media_buy_id": media_buy_id,
        "principal_id": principal_id,
        "name": "Spring",
        "budget_cents": 500_000,
        "targeting": targeting,
    }


def creative_of(creative_id: str, format_id: str, headline: str = "Chairs") -> dict[str, Any]:
    return {
        "creative_id": creative_id,
        "principal_id": "acme",
        "format_id": format_id,
        "content": {"headline": headline},
    }


async def configure(here: Platform, principal_id: str, token: str = TRAFFICKER) -> None:
    """What technical operations would put in for a principal."""
    configs: AdapterConfigs = here.work.tools.configs
    await configs.put_secret("google_ad_manager", principal_id, "api_token", token, "tess")
    await here.pool.execute(
        "UPDATE adapter_configs SET settings = $2 WHERE principal_id = $1",
        principal_id,
        {"network_code": NETWORK},
    )


async def test_the_story_plays_from_its_beginning_to_its_end(scene: Scene) -> None:
    said = io.StringIO()
    screen = Screen(Console(file=said, width=200))
    await Story(scene.running, screen, unattended=True).play()
    told = said.getvalue()
    for line in (
        "display_300x250: approved",
        "homepage_takeover: pending_review",
        "the creative is approved",
        "'secrets': {'api_token': 'set'}",
        "active, line item 90001",
        "active, targeting {'geo': ['DE'], 'minimum_age': 21}",
        "failed, resolution cannot_complete",
        "Escalated",
        "Done: Creative approval: takeover",
    ):
        assert line in told
    assert ROBOT not in told


async def test_a_task_goes_through_the_hands_of_the_desk(scene: Scene) -> None:
    desk = scene.desk
    made = await desk.create(
        "permission_exception",
        "initech",
        adapter_name="google_ad_manager",
        media_buy_id="mb-1",
        operation="create_line_item",
        error_detail="403 for trafficker@acme.example",
        idempotency_key="once",
    )
    assert (made.status, made.priority) == ("pending", "high")
    listed = await desk.pending(principal_id="initech")
    assert [one.task_id for one in listed] == [made.task_id]
    assigned = await desk.assign(made.task_id, OPERATIONS)
    assert (assigned.status, assigned.assigned_to) == ("assigned", scene.staff.people[OPERATIONS])
    done = await desk.complete(made.task_id, "completed", "Made it by hand", OPERATIONS)
    assert (done.status, done.resolution, done.resolution_detail, done.resolved_by) == (
        "completed",
        "completed",
        "Made it by hand",
        scene.staff.people[OPERATIONS],
    )
    assert await desk.pending(principal_id="initech") == []


async def test_who_may_resolve_depends_on_type_and_principal(scene: Scene) -> None:
    desk = scene.desk
    acme = await desk.create("creative_approval", "acme", creative_id="c-1")
    other = await desk.create("creative_approval", "globex", creative_id="c-2")
    with pytest.raises(NotAllowed):
        await desk.complete(acme.task_id, "approved", None, OPERATIONS)
    with pytest.raises(NotAllowed):
        await desk.complete(other.task_id, "approved", None, ACME_ONLY)
    assert (await desk.complete(acme.task_id, "approved", None, ACME_ONLY)).resolution == "approved"
    refused = await desk.complete(other.task_id, "rejected", "Blurred", CREATIVE)
    assert refused.resolution == "rejected"


async def test_a_rejected_creative_bears_the_feedback(scene: Scene) -> None:
    waiting = await scene.post("/creatives", **creative_of("takeover", "homepage_takeover"))
    assert waiting["approval_status"] == "pending_review"
    assert waiting["detail"] == f"Task {waiting['task_id']} created for manual review"
    assert await scene.post("/creatives", **creative_of("takeover", "homepage_takeover")) == waiting
    task = await scene.desk.get(waiting["task_id"])
    assert (task.priority, task.creative_id) == ("medium", "takeover")
    await scene.desk.complete(task.task_id, "rejected", "The logo is blurred", CREATIVE)
    await scene.becomes(
        "/creatives/takeover", approval_status="rejected", detail="The logo is blurred"
    )


async def test_a_flagged_creative_runs_as_compliance_has_changed_it(scene: Scene) -> None:
    flagged = creative_of("cure", "display_300x250", "A miracle chair")
    waiting = await scene.post("/creatives", **flagged)
    task = await scene.desk.get(waiting["task_id"])
    assert (task.task_type, task.error_detail) == ("compliance_review", 'says "miracle"')
    edited = {"content": {"headline": "A good chair"}}
    await scene.desk.complete(task.task_id, "approved", "Calmer", COMPLIANCE, edited=edited)
    approved = await scene.becomes("/creatives/cure", approval_status="approved")
    assert approved["content"] == {"headline": "A good chair"}


async def test_secrets_are_put_in_by_those_who_may_and_never_told(scene: Scene) -> None:
    path = "/adapters/google_ad_manager/hooli"
    secret = {"name": "api_token", "value": "very-secret-token"}
    assert (await scene.http.put(f"{path}/secrets", json=secret)).status_code == 403
    admin = {"Authorization": f"Bearer {scene.found.admin_token}"}
    wrong = await scene.http.put(f"{path}/secrets", json={"value": secret}, headers=admin)
    assert wrong.status_code == 422
    put = await scene.http.put(f"{path}/secrets", json=secret, headers=admin)
    assert put.json()["secrets"] == {"api_token": "set"}
    stored = await scene.platform.pool.fetchval(
        "SELECT secrets::text FROM adapter_configs WHERE principal_id = 'hooli'"
    )
    page = await scene.http.get(f"{path}/secrets", headers=admin)
    assert 'type="password"' in page.text
    assert "very-secret-token" not in wrong.text + put.text + stored + page.text
    form = {"name": "api_token", "value": "another"}
    elsewhere = {**admin, "Origin": "http://elsewhere.example"}
    forged = await scene.http.post(f"{path}/secrets", data=form, headers=elsewhere)
    assert forged.status_code == 403
    own = {**admin, "Origin": scene.running.url}
    assert (await scene.http.post(f"{path}/secrets", data=form, headers=own)).status_code == 303
    config = await scene.platform.work.tools.configs.get("google_ad_manager", "hooli")
    assert config.secrets == {"api_token": "another"}


async def test_what_was_done_by_hand_is_not_done_again(scene: Scene) -> None:
    await configure(scene.platform, "stark", ROBOT)
    scene.ad_server.rights[ROBOT].discard("create")
    bought = await scene.post("/media-buys", **buy_of("by-hand", "stark"))
    assert bought["status"] == "pending_manual"
    assert bought["detail"] == f"Task {bought['task_id']} created for manual operation"
    denial = await scene.desk.get(bought["task_id"])
    assert (denial.task_type, denial.priority) == ("permission_exception", "high")
    assert denial.error_detail == "403: Token ••• of ••• may not create line items."
    calls = len(scene.ad_server.calls)
    data = {"line_item_id": "77"}
    await scene.desk.complete(denial.task_id, "completed", "There it is", OPERATIONS, data=data)
    active = await scene.becomes("/media-buys/by-hand", status="active")
    assert active["line_item_id"] == "77"
    assert len(scene.ad_server.calls) == calls


async def test_an_ad_server_that_is_away_is_tried_again_and_then_fails_visibly(
    scene: Scene,
) -> None:
    await configure(scene.platform, "wayne")
    scene.ad_server.loses_answers = True
    assert (await scene.post("/media-buys", **buy_of("lost", "wayne")))["status"] == "received"
    scene.ad_server.loses_answers = False
    await scene.becomes("/media-buys/lost", status="active")
    made = [one for one in scene.ad_server.items.values() if one["externalId"] == "lost"]
    assert len(made) == 1
    scene.ad_server.is_away = True
    await scene.post("/media-buys", **buy_of("away", "wayne"))
    failed = await scene.becomes("/media-buys/away", status="failed")
    assert "503" in failed["detail"]
    scene.ad_server.is_away = False
    assert (await scene.post("/operations/away-create/retry"))["status"] == "done"
    assert (await scene.http.post("/operations/away-create/retry")).status_code == 409


async def test_an_answer_is_applied_once_after_a_crash_and_when_it_comes_again(
    scene: Scene,
) -> None:
    port, name = free_port_base(), f"{scene.database}_crash"
    url = f"http://127.0.0.1:{port}/resume"
    config = scene.platform.config
    scene.ad_server.grant(ROBOT, "create")
    async with platform(scene.found, scene.staff, config, url, name) as first:
        await first.work.tools.buys.add(**buy_of("crash", "pied"), adapter_name="google_ad_manager")
        operation = await first.work.tools.operations.get("crash-create")
        task_id = (await first.work.carry_out(operation)).task_id
        assert task_id is not None
        data = {"network_code": NETWORK}
        await configure(first, "pied", ROBOT)
        await first.desk.complete(task_id, "completed", None, TECHNICAL, data=data)
        # The answer is written down, and then the process is gone.
        assert await first.work.record(await first.hand.get(task_id))
    async with platform(scene.found, scene.staff, config, url, name) as second:
        async with serving(app_of(second), port) as there, attended(second):

            async def is_done() -> bool:
                return (await second.work.tools.operations.get("crash-create")).status == "done"

            await eventually(is_done)
            again = replace(scene, http=httpx.AsyncClient(base_url=there, timeout=60))
            repeated = await again.callback_about(task_id, scene.staff.key.signing_secret)
            assert repeated.json() == {
                "status": "resumed",
                "workflow_id": "operation-crash-create-1",
            }
            forged = await again.callback_about(task_id, "whsec_" + "A" * 43)
            assert forged.status_code == 401
            await again.http.aclose()
        noted = await second.pool.fetchval("SELECT count(*) FROM decisions")
    made = [one for one in scene.ad_server.items.values() if one["externalId"] == "crash"]
    assert (noted, len(made)) == (1, 1)
    connection = await asyncpg.connect(address_of(scene.found.pg_dsn, scene.database))
    await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await connection.close()


async def test_outsiders_are_told_of_what_matters_and_tickets_are_closed(scene: Scene) -> None:
    task = await scene.desk.create(
        "permission_exception",
        "tyrell",
        priority="urgent",
        operation="pause_line_item",
        error_detail="No right for roy@tyrell.example",
    )
    calm = await scene.desk.create("creative_approval", "tyrell", creative_id="calm")
    await scene.desk.complete(task.task_id, "cannot_complete", "Nobody can", OPERATIONS)
    await eventually(scene.platform.has_told_all)
    world = scene.running.world
    assert world is not None
    heard = {body["task_id"]: body for body in world.hook.came.values()}
    assert heard[task.task_id] == {
        "task_id": task.task_id,
        "type": "permission_exception",
        "priority": "urgent",
        "detail": "No right for •••",
    }
    assert calm.task_id not in heard
    tickets = {one["fields"]["labels"][1]: one for one in world.jira.issues.values()}
    assert tickets[f"handraise-{calm.task_id}"]["status"] == "To Do"
    closed = tickets[f"handraise-{task.task_id}"]
    assert closed["status"] == "Done"
    assert "cannot_complete: Nobody can" in json.dumps(closed["comments"])


async def test_figures_alarms_and_history_are_there_for_those_who_may(scene: Scene) -> None:
    task = await scene.desk.create(
        "compliance_review", "cyberdyne", media_buy_id="m", sla=timedelta(seconds=1)
    )

    async def is_overdue() -> bool:
        await scene.platform.look_round()
        alarms = (await scene.http.get("/alerts")).json()
        return any(
            one["alert"] == "task_overdue" and one["task_id"] == task.task_id for one in alarms
        )

    await eventually(is_overdue)
    report = (await scene.http.get("/report")).json()
    assert report["overdue"]["compliance_review"] >= 1
    assert report["tasks"]["permission_exception"]["completed"] >= 1
    assert report["mean_resolution_seconds"]["permission_exception"] > 0
    assert 0 < report["escalation_rate"] < 1
    metrics = (await scene.http.get("/metrics", headers={"Authorization": ""})).text
    assert 'ad_tasks_tasks{status="completed",type="permission_exception"}' in metrics
    assert 'ad_tasks_overdue{type="compliance_review"}' in metrics
    stranger = await scene.http.get("/tasks", headers={"Authorization": "Bearer hr_x_y"})
    assert stranger.status_code == 401
    history = (await scene.http.get(f"/tasks/{task.task_id}/history")).json()
    assert history[0]["event"] == "Requested"
    listed = (await scene.http.get("/tasks", params={"status": "pending"})).json()
    assert task.task_id in [one["task_id"] for one in listed]


async def test_a_task_that_nobody_answers_is_escalated_then_fails_and_can_be_put_anew(
    scene: Scene, tmp_path: Path
) -> None:
    definition = yaml.safe_load((KINDS / "creative_approval.yaml").read_text(encoding="utf-8"))
    definition |= {
        "deadline": {"after": "5s", "then": "fail"},
        "reminders": [],
        "ladder": [{"name": "lead", "after": "1s", "candidates": {"roles": ["lead"]}}],
    }
    hasty = tmp_path / "creative_approval.yaml"
    hasty.write_text(yaml.safe_dump(definition), encoding="utf-8")
    async with Household(scene.found) as house:
        await house.kind(hasty)
    waiting = await scene.post("/creatives", **creative_of("forgotten", "homepage_takeover"))

    async def status() -> str:
        return (await scene.desk.get(waiting["task_id"])).status

    async def becomes(wanted: str) -> bool:
        return await status() == wanted

    await eventually(lambda: becomes("escalated"))
    failed = await scene.becomes("/creatives/forgotten", approval_status="review_failed")
    assert "nobody resolved it in time" in failed["detail"]
    await eventually(lambda: becomes("failed"))
    again = await scene.post("/creatives/forgotten/evaluate")
    assert again["approval_status"] == "pending_review"
    assert again["task_id"] != waiting["task_id"]
