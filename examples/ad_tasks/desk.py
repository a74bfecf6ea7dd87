"""The task queue as its users call it: create, look, assign, complete, in terms of HumanTask."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, TypedDict, Unpack

from handraise import Handraise, Request
from handraise.models import Json, Priority
from handraise.question import Question
from handraise.verbs import Filters, Reaction

from examples.ad_tasks.asking import question_of
from examples.ad_tasks.duties import decision_for
from examples.ad_tasks.tasks import HumanTask, TaskType, task_of

_READ_AT_ONCE = 8


class Wanted(TypedDict, total=False):
    """What a new task may say beside its type and principal."""

    priority: Priority
    adapter_name: str
    media_buy_id: str
    creative_id: str
    operation: str
    error_detail: str
    title: str
    description: str
    details: Mapping[str, Any]
    """What else the person should see, by name; masked as `error_detail` is."""
    content: Json
    """What is being decided, shown as it is, and what an approval may modify."""
    form: Json
    """A JSON Schema of the data that should come with the answer."""
    attachments: Sequence[str]
    """Ids of files that were put in."""
    sla: timedelta
    """Within what time it should be resolved; by default the type's."""
    timeout: timedelta
    """When it fails by itself; by default the kind's."""
    idempotency_key: str
    """The same key creates the same task, once."""


class TaskDesk:
    """Tasks of the four types, for whoever holds a key with `ask`, `read` and `act_for`.

    `people` are the ids of the operators by their e-mail addresses: each method that names a
    person takes either. `dispatcher` is the person in whose name tasks are assigned; the key
    speaks for them and for the operators. What the service refuses is raised as the SDK's errors
    (`handraise.errors`), such as `AlreadyDecided`, `HeldByAnother`, `NotAllowed`, `NotFound`.
    """

    def __init__(self, hand: Handraise, people: Mapping[str, str], dispatcher: str) -> None:
        self._hand = hand
        self._people = dict(people)
        self._dispatcher = self._person(dispatcher)

    async def create(
        self, task_type: str, principal_id: str, **wanted: Unpack[Wanted]
    ) -> HumanTask:
        """Create a task. Raises NotOffered for an unknown type, Invalid for what can't be said."""
        question: Question = {**question_of(task_type, principal_id, wanted)}
        if "idempotency_key" in wanted:
            question["idempotency_key"] = wanted["idempotency_key"]
        opened = await self._hand.request(**question)
        return await self._read(opened)

    async def get(self, task_id: str) -> HumanTask:
        """A task as it is now."""
        return task_of(await self._hand.get(task_id))

    async def pending(
        self,
        *,
        task_type: str | None = None,
        principal_id: str | None = None,
        assigned_to: str | None = None,
        limit: int = 50,
    ) -> list[HumanTask]:
        """The tasks that await assignment or completion, the most urgent first.

        `assigned_to` is a person, `team:<name>` or `nobody`; at most `limit` (to 200) come.
        """
        filters: Filters = {"open": True, "sort": "priority", "limit": limit}
        filters["type"] = [task_type] if task_type else [one.value for one in TaskType]
        if principal_id is not None:
            filters["principal_id"] = principal_id
        if assigned_to is not None:
            filters["assigned_to"] = self._person(assigned_to)
        page = await self._hand.list(**filters)
        found = await self._read_all([one.id for one in page.items])
        return [task for task in found if task.is_open]

    async def assign(self, task_id: str, operator: str, reason: str | None = None) -> HumanTask:
        """Give a task to an operator, or to `team:<name>`, in the dispatcher's name."""
        dispatcher = self._hand.acting_for(self._dispatcher)
        return await self._read(await dispatcher.assign(task_id, self._person(operator), reason))

    async def complete(
        self,
        task_id: str,
        resolution: str,
        detail: str | None,
        by: str,
        *,
        data: Any = None,
        edited: Any = None,
    ) -> HumanTask:
        """Resolve a task in a person's name.

        `data` answers the request's form; `edited` is its context as the person would have it,
        and makes an approval one with modifications. Raises NotOffered for a resolution that
        this type can't have.
        """
        request = await self._hand.get(task_id)
        decision = decision_for(request.kind, resolution, is_modified=edited is not None)
        reaction: Reaction = {
            "decision": decision,
            "revision": request.revision or 1,
            "content_hash": request.content_hash or "",
        }
        if detail:
            reaction["comment"] = detail
        if data is not None:
            reaction["data"] = data
        if edited is not None:
            reaction["edited"] = edited
        person = self._hand.acting_for(self._person(by))
        return await self._read(await person.respond(task_id, **reaction))

    def _person(self, named: str) -> str:
        return self._people.get(named, named)

    async def _read(self, changed: Request) -> HumanTask:
        return task_of(await self._hand.get(changed.id, min_version=changed.version))

    async def _read_all(self, task_ids: Sequence[str]) -> list[HumanTask]:
        turns = asyncio.Semaphore(_READ_AT_ONCE)

        async def read(task_id: str) -> HumanTask:
            async with turns:
                return await self.get(task_id)

        return await asyncio.gather(*(read(one) for one in task_ids))
