"""Makes views and services late on purpose, to find what trusts them too soon (`--late SECONDS`).

Only what runs inside the tests' own processes is held up; processes that they start are not.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from kernel.consumer import GroupConsumer
from projections.backlog import Backlog
from projections.view import Slice


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--late",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="hold every view and every service beside the log up by so long per batch",
    )


def pytest_configure(config: pytest.Config) -> None:
    seconds: float = config.getoption("--late")
    if seconds > 0:
        _hold_up(seconds)


def _hold_up(seconds: float) -> None:
    take, hand_over = Backlog.take, GroupConsumer.hand_over

    async def late_take(self: Backlog) -> list[Slice]:
        taken = await take(self)
        await asyncio.sleep(seconds)
        return taken

    async def late_hand_over(self: GroupConsumer[Any], work: Sequence[Any]) -> None:
        await asyncio.sleep(seconds)
        await hand_over(self, work)

    Backlog.take = late_take
    GroupConsumer.hand_over = late_hand_over
