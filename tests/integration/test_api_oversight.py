"""Proof of oversight, groups of alike requests, standing rules and the export, on real servers."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio

from api.rest.documents.problems import ProblemDocument
from api.rest.documents.requests import ListDocument, RequestDocument
from api.rest.documents.standing_rules import (
    GroupsDocument,
    StandingRuleDocument,
    StandingRulesDocument,
)
from api.rest.documents.trail import ExportedDocument
from kernel.asking import open_for
from kernel.directory.principals import Ability, Auth, Role
from kernel.ids import new_id
from kernel.opening import parse_question
from tests.support.eventually import eventually
from tests.support.front_door import Desk, House

pytestmark = pytest.mark.asyncio(loop_scope="module")
RULES = "/api/v1/standing-rules"
LOOK = {"parts": ["diff"], "in_view_seconds": 5}
KIND: dict[str, Any] = {
    "kind": "tool_use",
    "title": "Use of a tool",
    "decisions": [
        {"name": "approve", "means": "approve"},
        {"name": "reject", "means": "reject", "needs_comment": True},
    ],
    "facets": [{"name": "tool", "pointer": "/tool", "type": "string"}],
    "deadline": {"after": "4h"},
}
PUSH = {"tool": "git push", "arguments": {"branch": "main", "force": False}, "ticket": 1}


@pytest_asyncio.fixture(loop_scope="module")
async def desk(house: House) -> AsyncIterator[Desk]:
    async with Desk.open(house) as made:
        kinds = house.door.directory.kinds
        await kinds.put(made.tenant, "tool_use", KIND, "ada")
        looked_at = {**KIND, "kind": "looked_at", "oversight": LOOK}
        await kinds.put(made.tenant, "looked_at", looked_at, "ada")
        payout = {**KIND, "kind": "payout", "personal_fields": ["/iban"]}
        await kinds.put(made.tenant, "payout", payout, "ada")
        yield made


async def ask(desk: Desk, **over: Any) -> dict[str, Any]:
    body = {"type": "tool_use", "title": "Push for ticket 1", "context": PUSH, **over}
    opened = await desk.agent.post("/api/v1/requests", json=body)
    assert opened.status_code == 201, opened.text
    return opened.json()


async def answer(client: httpx.AsyncClient, request_id: str, **body: Any) -> httpx.Response:
    path = f"/api/v1/requests/{request_id}/respond"
    return await client.post(path, json={"decision": "approve", **body})


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


async def rule_from(desk: Desk, request_id: str, **over: Any) -> dict[str, Any]:
    body = {"pointers": ["/tool", "/arguments"], "valid_until": in_days(3), **over}
    made = await desk.lee.post(f"/api/v1/requests/{request_id}/standing-rule", json=body)
    assert made.status_code == 201, made.text
    StandingRuleDocument.model_validate(made.json())
    return made.json()


async def shown(desk: Desk, request_id: str, version: int = 1) -> dict[str, Any]:
    """The request once the view has this version, however busy the machine is."""

    async def look() -> dict[str, Any] | None:
        path, query = f"/api/v1/requests/{request_id}", {"min_version": version}
        found = await desk.agent.get(path, params=query)
        return found.json() if found.status_code == 200 else None

    found = await eventually(look)
    assert found is not None
    return found


async def decided(desk: Desk, **over: Any) -> dict[str, Any]:
    """A request that Kim has approved."""
    opened = await ask(desk, **over)
    given = await answer(desk.kim, opened["id"], comment="Fine.")
    assert given.status_code == 200, given.text
    await shown(desk, opened["id"], given.json()["version"])
    return opened


async def history(desk: Desk, request_id: str) -> list[dict[str, Any]]:
    async def look() -> list[dict[str, Any]]:
        told = await desk.agent.get(f"/api/v1/requests/{request_id}/history")
        return told.json()["items"] if told.status_code == 200 else []

    return await eventually(look)


async def used_by(desk: Desk, rule: dict[str, Any], **uses: int) -> None:
    """The log tells these uses of a rule."""

    async def told() -> bool:
        found = (await desk.lee.get(f"{RULES}/{rule['id']}")).json()["uses"]
        return found | uses == found

    await eventually(told)


async def test_an_answer_keeps_what_was_seen_and_says_that_it_is_a_claim(desk: Desk) -> None:
    opened = await ask(desk)
    seen = {"rendered": "ab" * 32, "revision": 1, "opened": ["diff", "diff"], "in_view_seconds": 9}
    given = await answer(desk.kim, opened["id"], seen=seen)
    assert given.status_code == 200, given.text
    found = await shown(desk, opened["id"], given.json()["version"])
    RequestDocument.model_validate(found)
    kept = found["response"]["seen"]
    assert kept == {
        **seen,
        "opened": ["diff"],
        "proven": False,
        "content_hash": None,
        "shown_at": None,
    }
    told = [one for one in await history(desk, opened["id"]) if one["event"] == "Received"]
    assert told[0]["data"]["response"]["seen"] == kept
    assert told[0]["actor"]["channel"] == "api"


async def test_what_was_seen_of_another_revision_answers_nothing(desk: Desk) -> None:
    opened = await ask(desk)
    stale = await answer(desk.kim, opened["id"], seen={"revision": 2})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_revision")


@pytest.mark.parametrize(
    "seen",
    [
        {"in_view_seconds": -1},
        {"in_view_seconds": 10**9},
        {"opened": ["<b>"]},
        {"opened": ["diff"] * 101},
        {"rendered": "short"},
        {"proven": True},
    ],
)
async def test_a_claim_that_makes_no_sense_is_refused(desk: Desk, seen: dict[str, Any]) -> None:
    refused = await answer(desk.kim, new_id(), seen=seen)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")


async def test_a_kind_that_wants_a_look_is_told_what_is_still_to_see(desk: Desk) -> None:
    opened = await ask(desk, type="looked_at")
    blind = await answer(desk.kim, opened["id"])
    ProblemDocument.model_validate(blind.json())
    assert (blind.status_code, blind.json()["code"]) == (409, "not_seen")
    assert blind.json()["to_see"] == {"parts": ["diff"], "in_view_seconds": 5}
    half = await answer(desk.kim, opened["id"], seen={"opened": ["diff"], "in_view_seconds": 3})
    assert half.json()["to_see"] == {"parts": [], "in_view_seconds": 2}
    items = [{"id": opened["id"], "revision": 1}]
    body: dict[str, Any] = {"decision": "approve"}
    bulk: dict[str, Any] = {"action": "respond", "body": body, "items": items}
    together = await desk.kim.post("/api/v1/requests/bulk", json=bulk)
    assert together.json()["items"][0]["problem"]["code"] == "not_seen"
    body["seen"] = {"opened": ["diff"]}
    for_all = await desk.kim.post("/api/v1/requests/bulk", json=bulk)
    assert (for_all.status_code, for_all.json()["errors"][0]["pointer"]) == (422, "/body/seen")
    whole = await answer(desk.kim, opened["id"], seen={"opened": ["diff"], "in_view_seconds": 5})
    assert whole.status_code == 200


async def test_alike_requests_are_grouped_and_decided_each_by_itself(desk: Desk) -> None:
    opened = [
        await ask(desk, title=f"Push for ticket {n}", context={**PUSH, "ticket": n})
        for n in range(3)
    ]
    other = await ask(desk, context={**PUSH, "tool": "rm"})
    for one in (*opened, other):
        await shown(desk, one["id"])
    told = await desk.kim.get("/api/v1/groups")
    GroupsDocument.model_validate(told.json())
    (group,) = told.json()["items"]
    assert (group["count"], group["oldest"]["id"]) == (3, opened[0]["id"])
    assert group["alike"]["title"] == "push for ticket #"
    assert group["alike"]["operation"] == "git push"
    every = await desk.kim.get("/api/v1/groups", params={"at_least": 1})
    assert [one["count"] for one in every.json()["items"]] == [3, 1]
    first = await desk.kim.get("/api/v1/groups", params={"at_least": 1, "limit": 1})
    rest = {"at_least": 1, "limit": 1, "cursor": first.json()["next_cursor"]}
    second = await desk.kim.get("/api/v1/groups", params=rest)
    assert [one["group"] for one in second.json()["items"]] == [every.json()["items"][1]["group"]]
    query = {"open": "true", "group": group["group"], "sort": "created_at"}
    listed = await desk.kim.get("/api/v1/requests", params=query)
    ListDocument.model_validate(listed.json())
    assert [one["id"] for one in listed.json()["items"]] == [one["id"] for one in opened]
    items = [
        {name: one[name] for name in ("id", "revision", "content_hash")}
        for one in listed.json()["items"]
    ]
    items[1]["content_hash"] = "0" * 64
    body = {"action": "respond", "body": {"decision": "approve"}, "items": items}
    done = await desk.kim.post("/api/v1/requests/bulk", json=body)
    outcomes = [one["status"] for one in done.json()["items"]]
    assert outcomes == [200, 409, 200]
    assert done.json()["items"][1]["problem"]["code"] == "stale_revision"
    left = await shown(desk, opened[1]["id"])
    assert left["state"] in ("pending", "notified")


async def test_a_rule_made_from_an_answer_decides_the_same_again_and_nothing_else(
    desk: Desk,
) -> None:
    rule = await rule_from(desk, (await decided(desk))["id"])
    assert (rule["decision"], rule["comment"], rule["uses"]["decided"]) == ("approve", "Fine.", 0)
    again = await ask(desk, title="Push for ticket 2", context={**PUSH, "ticket": 2})
    assert again["state"] == "completed"
    found = await shown(desk, again["id"], again["version"])
    used = {"rule": rule["id"], "rule_version": 1, "maker": desk.people["lee"].id}
    assert found["response"]["rule"] == used
    assert found["response"]["responder_id"] == f"rule:{rule['id']}"
    told = await history(desk, again["id"])
    assert [one["event"] for one in told][:2] == ["Requested", "Received"]
    assert told[0]["data"]["auto_decision"]["rule"] == rule["id"]
    assert told[1]["actor"]["kind"] == "policy"
    for other in (
        {"context": {**PUSH, "arguments": {"branch": "main", "force": True}}},
        {"context": {"tool": "git push"}},
        {"type": "approval"},
        {"principal_id": "acme"},
    ):
        assert (await ask(desk, **other))["state"] == "pending", other
    async with desk.house.client(await desk.house.key(desk.tenant, "agents.other")) as stranger:
        body = {"type": "tool_use", "title": "Push", "context": PUSH}
        assert (await stranger.post("/api/v1/requests", json=body)).json()["state"] == "pending"
    listed = await desk.kim.get(RULES)
    StandingRulesDocument.model_validate(listed.json())
    assert [one["id"] for one in listed.json()["items"]] == [rule["id"]]
    await used_by(desk, rule, decided=1, in_shadow=0)


async def test_a_revoked_rule_decides_nothing_any_more(desk: Desk) -> None:
    rule = await rule_from(desk, (await decided(desk))["id"])
    assert (await ask(desk))["state"] == "completed"
    assert (await desk.kim.post(f"{RULES}/{rule['id']}/revoke", json={})).status_code == 403
    ended = await desk.lee.post(f"{RULES}/{rule['id']}/revoke", json={})
    assert (ended.status_code, ended.json()["valid"]) == (200, False)
    assert ended.json()["revoked_by"] == desk.people["lee"].id
    assert (await ask(desk))["state"] == "pending"
    assert (await desk.lee.get(RULES)).json()["items"] == []
    assert len((await desk.lee.get(RULES, params={"valid": "false"})).json()["items"]) == 1
    gone = await desk.lee.post(f"{RULES}/{rule['id']}/mode", json={"mode": "shadow"})
    assert gone.status_code == 404


async def test_a_rule_is_used_no_more_often_than_it_may_be_whoever_asks_at_once(
    desk: Desk,
) -> None:
    rule = await rule_from(desk, (await decided(desk))["id"], max_uses=3)
    opened = await asyncio.gather(*(ask(desk) for _ in range(8)))
    assert sorted(one["state"] for one in opened) == ["completed"] * 3 + ["pending"] * 5
    await used_by(desk, rule, decided=3, in_shadow=0)


async def test_a_rule_in_shadow_only_tells_and_is_then_let_decide(desk: Desk) -> None:
    rule = await rule_from(desk, (await decided(desk))["id"], mode="shadow")
    watched = await ask(desk)
    assert watched["state"] == "pending"
    await shown(desk, watched["id"])
    told = await history(desk, watched["id"])
    assert [one["event"] for one in told] == ["Requested"]
    assert told[0]["data"]["auto_decision"] | {"until": None, "comment": None} == {
        "rule": rule["id"],
        "rule_version": 1,
        "decision": "approve",
        "comment": None,
        "maker": desk.people["lee"].id,
        "shadow": True,
        "until": None,
    }
    await used_by(desk, rule, decided=0, in_shadow=1)
    live = await desk.lee.post(f"{RULES}/{rule['id']}/mode", json={"mode": "live"})
    assert (live.status_code, live.json()["version"]) == (200, 2)
    assert (await ask(desk))["state"] == "completed"


async def test_only_who_may_decide_makes_rules_and_nobody_for_what_they_ask(desk: Desk) -> None:
    body = {
        "type": "tool_use",
        "requester": "agents.review",
        "matches": [{"pointer": "/tool", "value": "git push"}],
        "decision": "approve",
        "valid_until": in_days(1),
    }
    assert (await desk.agent.post(RULES, json=body)).status_code == 403
    assert (await desk.kim.post(RULES, json=body)).status_code == 403
    open_to_all = {**KIND, "standing_rules": "reviewers"}
    await desk.house.door.directory.kinds.put(desk.tenant, "tool_use", open_to_all, "ada")
    assert (await desk.kim.post(RULES, json=body)).status_code == 201
    own = await desk.lee.post(RULES, json={**body, "requester": desk.people["lee"].id})
    assert own.json()["errors"][0]["pointer"] == "/made_by"
    links, lee = desk.house.door.directory.links, desk.people["lee"].id
    await links.create(tenant=desk.tenant, owner="agents.review", person=lee)
    linked = await desk.lee.post(RULES, json=body)
    assert linked.json()["errors"][0]["pointer"] == "/made_by"
    acting = await desk.house.key(desk.tenant, abilities=(Ability.ACT_FOR,))
    async with desk.house.client(acting, **{"Handraise-Act-For": lee}) as client:
        assert (await client.post(RULES, json=body)).status_code == 403


@pytest.mark.parametrize(
    ("over", "pointer"),
    [
        ({"valid_until": in_days(91)}, "/valid_until"),
        ({"valid_until": in_days(-1)}, "/valid_until"),
        ({"decision": "burn"}, "/decision"),
        ({"decision": "reject"}, "/comment"),
        ({"type": "nothing"}, "/type"),
        ({"type": "looked_at"}, "/type"),
        ({"matches": []}, "/matches"),
        ({"matches": [{"pointer": "tool", "value": 1}]}, "/matches/0/pointer"),
        ({"matches": [{"pointer": "/a", "value": 1}] * 2}, "/matches"),
        ({"matches": [{"pointer": "/a", "value": "x" * 40_000}]}, "/matches"),
        ({"max_uses": 0}, "/max_uses"),
    ],
)
async def test_a_rule_that_makes_no_sense_is_refused(
    desk: Desk, over: dict[str, Any], pointer: str
) -> None:
    body = {
        "type": "tool_use",
        "requester": "agents.review",
        "matches": [{"pointer": "/tool", "value": "git push"}],
        "decision": "approve",
        "valid_until": in_days(1),
    }
    refused = await desk.lee.post(RULES, json=body | over)
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_a_rule_repeats_a_persons_answer_only(desk: Desk) -> None:
    body = {"pointers": ["/tool"], "valid_until": in_days(1)}
    waiting = await ask(desk)
    path = f"/api/v1/requests/{waiting['id']}/standing-rule"
    assert (await desk.lee.post(path, json=body)).status_code == 422
    answered = await decided(desk)
    path = f"/api/v1/requests/{answered['id']}/standing-rule"
    nowhere = await desk.lee.post(path, json={**body, "pointers": ["/tool", "/nothing"]})
    assert nowhere.json()["errors"][0]["pointer"] == "/pointers/1"
    async with Desk.open(desk.house) as other:
        assert (await other.lee.post(path, json=body)).status_code == 404
        rule = await rule_from(desk, answered["id"])
        assert (await other.lee.get(f"{RULES}/{rule['id']}")).status_code == 404
        assert (await other.lee.get(RULES)).json()["items"] == []


async def test_a_rule_decides_what_comes_straight_through_kafka_too(desk: Desk) -> None:
    rule = await rule_from(desk, (await decided(desk))["id"])
    directory = desk.house.door.directory
    issued = await directory.keys.create(
        tenant=desk.tenant, owner="agents.review", abilities=(Ability.ASK,)
    )
    question = parse_question(orjson.dumps({"type": "tool_use", "title": "Push", "context": PUSH}))
    body = await open_for(directory, issued.key.principal(Auth.HMAC), question, new_id())
    assert body.auto_decision is not None
    assert (body.auto_decision.rule, body.auto_decision.maker) == (rule["id"], rule["made_by"])


async def test_who_is_gone_or_leads_no_more_decides_nothing_beforehand(
    desk: Desk, house: House
) -> None:
    people = house.door.directory.people
    await rule_from(desk, (await decided(desk))["id"])
    await people.change(desk.tenant, desk.people["lee"].id, roles=(Role.REVIEWER,))
    assert (await ask(desk))["state"] == "pending"


async def test_the_history_is_carried_away_and_gone_on_with_where_it_broke_off(
    desk: Desk, house: House
) -> None:
    opened = await decided(desk)
    ana = await house.person(desk.tenant, "ana", (Role.ANALYST,))
    assert (await desk.kim.get("/api/v1/export")).status_code == 403
    assert (await desk.agent.get("/api/v1/export")).status_code == 403
    async with house.client(house.token(ana)) as client:

        async def lines(**query: Any) -> list[dict[str, Any]]:
            told = await client.get("/api/v1/export", params=query)
            assert told.status_code == 200, told.text
            assert told.headers["content-type"].startswith("application/x-ndjson")
            return [orjson.loads(line) for line in told.text.splitlines()]

        *whole, end = await lines(request_id=opened["id"])
        for line in whole:
            ExportedDocument.model_validate(line)
        events = [line["event"] for line in whole]
        assert (events[0], end["next_cursor"]) == ("Requested", None)
        assert "Received" in events
        assert whole[-1]["log"]["request_previous"] in {one["log"]["entry_hash"] for one in whole}
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        for _ in range(len(whole) + 1):
            *some, last = await lines(request_id=opened["id"], limit=1, **cursor)
            found += some
            cursor = {"cursor": last["next_cursor"] or ""}
        assert last["next_cursor"] is None
        assert found == whole
        past = await lines(**{"from": in_days(-2), "to": in_days(-1)})
        assert [line["next_cursor"] for line in past] == [None]
        for wrong in ({"cursor": "1~2"}, {"from": in_days(0), "to": in_days(-1)}, {"to": "today"}):
            assert (await client.get("/api/v1/export", params=wrong)).status_code == 422
    async with Desk.open(house) as other:
        eve = await house.person(other.tenant, "eve", (Role.ADMIN,))
        async with house.client(house.token(eve)) as client:
            query = {"request_id": opened["id"]}
            assert (await client.get("/api/v1/export", params=query)).status_code == 404
            all_time = {"from": "2020-01-01T00:00:00Z"}
            everything = await client.get("/api/v1/export", params=all_time)
            assert opened["id"] not in everything.text


async def test_personal_fields_are_for_those_whom_the_request_concerns(desk: Desk) -> None:
    context = {"tool": "pay", "iban": "DE02 1203 0000"}
    opened = await decided(desk, type="payout", title="Pay DE02 1203 0000", context=context)
    path = f"/api/v1/requests/{opened['id']}"
    house, tenant = desk.house, desk.tenant
    other = await house.key(tenant, "agents.other", (Ability.READ,))
    watcher = await house.person(tenant, "ann", (Role.ANALYST,))
    elsewhere = await house.person(tenant, "max", ("reviewer:code_review",))
    strangers = [other, house.token(watcher), house.token(elsewhere)]
    for party in (desk.agent, desk.kim, desk.lou, desk.lee):
        assert (await party.get(path)).json()["context"] == context
        assert "DE02 1203 0000" in (await party.get(f"{path}/history")).text
    for credential in strangers:
        async with house.client(credential) as client:
            for part in (path, f"{path}/wait?timeout_seconds=0"):
                seen = (await client.get(part)).json()
                assert seen["context"] == {"tool": "pay", "iban": "•••"}
                assert seen["title"] == "Pay •••"
            assert "DE02 1203 0000" not in (await client.get(f"{path}/history")).text
    async with house.client(house.token(watcher)) as client:
        told = await client.get("/api/v1/export", params={"request_id": opened["id"]})
        assert opened["id"] in told.text
        assert "DE02 1203 0000" not in told.text
