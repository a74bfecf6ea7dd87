"""What the ad platform flags, hides, tells and counts, and who may see it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag

from examples.ad_tasks.access import Caller, may_configure, may_see
from examples.ad_tasks.config import Tickets, config_from
from examples.ad_tasks.errands import (
    What,
    errands_after,
    failure_errands,
    notification,
    overdue_errands,
)
from examples.ad_tasks.figures import Count, figures_of
from examples.ad_tasks.flags import flags_of_creative, flags_of_targeting
from examples.ad_tasks.masking import masked, masked_in
from examples.ad_tasks.sealing import Seal
from examples.ad_tasks.tasks import HumanTask
from examples.common.trouble import Trouble

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
CONFIG = replace(config_from(environment={}), hitl_webhook_url="http://hook.example")
JIRA = Tickets(system="jira", url="http://jira.example", user="u", token="t", project="OPS")


def task_with(**over: Any) -> HumanTask:
    fields: dict[str, Any] = {
        "task_id": "t-1",
        "task_type": "permission_exception",
        "principal_id": "acme",
        "status": "pending",
        "priority": "high",
        "error_detail": "403",
        "created_at": NOON,
        "updated_at": NOON,
    }
    return HumanTask(**{**fields, **over})


def caller_with(*roles: str, teams: tuple[str, ...] = (), kind: str = "person") -> Caller:
    return Caller(kind=kind, id="p-1", roles=roles, teams=teams)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("write to ann.b+ads@mail.acme.example now", "write to ••• now"),
        ("call +49 (30) 123-4567 or 415-555-2671", "call ••• or •••"),
        ("call 030 / 1234567", "call •••"),
        ("Authorization: Bearer abcdef123456", "Authorization: Bearer •••"),
        ("api_key=s3cr3t&next=1", "api_key=•••&next=1"),
        ('{"access_token": "ya29.a0AfH6SMBx", "id": 1}', '{"access_token": "•••", "id": 1}'),
        ("key sk_live_4eC39HqLyjWDarjtT1zdp7dc", "key •••"),
        ("jwt eyJhbGciOi.eyJzdWIiOi.c2ln", "jwt •••"),
        ("Line item 1234567890 of 2030-01-01 12:00", "Line item 1234567890 of 2030-01-01 12:00"),
        (
            "task 0b0a6a1c-2f0b-5c1e-9a3c-1d2b7e4f8a90",
            "task 0b0a6a1c-2f0b-5c1e-9a3c-1d2b7e4f8a90",
        ),
    ],
)
def test_personal_data_and_secrets_are_hidden_and_the_rest_stays(text: str, hidden: str) -> None:
    assert masked(text) == hidden
    assert masked(hidden) == hidden


def test_masking_reaches_every_text_of_a_value() -> None:
    assert masked_in({"a": ["x@y.example", 7, {"b": None}]}) == {"a": ["•••", 7, {"b": None}]}


def test_creatives_are_flagged_by_whole_words_wherever_they_stand() -> None:
    content = {"headline": "A Miracle!", "cards": [{"text": "secure"}]}
    assert flags_of_creative(content, CONFIG) == ['says "miracle"']


def test_targeting_is_flagged_where_it_is_sensitive_or_too_young() -> None:
    targeting = {"geo": ["DE"], "religion": ["any"], "health_condition": [], "minimum_age": 16}
    assert flags_of_targeting(targeting, CONFIG) == [
        "targets by religion",
        "reaches people of 16, below 18",
    ]
    assert flags_of_targeting({"geo": ["DE"], "minimum_age": 18}, CONFIG) == []


@pytest.mark.parametrize(
    ("caller", "sees"),
    [
        (caller_with("reviewer"), True),
        (caller_with("reviewer:permission_exception"), True),
        (caller_with("reviewer:permission_exception:acme"), True),
        (caller_with("lead:*:acme"), True),
        (caller_with(teams=("ad_operations",)), True),
        (caller_with(kind="agent"), True),
        (caller_with("reviewer:creative_approval"), False),
        (caller_with("reviewer:permission_exception:globex"), False),
        (caller_with("requester", teams=("compliance",)), False),
    ],
)
def test_a_task_is_seen_by_type_and_principal(caller: Caller, sees: bool) -> None:
    assert may_see(caller, task_with()) is sees


def test_whoever_holds_or_has_resolved_a_task_sees_it() -> None:
    assert may_see(caller_with(), task_with(assigned_to="p-1"))
    assert may_see(caller_with(), task_with(resolved_by="p-1"))


def test_secrets_are_put_in_by_technical_operations_only() -> None:
    assert may_configure(caller_with(teams=("technical_operations",)), "acme")
    assert may_configure(caller_with("lead:configuration_required:acme"), "acme")
    assert not may_configure(caller_with("lead:configuration_required:acme"), "globex")
    assert not may_configure(caller_with("reviewer", teams=("compliance",)), "acme")
    assert not may_configure(caller_with("admin", kind="agent"), "acme")


def test_the_webhook_gets_four_fields_and_a_masked_detail() -> None:
    assert notification(task_with(error_detail="for a@b.example")) == {
        "task_id": "t-1",
        "type": "permission_exception",
        "priority": "high",
        "detail": "for •••",
    }


@pytest.mark.parametrize(
    ("priority", "told"), [("low", 0), ("medium", 0), ("high", 2), ("urgent", 2)]
)
def test_only_high_and_urgent_tasks_are_told_when_they_are_created(
    priority: str, told: int
) -> None:
    task = task_with(priority=priority)
    found = errands_after(None, task, CONFIG)
    assert [one.what for one in found] == [What.WEBHOOK, What.ALERT][:told]
    assert errands_after(task, task_with(priority=priority, status="assigned"), CONFIG) == []


def test_without_an_address_nobody_is_told() -> None:
    silent = replace(CONFIG, hitl_webhook_url=None)
    assert [one.what for one in errands_after(None, task_with(), silent)] == [What.ALERT]


def test_a_ticket_is_opened_with_a_task_and_closed_with_it_once() -> None:
    config = replace(CONFIG, hitl_webhook_url=None, tickets=JIRA)
    low, done = task_with(priority="low"), task_with(priority="low", status="completed")
    assert [one.what for one in errands_after(None, low, config)] == [What.TICKET_OPEN]
    assert [one.what for one in errands_after(low, done, config)] == [What.TICKET_CLOSE]
    assert errands_after(done, done, config) == []
    at_once = [one.what for one in errands_after(None, done, config)]
    assert at_once == [What.TICKET_OPEN, What.TICKET_CLOSE]


def test_an_open_task_past_its_time_is_an_alarm() -> None:
    late = task_with(due_by=NOON)
    assert overdue_errands([late], NOON) == []
    assert len(overdue_errands([late], NOON + timedelta(seconds=1))) == 1
    over = task_with(due_by=NOON, status="completed")
    assert overdue_errands([over], NOON + timedelta(days=1)) == []


def test_many_failures_are_one_alarm_in_a_window() -> None:
    many = CONFIG.failed_operations + 1
    assert failure_errands(many - 1, NOON, CONFIG) == []
    first = failure_errands(many, NOON, CONFIG)
    same = failure_errands(many + 3, NOON + timedelta(minutes=1), CONFIG)
    later = failure_errands(many, NOON + timedelta(hours=1), CONFIG)
    assert first[0].errand_id == same[0].errand_id
    assert first[0].errand_id != later[0].errand_id


def test_figures_add_up() -> None:
    open_ones = Count(
        task_type="a", status="pending", tasks=3, escalated=0, overdue=2, mean_seconds=None
    )
    done = Count(
        task_type="a", status="completed", tasks=1, escalated=1, overdue=0, mean_seconds=90.0
    )
    figures = figures_of([open_ones, done], 4)
    assert figures.tasks == {"a": {"pending": 3, "completed": 1}}
    assert (figures.mean_resolution_seconds, figures.overdue) == ({"a": 90.0}, {"a": 2})
    assert figures.escalation_rate == 0.25
    told = figures.as_prometheus().decode()
    for line in (
        'ad_tasks_tasks{status="pending",type="a"} 3.0',
        'ad_tasks_resolution_seconds_mean{type="a"} 90.0',
        'ad_tasks_overdue{type="a"} 2.0',
        "ad_tasks_escalation_rate 0.25",
        "ad_tasks_failed_operations 4.0",
    ):
        assert line in told
    assert figures_of([], 0).escalation_rate == 0


def test_a_sealed_secret_is_opened_with_its_key_in_its_place_only(tmp_path: Path) -> None:
    seal = Seal.kept_in(tmp_path / "seal.key")
    sealed = seal.closed("hush", "gam/acme/token")
    assert "hush" not in sealed
    assert Seal.kept_in(tmp_path / "seal.key").opened(sealed, "gam/acme/token") == "hush"
    assert (tmp_path / "seal.key").stat().st_mode & 0o077 == 0
    with pytest.raises(InvalidTag):
        seal.opened(sealed, "gam/globex/token")


def test_settings_that_lack_something_are_refused_with_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("auto_approve_formats = []", encoding="utf-8")
    with pytest.raises(Trouble, match="can't be used"):
        config_from(file)
