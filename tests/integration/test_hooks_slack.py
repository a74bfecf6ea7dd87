"""Answering from Slack: claim, modal, decision, and every call that must not count."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
import pytest_asyncio

from api.hooks import slack_hook
from kernel.clock import utc_now
from kernel.directory.slack_people import SlackUser
from kernel.directory.slack_workspaces import Workspace
from kernel.ids import new_id
from kernel.outbound.delivery import Delivery, Verdict
from services.notifier_svc.message import Choice, Message, written_message
from services.notifier_svc.slack.carrier import SlackCarrier
from tests.support.front_door import Desk, House, front_door
from tests.support.lagging import held_up
from tests.support.slack import (
    SIGNING_SECRET,
    TEAM,
    TOKEN,
    SlackStandIn,
    signed,
    slack_stand_in,
)
from tests.support.slack import Message as Posted
from tests.unit.hooks.messages import message

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOOK = "/hooks/slack/interactions"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slack() -> AsyncIterator[SlackStandIn]:
    async with slack_stand_in() as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    kafka: str, module_database: str, module_topic_prefix: str, slack: SlackStandIn
) -> AsyncIterator[House]:
    url = f"{slack.url}/api"
    async with front_door(kafka, module_database, module_topic_prefix, slack_api_url=url) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def desk(house: House, slack: SlackStandIn) -> AsyncIterator[Desk]:
    async with Desk.open(house) as made:
        slack.users.clear()
        slack.told.clear()
        slack.user(kim(made), made.people["kim"].email)
        slack.user(lou(made), made.people["lou"].email)
        await connect(made)
        yield made


def kim(desk: Desk) -> str:
    """Kim's user id in Slack."""
    return f"UKIM{desk.tenant.upper()}"


def lou(desk: Desk) -> str:
    return f"ULOU{desk.tenant.upper()}"


async def connect(desk: Desk, **over: Any) -> None:
    workspace = Workspace(
        tenant=desk.tenant,
        team_id=TEAM,
        team_name="Hands",
        bot_user_id="U0BOT",
        bot_token=TOKEN,
        signing_secret=SIGNING_SECRET,
    )
    await desk.house.door.directory.slack_workspaces.put(replace(workspace, **over), "ada")


def delivery(desk: Desk, said: Message, target: str = "C0REVIEW") -> Delivery:
    return Delivery(
        id=new_id(),
        service="notifier_svc",
        tenant=desk.tenant,
        request_id=said.request_id,
        event_id=new_id(),
        event="requested",
        channel="slack",
        target=target,
        lane="slack",
        payload=written_message(said),
    )


async def posted(desk: Desk, slack: SlackStandIn, opened: dict[str, Any], **over: Any) -> Posted:
    """The message of a request, as the notifier's carrier brings it once the view has it."""
    await desk.read(opened["id"])
    door = desk.house.door
    carrier = SlackCarrier(door.slack.client, door.directory.slack_workspaces)
    said = message(request_id=opened["id"], title="Drop the table?", **over)
    result = await carrier.carry(delivery(desk, said))
    assert result.verdict is Verdict.DELIVERED, result.error
    channel, _, ts = (result.provider_id or "").partition(":")
    return slack.messages[channel, ts]


async def send(desk: Desk, payload: dict[str, Any], *, age_seconds: int = 0) -> httpx.Response:
    """Posts a payload as Slack does; what we do behind the acknowledgement is done then."""
    body, headers = signed(payload, at=utc_now().timestamp() - age_seconds)
    async with desk.house.client() as client:
        return await client.post(HOOK, content=body, headers=headers)


async def test_a_request_is_claimed_and_decided_in_slack_and_the_second_is_told_who_was_first(
    desk: Desk, slack: SlackStandIn
) -> None:
    opened = await desk.ask()
    shown = await posted(desk, slack, opened)

    assert (await send(desk, slack.pressed(shown, "claim", kim(desk)))).status_code == 200
    found = await desk.read(opened["id"], min_version=2)
    assert found["assigned_to"]["person"] == desk.people["kim"].id
    assert "*Kim* has taken this." in shown.words
    assert shown.actions == ["decide:0", "decide:1", "open"]

    await send(desk, slack.pressed(shown, "decide:0", kim(desk)))
    view = slack.views[-1]
    done = await send(desk, slack.submitted(view, kim(desk), "Looks good"))
    assert (done.status_code, done.content) == (200, b"")
    found = await desk.read(opened["id"], min_version=found["version"] + 1)
    assert (found["response"]["decision"], found["response"]["comment"]) == (
        "approve",
        "Looks good",
    )
    assert found["response"]["responder_id"] == desk.people["kim"].id
    assert found["response"]["channel"] == "slack"

    await send(desk, slack.pressed(shown, "decide:1", lou(desk)))
    (told,) = slack.told[lou(desk)]
    assert told["response_type"] == "ephemeral"
    assert told["text"] == "Kim was first: approve."
    assert len(slack.views) == 1


