"""What both agents of the platform share: putting a task, and knowing its id at once."""

import asyncio
from collections.abc import Mapping
from typing import Any

from handraise import Agent, Handraise, Paused
from handraise.storage import Store

from examples.ad_tasks.asking import question_of
from examples.ad_tasks.tasks import TaskType


class Asker(Agent):
    """An agent whose pauses are human tasks; `news` is set whenever it has put one."""

    def __init__(self, hand: Handraise, store: Store, callback_webhook: str) -> None:
        super().__init__(hand, store, callback_webhook=callback_webhook)
        self.news = asyncio.Event()

    async def put(
        self,
        workflow_id: str,
        state: Mapping[str, Any],
        task_type: TaskType,
        principal_id: str,
        wanted: Mapping[str, Any],
    ) -> tuple[Paused, str]:
        """Pause for a task; the pause and the task's id."""
        question = question_of(task_type, principal_id, wanted)
        paused = await self.pause(workflow_id, state, **question)
        self.news.set()
        known = await self.workflow(workflow_id)
        asked = {one.checkpoint_id: one.request_id for one in known.open_requests} if known else {}
        task_id = asked.get(paused.checkpoint_ids[0])
        assert task_id is not None, "a pause that returned has asked its question"
        return paused, task_id
