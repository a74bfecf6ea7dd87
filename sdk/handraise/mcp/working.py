"""The tools round a task: put one in, see what is to be done, give it to somebody, complete it."""

from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context
from pydantic import Field

from handraise.errors import Conflict
from handraise.mcp import inputs
from handraise.mcp.question import body
from handraise.mcp.question import idempotency_key as key_of
from handraise.mcp.shapes import HumanTask, TaskInFull, Tasks, task_in_full, task_of
from handraise.mcp.speaking import speaking
from handraise.mcp.voices import Door
from handraise.verbs import Filters, Reaction

PAGE = 20


class WorkingTools:
    """Tasks, for a server whose callers come in by this door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def create_human_task(
        self,
        call: Context[Any, Any],
        *,
        title: inputs.Title,
        description: inputs.Description = None,
        context: inputs.ContextObject = None,
        kind: inputs.Kind = None,
        decisions: inputs.Decisions = None,
        form: inputs.Form = None,
        priority: inputs.PriorityWord = None,
        principal_id: inputs.Principal = None,
        teams: inputs.Teams = None,
        notify_emails: inputs.Emails = None,
        deadline_minutes: inputs.Minutes = None,
        idempotency_key: inputs.Key = None,
    ) -> HumanTask:
        """Put in a task for a person and return at once; `wait_for_human` brings its answer."""
        async with speaking(self._door, call) as voices:
            question = body(
                title=title,
                description=description,
                context=context,
                kind=kind,
                decisions=decisions,
                form=form,
                priority=priority,
                principal_id=principal_id,
                teams=teams,
                notify_emails=notify_emails,
                deadline_minutes=deadline_minutes,
            )
            opened = await voices.asking.open(question, key_of(idempotency_key))
            return task_of(await voices.asking.get(opened.id))

    async def get_pending_tasks(
        self,
        call: Context[Any, Any],
        *,
        kind: Annotated[str | None, Field(description="Only tasks of this kind")] = None,
        assigned_to: Annotated[
            str | None,
            Field(description="A person's id, team:<name>, me or nobody (awaits assignment)"),
        ] = None,
        principal_id: inputs.Principal = None,
        priority: Annotated[inputs.Priority | None, Field(description="Only of this one")] = None,
        query: Annotated[
            str | None, Field(description="Words of three letters or more that must occur")
        ] = None,
        sort: Annotated[
            Literal["-created_at", "timeout_at", "priority"],
            Field(description="Newest first, by deadline, or most urgent first"),
        ] = "timeout_at",
        limit: Annotated[int, Field(ge=1, le=100)] = PAGE,
        cursor: Annotated[str | None, Field(description="The next_cursor of a page")] = None,
    ) -> Tasks:
        """The tasks that await assignment or completion."""
        filters: Filters = {"open": True, "sort": sort, "limit": limit}
        said: dict[str, Any] = {
            "type": kind,
            "assigned_to": assigned_to,
            "principal_id": principal_id,
            "priority": priority,
            "q": query,
            "cursor": cursor,
        }
        given: Any = {name: value for name, value in said.items() if value is not None}
        async with speaking(self._door, call) as voices:
            page = await voices.asking.list(**filters, **given)
        total = (page.counts or {}).get("total")
        return Tasks(
            tasks=[task_of(request) for request in page.items],
            next_cursor=page.next_cursor,
            total=total,
        )

    async def get_human_task(self, call: Context[Any, Any], task_id: inputs.TaskId) -> TaskInFull:
        """A task with its question, what may be decided, and its answer."""
        async with speaking(self._door, call) as voices:
            return task_in_full(await voices.asking.get(task_id))

    async def assign_task(
        self,
        call: Context[Any, Any],
        task_id: inputs.TaskId,
        assignee: Annotated[str, Field(min_length=1, description="A person's id, or team:<name>")],
        reason: inputs.Reason = None,
    ) -> HumanTask:
        """Give a task to a person or a team. Only people may: see `complete_task`."""
        async with speaking(self._door, call) as voices:
            await voices.person().assign(task_id, assignee, reason)
            return task_of(await voices.person().get(task_id))

    async def complete_task(
        self,
        call: Context[Any, Any],
        *,
        task_id: inputs.TaskId,
        decision: Annotated[
            str, Field(min_length=1, description="One of the names in the task's decisions")
        ],
        comment: Annotated[str | None, Field(description="The resolution, in words")] = None,
        data: Annotated[Any, Field(description="What the task's form asks for")] = None,
        edited: Annotated[
            dict[str, Any] | None, Field(description="The context as the person would have it")
        ] = None,
        revision: Annotated[
            int | None,
            Field(ge=1, description="The revision that the person saw; refused if it has changed"),
        ] = None,
        idempotency_key: inputs.Key = None,
    ) -> TaskInFull:
        """Complete a task with a person's decision.

        Only people decide: the connection must be a person's, or name one. Never decide yourself:
        pass on what that person has told you about this very task.
        """
        said: dict[str, Any] = {
            "comment": comment,
            "data": data,
            "edited": edited,
            "revision": revision,
            "idempotency_key": key_of(idempotency_key),
        }
        reaction: Reaction = {"decision": decision}
        given: Any = {name: value for name, value in said.items() if value is not None}
        async with speaking(self._door, call) as voices:
            await voices.person().respond(task_id, **reaction, **given)
            return task_in_full(await voices.person().get(task_id))

    async def cancel_human_task(
        self, call: Context[Any, Any], task_id: inputs.TaskId, reason: inputs.Reason = None
    ) -> HumanTask:
        """Withdraw a task that nobody needs to do any more. Again changes nothing."""
        async with speaking(self._door, call) as voices:
            try:
                await voices.asking.cancel(task_id, reason)
            except Conflict:
                found = await voices.asking.get(task_id)
                if found.outcome != "cancelled":
                    raise
                return task_of(found)
            return task_of(await voices.asking.get(task_id))
