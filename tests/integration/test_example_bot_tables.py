"""What the tables of the bot recovery make of failures and decisions, without bots or questions."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from examples.bot_recovery import system
from examples.bot_recovery.detection import FailureDetectionService
from examples.bot_recovery.failures import Captured, FailureType
from examples.bot_recovery.learning import Advice
from examples.bot_recovery.pipeline import Pipeline
from examples.bot_recovery.report import Report
from examples.bot_recovery.reviews import Failure, Filters, Reviews
from examples.bot_recovery.settings import load
from examples.bot_recovery.tracking import Resolution, ResolutionTrackingService
from examples.bot_recovery.warmup import Account, PhaseStatus, Solution
from examples.common.database import database
from tests.support.servers import drop_database, fresh_prefix

pytestmark = pytest.mark.asyncio(loop_scope="module")
MIGRATIONS = Path(system.__file__).with_name("migrations")
RETRY = Resolution(solution=Solution.RETRY, who="mara", who_name="Mara")
CANNOT_FIX = Resolution(solution=Solution.CANNOT_FIX, who="mara", who_name="Mara", notes="Gone")


@dataclass(frozen=True, slots=True)
class Tables:
    """Failures and decisions by hand; learning is off."""

    pool: Any
    pipeline: Pipeline
    reviews: Reviews
    tracking: ResolutionTrackingService
    detection: FailureDetectionService
    report: Report

    async def account(self, username: str) -> Account:
        return await self.pipeline.add(username, f"token of {username}", {})

    async def failure(self, account: Account) -> Failure:
        found = await self.reviews.open_of(account.id)
        assert found is not None
        return found

    async def fails(self, account: Account, kind: FailureType) -> Advice:
        phase = await self.pipeline.next_phase(account.id)
        assert phase is not None
        captured = Captured(type=kind, reason="It said 500", action="save", page_text="Oh no")
        return await self.detection.flag(phase, captured)

    async def comes_through(self, account: Account) -> None:
        phase = await self.pipeline.next_phase(account.id)
        assert phase is not None
        await self.pipeline.complete(phase)

    async def outcomes(self, account: Account) -> list[str]:
        return [one.outcome for one in await self.report.logs(account.id)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tables(postgres: str) -> AsyncIterator[Tables]:
    name = f"test_{fresh_prefix().rstrip('.')}"
    known = load()
    learning = known.learning.model_copy(update={"enabled": False})
    settings = known.model_copy(update={"learning": learning})
    try:
        async with database(postgres, name, MIGRATIONS) as pool:
            tracking = ResolutionTrackingService(pool, settings.effective_days)
            yield Tables(
                pool,
                Pipeline(pool),
                Reviews(pool),
                tracking,
                FailureDetectionService(pool, tracking, settings),
                Report(pool, tracking, settings),
            )
    finally:
        drop_database(postgres, name)


async def test_what_is_taken_down_says_why_when_and_how_often(tables: Tables) -> None:
    account = await tables.account("taken.down")
    assert (await tables.fails(account, FailureType.SITE_ERROR)).retry
    advice = await tables.fails(account, FailureType.SITE_ERROR)
    assert not advice.retry
    assert "learning is off" in advice.why
    phase = (await tables.pipeline.phases(account.id))[0]
    assert phase.status is PhaseStatus.REVIEW_REQUIRED
    assert (phase.failure_type, phase.failure_reason) == ("site_error", "It said 500")
    assert (phase.retry_count, phase.failed_at is not None) == (1, True)
    assert (await tables.pipeline.account(account.id)).status == "review_required"
    failure = await tables.failure(account)
    assert (failure.page_text, failure.why, failure.priority) == ("Oh no", advice.why, "low")
    logs = await tables.report.logs(account.id)
    assert [(one.who_name, one.attempted_solution, one.outcome) for one in logs] == [
        ("the bot", "automatic_retry", "failed_again")
    ]


async def test_what_held_and_failed_again_is_told_apart_by_way_place_and_days(
    tables: Tables,
) -> None:
    account = await tables.account("on.and.off")
    await tables.fails(account, FailureType.CAPTCHA)
    await tables.tracking.resolve(await tables.failure(account), RETRY)
    assert await tables.outcomes(account) == ["pending"]
    await tables.comes_through(account)
    assert await tables.outcomes(account) == ["held"]
    await tables.fails(account, FailureType.CONTENT_REJECTED)
    assert await tables.outcomes(account) == ["held"], "another way, in another phase"
    await tables.tracking.resolve(await tables.failure(account), RETRY)
    await tables.comes_through(account)
    await tables.pool.execute(
        "UPDATE review_logs SET at = at - interval '8 days' WHERE account_id = $1"
        " AND failure_type = 'content_rejected'",
        account.id,
    )
    await tables.fails(account, FailureType.CAPTCHA)
    assert await tables.outcomes(account) == ["held", "failed_again"], "the same way again"
    successes = {one.failure_type: one.share for one in await tables.report.successes()}
    assert successes["captcha"] == 0.0
    assert successes["content_rejected"] == 1.0


async def test_what_failed_again_after_the_days_had_held(tables: Tables) -> None:
    account = await tables.account("long.after")
    await tables.fails(account, FailureType.CHALLENGE)
    await tables.tracking.resolve(await tables.failure(account), RETRY)
    await tables.comes_through(account)
    await tables.pool.execute(
        "UPDATE review_logs SET at = at - interval '8 days' WHERE account_id = $1", account.id
    )
    await tables.fails(account, FailureType.CHALLENGE)
    assert await tables.outcomes(account) == ["held"]


async def test_a_failure_is_decided_once(tables: Tables) -> None:
    account = await tables.account("twice")
    await tables.fails(account, FailureType.CAPTCHA)
    failure = await tables.failure(account)
    assert await tables.tracking.resolve(failure, RETRY)
    assert not await tables.tracking.resolve(failure, CANNOT_FIX)
    assert (await tables.pipeline.account(account.id)).status == "active"
    assert len(await tables.report.logs(account.id)) == 1


@pytest.mark.parametrize(
    ("solution", "status", "phases"),
    [
        (Solution.RETRY, "active", ["completed", "pending", "pending"]),
        (Solution.MENDED_RETRY, "active", ["completed", "pending", "pending"]),
        (Solution.SKIP_PHASE, "active", ["completed", "skipped", "pending"]),
        (Solution.RESET_ACCOUNT, "active", ["pending", "pending", "pending"]),
        (Solution.CANNOT_FIX, "retired", ["completed", "review_required", "pending"]),
    ],
)
async def test_each_decision_sets_the_account_on_its_way(
    tables: Tables, solution: Solution, status: str, phases: list[str]
) -> None:
    account = await tables.account(f"way.of.{solution}")
    await tables.comes_through(account)
    await tables.fails(account, FailureType.CAPTCHA)
    decided = Resolution(solution=solution, who="mara", who_name="Mara", notes="So", text="New")

    await tables.tracking.resolve(await tables.failure(account), decided)

    assert (await tables.pipeline.account(account.id)).status == status
    found = await tables.pipeline.phases(account.id)
    assert [str(one.status) for one in found] == phases
    is_retry = solution in (Solution.RETRY, Solution.MENDED_RETRY)
    assert found[1].content == ({"text": "New"} if is_retry else {})
    assert found[1].retry_count == int(is_retry)
    log = (await tables.report.logs(account.id))[0]
    assert (log.who_name, log.attempted_solution, log.notes) == ("Mara", solution, "So")


async def test_the_queue_is_narrowed_by_type_status_age_and_name(tables: Tables) -> None:
    for name, kind in (("find_me", FailureType.UNKNOWN), ("findXme", FailureType.CHALLENGE)):
        await tables.fails(await tables.account(name), kind)
    gone = await tables.account("find.gone")
    await tables.fails(gone, FailureType.CAPTCHA)
    await tables.tracking.resolve(await tables.failure(gone), CANNOT_FIX)
    await tables.pool.execute(
        "UPDATE failures SET at = at - interval '2 hours' WHERE type = 'unknown'"
    )

    async def found(**filters: Any) -> list[str]:
        return [one.failure.username for one in await tables.reviews.queue(Filters(**filters))]

    assert await found(username="find") == ["findXme", "find_me"], "urgent before medium"
    assert await found(username="FIND_") == ["find_me"]
    assert await found(username="find", type="challenge") == ["findXme"]
    assert await found(username="find", older_than_minutes=60) == ["find_me"]
    assert await found(username="find", status="retired") == ["find.gone"]
    assert await found(username="find", status="any") == ["findXme", "find_me", "find.gone"]
