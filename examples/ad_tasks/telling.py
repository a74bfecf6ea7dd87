"""What a story at the terminal needs: to show a task, to let somebody choose, and to wait."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from examples.ad_tasks.serving import Running
from examples.ad_tasks.tasks import HumanTask
from examples.common.screen import Screen
from examples.common.trouble import Trouble
from examples.common.typing_in import typed

PATIENCE_SECONDS: Final = 60
_LOOK_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person may choose at the terminal: a letter, its words, and what is done then."""

    letter: str
    says: str
    do: Callable[[], Awaitable[object]]


class Teller:
    """Shows tasks of a running platform, and takes what the person at the terminal chooses."""

    def __init__(self, here: Running, screen: Screen, *, unattended: bool) -> None:
        self._here = here
        self._screen = screen
        self._asks = not unattended and sys.stdin.isatty()

    async def _show(self, task_id: str) -> HumanTask:
        task = await self._here.platform.desk.get(task_id)
        request = await self._here.platform.hand.get(task_id)
        self._screen.say(f"task   {task.task_type}, {task.priority}, due by {task.due_by:%H:%M}")
        if task.error_detail:
            self._screen.say(f"detail {task.error_detail}")
        self._screen.say(f"page   {request.url}")
        return task

    async def _choose(self, task: HumanTask, *choices: Choice) -> None:
        """Let the person at the terminal decide, unless somebody does on the task's page."""
        chosen = choices[0]
        if self._asks:
            offered = ", ".join(f"[{one.letter}] {one.says}" for one in choices)
            said = (await typed(f"   {offered}, [w] somebody answers on the page: ")).strip()
            if said == "w":
                await self._until(lambda: self._closed(task.task_id), "an answer", patience=None)
                return
            chosen = next((one for one in choices if one.letter == said), chosen)
        await chosen.do()
        self._screen.say(f"> {chosen.says}")

    async def _closed(self, task_id: str) -> HumanTask | None:
        task = await self._here.platform.desk.get(task_id)
        return None if task.is_open else task

    async def _until(
        self,
        look: Callable[[], Awaitable[Any]],
        what: str,
        patience: float | None = PATIENCE_SECONDS,
    ) -> Any:
        try:
            async with asyncio.timeout(patience):
                while True:
                    found = await look()
                    if found is not None:
                        return found
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            raise Trouble(f"Waited {patience} s for {what} in vain") from None