async def test_who_claims_what_another_holds_is_told_who_does(
    desk: Desk, slack: SlackStandIn
) -> None:
    opened = await desk.ask()
    shown = await posted(desk, slack, opened)
    press = slack.pressed(shown, "claim", lou(desk))
    await desk.kim.post(f"/api/v1/requests/{opened['id']}/claim")
    await send(desk, press)
    (told,) = slack.told[lou(desk)]
    assert "Kim holds this request." in told["text"]
    assert shown.changes == 0


async def test_two_modals_race_and_the_second_is_told_in_it_who_was_first(
    desk: Desk, slack: SlackStandIn
) -> None:
    opened = await desk.ask()
    shown = await posted(desk, slack, opened)
    await send(desk, slack.pressed(shown, "decide:0", kim(desk)))
    kims = slack.views[-1]
    await send(desk, slack.pressed(shown, "decide:1", lou(desk)))
    lous = slack.views[-1]
    answers = await asyncio.gather(
        send(desk, slack.submitted(kims, kim(desk))), send(desk, slack.submitted(lous, lou(desk)))
    )
    told = [answer.json() for answer in answers if answer.content]
    assert len(told) == 1
    assert told[0]["response_action"] == "update"
    found = await desk.read(opened["id"], min_version=2)
    winner = next(p.name for p in desk.people.values() if p.id == found["responded_by"])
    assert f"{winner} was first" in str(told[0]["view"])


async def test_a_decision_that_needs_a_comment_asks_for_it_and_takes_it_then(
    desk: Desk, slack: SlackStandIn
) -> None:
    decisions = [
        {"name": "approve", "means": "approve"},
        {"name": "reject", "means": "reject", "needs_comment": True},
    ]
    opened = await desk.ask(decisions=decisions)
    shown = await posted(desk, slack, opened)
    await send(desk, slack.pressed(shown, "decide:1", kim(desk)))
    view = slack.views[-1]
    lacking = await send(desk, slack.submitted(view, kim(desk)))
    assert lacking.json()["response_action"] == "errors"
    assert (await desk.read(opened["id"]))["state"] in {"pending", "notified"}
    taken = await send(desk, slack.submitted(view, kim(desk), "Not before Monday"))
    assert taken.content == b""
    assert (await desk.read(opened["id"], min_version=2))["response"]["decision"] == "reject"


async def test_an_answer_that_takes_longer_than_slack_waits_is_told_of_afterwards(
    desk: Desk, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack_hook, "ANSWER_SECONDS", 0.0)
    opened = await desk.ask()
    shown = await posted(desk, slack, opened)
    views: list[dict[str, Any]] = []
    for action, who in (("decide:0", kim(desk)), ("decide:1", lou(desk))):
        await send(desk, slack.pressed(shown, action, who))
        views.append(slack.views[-1])
    acknowledged = await send(desk, slack.submitted(views[0], kim(desk)))
    assert (acknowledged.status_code, acknowledged.content) == (200, b"")
    assert slack.told[kim(desk)][-1]["text"] == "Your answer was taken."
    await send(desk, slack.submitted(views[1], lou(desk)))
    assert "Kim was first: approve" in slack.told[lou(desk)][-1]["text"]
    assert (await desk.read(opened["id"], min_version=2))["response"]["decision"] == "approve"


async def test_pressing_alone_decides_nothing(desk: Desk, slack: SlackStandIn) -> None:
    opened = await desk.ask()
    shown = await posted(desk, slack, opened)
    before = await desk.read(opened["id"])
    for action in ("decide:0", "decide:1", "open"):
        await send(desk, slack.pressed(shown, action, kim(desk)))
    assert await desk.read(opened["id"]) == before


async def test_a_press_that_came_too_late_for_slack_is_told_to_the_person(
    desk: Desk, slack: SlackStandIn
) -> None:
    shown = await posted(desk, slack, await desk.ask())
    press = slack.pressed(shown, "decide:0", kim(desk))
    slack.expire_triggers()
    await send(desk, press)
    assert "Press the button again" in slack.told[kim(desk)][0]["text"]


async def test_a_question_that_changed_since_is_not_decided_from_the_old_message(
    desk: Desk, slack: SlackStandIn
) -> None:
    opened = await desk.ask()
    shown = await posted(desk, slack, opened, revision=2)
    await send(desk, slack.pressed(shown, "decide:0", kim(desk)))
    assert "has changed" in slack.told[kim(desk)][0]["text"]


