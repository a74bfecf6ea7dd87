"""The story at the terminal: what machines may not decide waits for people, and then goes on."""

import uuid
from datetime import timedelta
from typing import Any, Final

import httpx
from rich.table import Table

from examples.ad_tasks.asking import question_of
from examples.ad_tasks.serving import Running
from examples.ad_tasks.staff import COMPLIANCE, CREATIVE, LEAD, OPERATIONS, TECHNICAL
from examples.ad_tasks.stand_ins.ad_server import NETWORK, ROBOT, TRAFFICKER
from examples.ad_tasks.tasks import HumanTask
from examples.ad_tasks.telling import PATIENCE_SECONDS, Choice, Teller
from examples.common.screen import Screen

_UNANSWERED: Final = timedelta(seconds=4)


class Story(Teller):
    """Plays it. `unattended` takes the first choice everywhere."""

    def __init__(self, here: Running, screen: Screen, *, unattended: bool) -> None:
        super().__init__(here, screen, unattended=unattended)
        self._run = uuid.uuid4().hex[:6]
        self._principal = f"brand-{self._run}"
        self._http = httpx.AsyncClient(
            base_url=here.url,
            headers={"Authorization": f"Bearer {here.staff.key.bearer}"},
            timeout=PATIENCE_SECONDS,
            trust_env=False,
        )

    async def play(self) -> None:
        """All of it."""
        async with self._http:
            await self._creatives()
            await self._configuration()
            await self._permission()
            await self._compliance()
            await self._unanswered()
            await self._outside()
            await self._figures()
        self._screen.end("Every task has ended, and so has all that waited for it.")

    async def _creatives(self) -> None:
        self._screen.step("Creatives: a known format is approved by itself, another is not")
        banner = await self._upload("banner", "display_300x250")
        self._screen.say(f"display_300x250: {banner['approval_status']}")
        takeover = await self._upload("takeover", "homepage_takeover")
        self._screen.say(f"homepage_takeover: {takeover['approval_status']}. {takeover['detail']}")
        task = await self._show(takeover["task_id"])
        desk = self._here.platform.desk
        await self._choose(
            task,
            Choice(
                "a", "approve", lambda: desk.complete(task.task_id, "approved", "Fine", CREATIVE)
            ),
            Choice(
                "r",
                "reject",
                lambda: desk.complete(task.task_id, "rejected", "The logo is blurred", CREATIVE),
            ),
        )
        path = f"/creatives/{takeover['creative_id']}"
        ended = await self._left(path, "approval_status", "pending_review")
        self._screen.say(f"the creative is {ended['approval_status']}: {ended['detail']}")

    async def _configuration(self) -> None:
        self._screen.step("A media buy: its ad server is not configured yet")
        bought = await self._order("spring", {"geo": ["DE", "FR"], "minimum_age": 21})
        self._screen.say(f"{bought['status']}. {bought['detail']}")
        task = await self._show(bought["task_id"])
        configs, desk = self._here.platform.work.tools.configs, self._here.platform.desk

        async def set_up() -> None:
            tess = self._here.staff.people[TECHNICAL]
            await configs.put_secret("google_ad_manager", self._principal, "api_token", ROBOT, tess)
            data = {"network_code": NETWORK}
            await desk.complete(task.task_id, "completed", "Set", TECHNICAL, data=data)

        await self._choose(task, Choice("s", "set network and token, try again", set_up))

    async def _permission(self) -> None:
        self._screen.step("It was tried again by itself, and the ad server says no")
        buy = f"/media-buys/spring-{self._run}"
        task = await self._next_task("permission_exception")
        shown = (await self._http.get(f"/adapters/google_ad_manager/{self._principal}")).json()
        self._screen.say(f"what anybody can read of the adapter: {shown}")
        await self._show(task.task_id)
        desk, world = self._here.platform.desk, self._here.world
        assert world is not None, "the story is played in the local world"

        async def grant() -> None:
            world.ad_server.grant(ROBOT, "create")
            await desk.complete(task.task_id, "approved", "Granted", OPERATIONS)

        async def by_hand() -> None:
            item = await self._make_by_hand()
            data = {"line_item_id": item}
            await desk.complete(task.task_id, "completed", "By hand", OPERATIONS, data=data)

        await self._choose(
            task,
            Choice("g", "grant the permission, try again", grant),
            Choice("h", "do it by hand", by_hand),
        )
        ended = await self._left(buy, "status", "pending_manual")
        self._screen.say(f"{ended['status']}, line item {ended['line_item_id']}: {ended['detail']}")

    async def _compliance(self) -> None:
        self._screen.step("Targeting that compliance must see, and may change")
        targeting = {"geo": ["DE"], "health_condition": ["diabetes"], "minimum_age": 21}
        bought = await self._order("summer", targeting)
        self._screen.say(f"{bought['status']}. {bought['detail']}")
        task = await self._show(bought["task_id"])
        desk = self._here.platform.desk
        modified = {"content": {"geo": ["DE"], "minimum_age": 21}}
        said = "Without health conditions"
        await self._choose(
            task,
            Choice(
                "m",
                "approve without the health condition",
                lambda: desk.complete(task.task_id, "approved", said, COMPLIANCE, edited=modified),
            ),
            Choice(
                "r",
                "reject",
                lambda: desk.complete(task.task_id, "rejected", "Not this one", COMPLIANCE),
            ),
        )
        ended = await self._left(f"/media-buys/summer-{self._run}", "status", "pending_review")
        self._screen.say(f"{ended['status']}, targeting {ended['targeting']}")

    async def _unanswered(self) -> None:
        self._screen.step("A task that nobody answers is escalated, and fails; nothing is stuck")
        desk, hand = self._here.platform.desk, self._here.platform.hand
        wanted = {
            "priority": "low",
            "creative_id": f"forgotten-{self._run}",
            "timeout": _UNANSWERED,
        }
        question = question_of("creative_approval", self._principal, wanted)
        task_id = (await hand.request(**question)).id
        lead = hand.acting_for(self._here.staff.people[LEAD])
        await lead.escalate(task_id, "Nobody has looked at it")
        self._screen.say(f"{(await desk.get(task_id)).status}")
        ended = await self._until(lambda: self._closed(task_id), "the deadline")
        self._screen.say(f"{ended.status}, resolution {ended.resolution}")
        for entry in await hand.history(task_id):
            self._screen.say(f"  {entry.at:%H:%M:%S} {entry.event}")

    async def _outside(self) -> None:
        self._screen.step("What others were told: the webhook, alarms, and tickets in Jira")

        async def told() -> bool | None:
            return await self._here.platform.has_told_all() or None

        await self._until(told, "everybody to be told")
        world = self._here.world
        assert world is not None, "the story is played in the local world"
        for body in world.hook.came.values():
            self._screen.say(f"webhook {body}")
        for alert in (await self._http.get("/alerts")).json():
            self._screen.say(f"alert   {alert['alert']}: {alert.get('detail')}")
        for key, issue in world.jira.issues.items():
            self._screen.say(f"{key} {issue['status']}: {issue['fields']['summary']}")

    async def _figures(self) -> None:
        self._screen.step("How the queue does")
        told = (await self._http.get("/report")).json()
        table = Table("type", "status", "tasks", "mean time to resolve")
        for task_type, counts in told["tasks"].items():
            mean = told["mean_resolution_seconds"].get(task_type)
            for status, count in counts.items():
                shown = f"{mean:.1f} s" if mean is not None and status == "completed" else ""
                table.add_row(task_type, status, str(count), shown)
        self._screen.show(table)
        self._screen.say(
            f"escalation rate {told['escalation_rate']:.2f}, overdue {told['overdue']}"
        )

    async def _upload(self, name: str, format_id: str) -> dict[str, Any]:
        body = {
            "creative_id": f"{name}-{self._run}",
            "principal_id": self._principal,
            "format_id": format_id,
            "content": {
                "headline": "Chairs for everybody",
                "landing_page": "https://brand.example",
            },
        }
        return (await self._http.post("/creatives", json=body)).raise_for_status().json()

    async def _order(self, name: str, targeting: dict[str, Any]) -> dict[str, Any]:
        body = {
            "media_buy_id": f"{name}-{self._run}",
            "principal_id": self._principal,
            "name": f"{name.capitalize()} campaign",
            "budget_cents": 500_000,
            "targeting": targeting,
        }
        return (await self._http.post("/media-buys", json=body)).raise_for_status().json()

    async def _make_by_hand(self) -> str:
        url = f"/ad-server/v1/networks/{NETWORK}/lineItems"
        body = {"externalId": f"spring-{self._run}", "displayName": "Made by hand"}
        headers = {"Authorization": f"Bearer {TRAFFICKER}"}
        return (await self._http.post(url, json=body, headers=headers)).json()["id"]

    async def _next_task(self, task_type: str) -> HumanTask:
        async def look() -> HumanTask | None:
            found = await self._here.platform.desk.pending(
                task_type=task_type, principal_id=self._principal
            )
            return found[0] if found else None

        return await self._until(look, f"a {task_type}")

    async def _left(self, path: str, name: str, value: str) -> dict[str, Any]:
        """What is at a path once it is something else."""

        async def look() -> dict[str, Any] | None:
            found = (await self._http.get(path)).json()
            return None if found[name] == value else found

        return await self._until(look, f"{path} to go on")
