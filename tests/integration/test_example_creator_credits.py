"""The marketplace's credits in a real database: whatever happens, they are moved exactly once."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from examples.common.database import database
from examples.creator_reviews.accounts import balance_of
from examples.creator_reviews.cast import furnish
from examples.creator_reviews.catalog import Agent, Catalog, User
from examples.creator_reviews.executions import Executions
from examples.creator_reviews.ledger import Transfer, account_of, balances, escrow_of
from examples.creator_reviews.market import MIGRATIONS
from examples.creator_reviews.refusals import Refusal
from examples.creator_reviews.reviews import Reviews
from examples.creator_reviews.standing import ReviewStatus, Standing
from tests.support.servers import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

CREDIT, RUN, REVIEW = 200, 5, 45
LETTER = {"recipient": "Ada", "points": "it rains", "sender": "Ursula"}
MOST_STATEMENTS, ALL_STATEMENTS = 9, 99


class Crash(Exception):
    """The process is gone."""


class Failing:
    """A pool whose process is gone at the n-th statement of a transaction."""

    def __init__(self, pool: Any, statements: int) -> None:
        self._pool = pool
        self._left = statements

    @asynccontextmanager
    async def acquire(self) -> AsyncGenerator[Any]:
        async with self._pool.acquire() as connection:
            self._connection = connection
            yield self

    def transaction(self) -> Any:
        return self._connection.transaction()

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def statement(*arguments: Any) -> Any:
            self._left -= 1
            if self._left < 0:
                raise Crash
            return await getattr(self._connection, name)(*arguments)

        return statement


@dataclass(frozen=True, slots=True)
class Till:
    """A marketplace's books, and Ursula's latest letter."""

    pool: Any
    ursula: User
    agent: Agent
    execution_id: str

    def reviews(self, statements: int = ALL_STATEMENTS) -> Reviews:
        return Reviews(Failing(self.pool, statements), "http://market.test")

    async def ask(self, statements: int = ALL_STATEMENTS) -> str:
        execution = await Executions(self.pool).get(self.execution_id, self.ursula.id)
        return await self.reviews(statements).ask(execution, self.agent, "Too formal")

    async def all_reviews(self) -> list[Any]:
        return await self.pool.fetch(
            "SELECT id::text, outcome FROM execution_reviews ORDER BY created_at"
        )

    async def check(self) -> None:
        """What must hold after everything."""
        rows = await self.pool.fetch("SELECT id, payer, payee, amount, about FROM transfers")
        transfers = {row["id"]: Transfer(**row) for row in rows}
        held = balances(transfers.values())
        assert sum(held.values()) == 0
        assert held[account_of("ursula")] >= 0
        reviews = await self.all_reviews()
        for review in reviews:
            is_open = review["outcome"] is None
            assert transfers[f"reserve:{review['id']}"].amount == REVIEW
            assert held[escrow_of(review["id"])] == (REVIEW if is_open else 0)
            assert (f"settle:{review['id']}" in transfers) is not is_open
        paid = sum(review["outcome"] == "answered" for review in reviews)
        assert held.get(account_of("carla"), 0) == paid * REVIEW
        ended = [review for review in reviews if review["outcome"] is not None]
        assert await self.pool.fetchval("SELECT count(*) FROM mails") == len(ended)
        execution = await Executions(self.pool).get(self.execution_id, self.ursula.id)
        waits = len(ended) < len(reviews)
        assert execution.status == ("AWAITING_REVIEW" if waits else "COMPLETED")
        assert execution.original_output.startswith("Dear Ada")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool(postgres: str) -> AsyncIterator[Any]:
    with fresh_database(postgres) as dsn:
        name = urlsplit(dsn).path.strip("/")
        async with database(postgres, name, MIGRATIONS) as pool:
            yield pool


async def opened(pool: Any) -> Till:
    """Fresh books."""
    await pool.execute("TRUNCATE users, mails, transfers CASCADE")
    catalog = Catalog(pool)
    await furnish(catalog, {"carla": "p-1", "chen": "p-2"})
    ursula, agent = await catalog.user("ursula"), await catalog.agent("letters")
    run = await Executions(pool).run(agent, ursula, LETTER, {}, "once")
    return Till(pool, ursula, agent, run)


def seen(version: int, status: ReviewStatus, outcome: str | None = None) -> Standing:
    return Standing(
        request_id=None,
        version=version,
        review_status=status,
        outcome=outcome,
        decision="edit" if outcome == "answered" else None,
        response_note="Here" if outcome else None,
        reviewed_at=datetime(2026, 1, 1, tzinfo=UTC) if outcome else None,
        edited_output="Dear aunt" if outcome == "answered" else None,
    )


STANDINGS = (
    seen(1, ReviewStatus.PENDING),
    seen(3, ReviewStatus.IN_PROGRESS),
    seen(5, ReviewStatus.COMPLETED, "answered"),
    seen(5, ReviewStatus.COMPLETED, "could_not_complete"),
    seen(4, ReviewStatus.NONE, "timed_out"),
    seen(4, ReviewStatus.NONE, "cancelled"),
)
# Half of what happens goes through, the other half is broken off somewhere.
STATEMENTS = st.one_of(st.just(ALL_STATEMENTS), st.integers(0, MOST_STATEMENTS))
CLICKS = st.tuples(st.just(None), STATEMENTS)
TOLD = st.tuples(st.sampled_from(STANDINGS), STATEMENTS)


async def happens(till: Till, act: tuple[Standing | None, int]) -> None:
    """Ursula clicks, or her latest review is told of; the process may be gone in the middle."""
    standing, statements = act
    try:
        if standing is None:
            await till.ask(statements)
        elif reviews := await till.all_reviews():
            told = replace(standing, request_id=f"req-{reviews[-1]['id']}")
            await till.reviews(statements).bring_up_to_date(reviews[-1]["id"], told)
    except (Crash, Refusal):
        pass
    await till.check()


async def test_credits_move_once_whatever_is_clicked_told_and_broken_off(pool: Any) -> None:
    """Hypothesis tells the stories; the database is the real one."""
    loop = asyncio.get_running_loop()

    async def story(acts: Sequence[tuple[Standing | None, int]]) -> None:
        till = await opened(pool)
        for act in acts:
            await happens(till, act)

    @settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
    @given(st.lists(st.one_of(CLICKS, TOLD), min_size=2, max_size=10))
    def told(acts: list[tuple[Standing | None, int]]) -> None:
        asyncio.run_coroutine_threadsafe(story(acts), loop).result(60)

    await asyncio.to_thread(told)


async def test_of_many_clicks_at_once_one_asks_and_pays(pool: Any) -> None:
    till = await opened(pool)
    outcomes = await asyncio.gather(*(till.ask() for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(one, str) for one in outcomes) == 1
    assert await balance_of(pool, account_of("ursula")) == CREDIT - RUN - REVIEW
    await till.check()


async def test_of_many_tellings_at_once_one_ends_the_review(pool: Any) -> None:
    till = await opened(pool)
    review_id = await till.ask()
    ends = [replace(one, request_id="req-1") for one in STANDINGS if one.outcome] * 3
    told = await asyncio.gather(*(till.reviews().bring_up_to_date(review_id, one) for one in ends))
    assert sum(one is not None for one in told) == 1
    await till.check()


async def test_the_same_run_is_paid_once_and_no_run_is_made_on_credit(pool: Any) -> None:
    till = await opened(pool)
    runs = Executions(pool)
    ids = await asyncio.gather(
        *(runs.run(till.agent, till.ursula, LETTER, {}, "again") for _ in range(5))
    )
    assert len(set(ids)) == 1
    assert await balance_of(pool, account_of("ursula")) == CREDIT - 2 * RUN
    more = [runs.run(till.agent, till.ursula, LETTER, {}, f"{place}") for place in range(45)]
    outcomes = await asyncio.gather(*more, return_exceptions=True)
    made = [one for one in outcomes if isinstance(one, str)]
    assert len(made) == (CREDIT - 2 * RUN) // RUN
    assert all(getattr(one, "status", 402) == 402 for one in outcomes)
    assert await pool.fetchval("SELECT count(*) FROM executions") == 2 + len(made)