async def test_a_message_that_is_newer_than_the_view_is_not_told_that_the_question_has_changed(
    desk: Desk, slack: SlackStandIn
) -> None:
    opened = await desk.ask(type="code_review")
    path = f"/api/v1/requests/{opened['id']}"
    wish = {"decision": "request_changes", "comment": "Add a test"}
    wished = (await desk.kim.post(f"{path}/respond", json=wish)).json()
    await desk.read(opened["id"], min_version=wished["version"])
    shown = await posted(desk, slack, opened, revision=2)
    async with held_up(desk.house.settings.pg_dsn):
        revised = await desk.agent.post(f"{path}/revise", json={"title": "With a test?"})
        assert revised.json()["revision"] == 2, revised.text
        await send(desk, slack.pressed(shown, "decide:0", kim(desk)))
    (told,) = slack.told[kim(desk)]
    assert "Try again in a moment" in told["text"]


async def test_the_same_call_twice_is_one_command(desk: Desk, slack: SlackStandIn) -> None:
    opened = await desk.ask()
    shown = await posted(desk, slack, opened)
    press = slack.pressed(shown, "claim", kim(desk))
    # Signed anew each time, as by another process of Slack's, so that only the ids tell.
    for age_seconds in (10, 20, 30):
        assert (await send(desk, press, age_seconds=age_seconds)).status_code == 200
    await desk.kim.post(f"/api/v1/requests/{opened['id']}/release")
    # The claim of before is repeated, not made once more.
    await send(desk, press, age_seconds=40)
    said = await desk.kim.post(f"/api/v1/requests/{opened['id']}/comment", json={"text": "So"})
    await desk.read(opened["id"], min_version=said.json()["version"])
    history = await desk.agent.get(f"/api/v1/requests/{opened['id']}/history")
    events = [entry["event"] for entry in history.json()["items"]]
    assert events.count("Assigned") == 1


async def test_forged_old_and_replayed_calls_do_nothing(desk: Desk, slack: SlackStandIn) -> None:
    opened = await desk.ask()
    shown = await posted(desk, slack, opened)
    press = slack.pressed(shown, "claim", kim(desk))
    now = utc_now().timestamp()
    forged = signed(press, at=now, secret="0" * 32)
    old, early = signed(press, at=now - 301), signed(press, at=now + 310)
    body, headers = signed(press, at=now)
    altered = (body + b"&x=1", headers)
    bare = (body, {"Content-Type": "application/x-www-form-urlencoded"})
    doubled = (body, [*headers.items(), ("X-Slack-Signature", "v0=0")])
    async with desk.house.client() as client:
        for content, sent in (forged, old, early, altered, bare, doubled):
            refused = await client.post(HOOK, content=content, headers=sent)
            assert refused.status_code == 401, (refused.text, sent)
        assert (await desk.read(opened["id"]))["assigned_to"] is None
        first = await client.post(HOOK, content=body, headers=headers)
        again = await client.post(HOOK, content=body, headers=headers)
        retried = await client.post(
            HOOK, content=body, headers=headers | {"X-Slack-Retry-Num": "1"}
        )
    assert (first.status_code, again.status_code, retried.status_code) == (200, 401, 200)


async def test_a_call_of_another_tenants_app_or_workspace_does_not_count(
    desk: Desk, slack: SlackStandIn, house: House
) -> None:
    opened = await desk.ask()
    shown = await posted(desk, slack, opened)
    async with Desk.open(house) as other:
        await connect(other, signing_secret="f" * 32)
        press = slack.pressed(shown, "claim", kim(desk))
        body, headers = signed(press, at=utc_now().timestamp(), secret="f" * 32)
        async with house.client() as client:
            answer = await client.post(HOOK, content=body, headers=headers)
        assert answer.status_code == 401
    elsewhere = slack.pressed(shown, "claim", kim(desk)) | {"team": {"id": "T0OTHER"}}
    assert (await send(desk, elsewhere)).status_code == 401
    assert (await desk.read(opened["id"]))["assigned_to"] is None


@pytest.mark.parametrize(
    "more",
    [
        {"is_email_confirmed": False},
        {"is_restricted": True},
        {"deleted": True},
        {"is_bot": True},
        {"team_id": "T0OTHER"},
    ],
)
async def test_who_can_not_be_told_for_sure_is_asked_to_sign_in(
    desk: Desk, slack: SlackStandIn, more: dict[str, Any]
) -> None:
    opened = await desk.ask()
    shown = await posted(desk, slack, opened)
    user = slack.user(f"U{new_id()[:8].upper()}", desk.people["kim"].email, **more)
    await send(desk, slack.pressed(shown, "claim", user))
    assert "Sign in and say that this is you" in slack.told[user][0]["text"]
    assert (await desk.read(opened["id"]))["assigned_to"] is None


