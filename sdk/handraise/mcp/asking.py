"""The tools of whoever asks: ask and wait, wait on, and change the question."""

import asyncio
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp_types import InputRequiredResult
from pydantic import Field

from handraise.client import Handraise
from handraise.mcp import inputs
from handraise.mcp.at_client import (
    answered_back,
    answers_by_return,
    asked_back,
    asked_now,
    can_show_forms,
    offered_decisions,
    put_in,
)
from handraise.mcp.question import body
from handraise.mcp.question import idempotency_key as key_of
from handraise.mcp.shapes import Answer, answer_so_far
from handraise.mcp.speaking import speaking
from handraise.mcp.voices import Door, Voices
from handraise.mcp.waiting import Patience, wait_for_answer
from handraise.models import Request

AskHere = Annotated[
    bool,
    Field(
        description="Also ask the person at this client, at once, where the kind of task lets"
        " whoever asked decide"
    ),
]


class AskingTools:
    """Questions, for a server whose callers come in by this door."""

    def __init__(self, door: Door, patience: Patience) -> None:
        self._door = door
        self._patience = patience

    async def ask_human(
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
        wait_seconds: inputs.WaitSeconds = None,
        ask_here: AskHere = False,
        idempotency_key: inputs.Key = None,
    ) -> Answer | InputRequiredResult:
        """Ask a person, and wait for the answer.

        Use it before anything that is risky, costly, irreversible or not yours to decide. The
        answer is a person's decision: act on it and on nothing else. Where nobody has answered in
        time the status is `waiting`, the question stays open, and `wait_for_human` goes on.
        """
        async with speaking(self._door, call) as voices:
            if call.request_state is not None:
                return await self._go_on(call, voices, call.request_state, wait_seconds)
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
            if ask_here and can_show_forms(call):
                return await self._ask_here(call, voices, opened, wait_seconds)
            return await self._wait(call, voices.asking, opened, wait_seconds)

    async def wait_for_human(
        self,
        call: Context[Any, Any],
        task_id: inputs.TaskId,
        wait_seconds: inputs.WaitSeconds = None,
        after_version: Annotated[
            int | None, Field(ge=0, description="Pass over what happened up to this version")
        ] = None,
    ) -> Answer:
        """Go on waiting for the answer to a task that was asked before."""
        async with speaking(self._door, call) as voices:
            request = await voices.asking.get(task_id)
            return await wait_for_answer(
                voices.asking,
                request,
                call,
                self._patience,
                seconds=wait_seconds,
                after_version=after_version,
            )

    async def revise_human_task(
        self,
        call: Context[Any, Any],
        *,
        task_id: inputs.TaskId,
        title: Annotated[str | None, Field(description="Where it changes")] = None,
        description: inputs.Description = None,
        context: inputs.ContextObject = None,
        note: Annotated[str | None, Field(description="What has changed, and why")] = None,
        wait_seconds: inputs.WaitSeconds = None,
        idempotency_key: inputs.Key = None,
    ) -> Answer:
        """Change a question for which changes were requested, and wait for the answer to it."""
        said = {
            "title": title,
            "description": description,
            "context": context,
            "note": note,
            "idempotency_key": key_of(idempotency_key),
        }
        given: Any = {name: value for name, value in said.items() if value is not None}
        async with speaking(self._door, call) as voices:
            revised = await voices.asking.revise(task_id, **given)
            return await self._wait(call, voices.asking, revised, wait_seconds)

    async def _ask_here(
        self,
        call: Context[Any, Any],
        voices: Voices,
        opened: Request,
        wait_seconds: float | None,
    ) -> Answer | InputRequiredResult:
        request = await voices.asking.get(opened.id)
        if request.is_closed:
            return answer_so_far(request)
        decisions = await offered_decisions(voices, request, request.kind)
        if decisions is None:
            note = "It can't be decided at this client; somebody else is asked."
            return await self._wait(call, voices.asking, request, wait_seconds, note)
        if answers_by_return(call):
            return asked_back(request, decisions)
        return await self._race(call, voices, request, decisions, wait_seconds)

    async def _go_on(
        self,
        call: Context[Any, Any],
        voices: Voices,
        request_id: str,
        wait_seconds: float | None,
    ) -> Answer:
        request = await voices.asking.get(request_id)
        note = await put_in(voices, request, answered_back(call))
        return await self._wait(call, voices.asking, request, wait_seconds, note)

    async def _race(
        self,
        call: Context[Any, Any],
        voices: Voices,
        request: Request,
        decisions: list[str],
        wait_seconds: float | None,
    ) -> Answer:
        """Whoever answers first: the person at the client, or anybody else who may."""

        async def here() -> None:
            await put_in(voices, request, await asked_now(call, request, decisions))

        asking = asyncio.create_task(here())
        try:
            return await self._wait(call, voices.asking, request, wait_seconds)
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _wait(
        self,
        call: Context[Any, Any],
        hand: Handraise,
        request: Request,
        wait_seconds: float | None,
        note: str | None = None,
    ) -> Answer:
        return await wait_for_answer(
            hand, request, call, self._patience, seconds=wait_seconds, note=note
        )