async def test_a_link_made_on_a_signed_in_page_counts_and_ends_with_the_person(
    desk: Desk, slack: SlackStandIn
) -> None:
    opened = await desk.ask()
    shown = await posted(desk, slack, opened)
    await connect(desk, link_by_email=False)
    await send(desk, slack.pressed(shown, "claim", kim(desk)))
    assert "Sign in and say" in slack.told[kim(desk)][0]["text"]
    directory, person = desk.house.door.directory, desk.people["kim"]
    stranger = slack.user(f"UX{desk.tenant.upper()}", "kim@private.test")
    user = SlackUser(tenant=desk.tenant, team_id=TEAM, user_id=stranger)
    await directory.slack_people.link(user, person.id)
    await send(desk, slack.pressed(shown, "claim", stranger))
    assert (await desk.read(opened["id"], min_version=2))["assigned_to"]["person"] == person.id
    await directory.people.change(desk.tenant, person.id, is_active=False)
    await send(desk, slack.pressed(shown, "decide:0", stranger))
    assert "Sign in and say" in slack.told[stranger][-1]["text"]


async def test_what_takes_a_sign_in_is_not_decided_in_slack(
    desk: Desk, slack: SlackStandIn
) -> None:
    team = desk.people["kim"]
    await desk.house.door.directory.people.change(desk.tenant, team.id, teams=("compliance",))
    opened = await desk.ask(type="compliance_review")
    choices = (Choice(name="approve", label="Approve", means="approve"),)
    shown = await posted(desk, slack, opened, decisions=choices)
    before = len(slack.views)
    await send(desk, slack.pressed(shown, "decide:0", kim(desk)))
    assert "only decided by who is signed in" in slack.told[kim(desk)][0]["text"]
    assert len(slack.views) == before


@pytest.mark.parametrize(
    "body",
    [b"", b"payload=", b"payload={", b"payload=[]", b"x=1", b"\xff", b"payload={}&payload={}"],
)
async def test_what_is_no_call_of_slack_is_refused_as_a_problem(desk: Desk, body: bytes) -> None:
    async with desk.house.client() as client:
        answer = await client.post(HOOK, content=body)
    assert answer.status_code in {400, 401}
    assert answer.json()["code"] in {"bad_request", "unauthenticated"}


async def test_a_huge_call_is_not_read(desk: Desk) -> None:
    async with desk.house.client() as client:
        answer = await client.post(HOOK, content=b"payload=" + b"x" * 70_000)
    assert answer.status_code == 413


async def test_the_carrier_finds_people_by_address_and_posts_to_them(
    desk: Desk, slack: SlackStandIn
) -> None:
    door = desk.house.door
    carrier = SlackCarrier(door.slack.client, door.directory.slack_workspaces)
    slack.calls.clear()
    for _ in range(2):
        found = await carrier.carry(delivery(desk, message(), desk.people["kim"].email))
        assert (found.verdict, found.provider) == (Verdict.DELIVERED, "slack")
        assert (found.provider_id or "").startswith(f"D{kim(desk)[1:]}:")
    assert slack.calls == ["users.lookupByEmail", "chat.postMessage", "chat.postMessage"]
    lost = await carrier.carry(delivery(desk, message(), "nobody@nowhere.test"))
    assert lost.verdict is Verdict.GIVE_UP


@pytest.mark.parametrize(
    ("word", "status", "verdict"),
    [
        ("ratelimited", 429, Verdict.RETRY),
        ("ratelimited", 200, Verdict.RETRY),
        ("internal_error", 200, Verdict.RETRY),
        ("", 503, Verdict.RETRY),
        ("token_revoked", 200, Verdict.GIVE_UP),
        ("channel_not_found", 200, Verdict.GIVE_UP),
        ("a_word_of_tomorrow", 200, Verdict.GIVE_UP),
        ("", 404, Verdict.GIVE_UP),
    ],
)
async def test_what_slack_says_decides_whether_it_is_tried_again(
    desk: Desk, slack: SlackStandIn, word: str, status: int, verdict: Verdict
) -> None:
    door = desk.house.door
    carrier = SlackCarrier(door.slack.client, door.directory.slack_workspaces)
    limited = {"Retry-After": "30"} if status == 429 else {}
    slack.fail("chat.postMessage", {"ok": False, "error": word}, status, **limited)
    result = await carrier.carry(delivery(desk, message()))
    assert (result.verdict, result.retry_after_seconds) == (verdict, 30.0 if limited else None)
    assert result.error


async def test_without_a_workspace_nothing_is_attempted(house: House, slack: SlackStandIn) -> None:
    async with Desk.open(house) as other:
        carrier = SlackCarrier(house.door.slack.client, house.door.directory.slack_workspaces)
        slack.calls.clear()
        result = await carrier.carry(delivery(other, message()))
    assert (result.verdict, result.error) == (Verdict.GIVE_UP, "no Slack workspace is connected")
    assert slack.calls == []
