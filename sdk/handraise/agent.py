"""The base of an agent whose workflows pause for people, survive crashes and go on.

::

    class Refunds(Agent):
        async def run(self, workflow_id, state):
            return await self.pause(workflow_id, state, title=f"Refund {state['order']}?")

        async def resume_from_checkpoint(self, workflow_id, state):
            match answer_in(state):
                case Answered("approve"):
                    return Finished((NextEvent("refund.approved", {"order": state["order"]}),))
                case _:
                    return Failed("nobody approved it")

`run` and `resume_from_checkpoint` are *legs*. A leg that a crash cut off is run again from its
beginning, so what it does must bear being done twice; its pauses and events keep their ids, and
therefore are not doubled, as long as the second run makes them in the same order.
"""

import json
import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, Unpack

from handraise.bus import EventBus, LoggedBus
from handraise.client import Handraise
from handraise.errors import Busy, Conflict, HandraiseError, NotFound
from handraise.events import Event, event_id_for
from handraise.models import Json, Request
from handraise.outcomes import ChangesRequested
from handraise.pausing import question_for, save_and_ask
from handraise.polling import poll_until_resumed
from handraise.question import Asking
from handraise.recovery import Recovered, heal
from handraise.resuming import advance, hand_over_events, record
from handraise.revising import revise_and_wait
from handraise.runtime import Runtime, utc_now
from handraise.steps import Paused, Step
from handraise.storage import Status, Store, Workflow
from handraise.topics import WORKFLOW_STARTED
from handraise.verbs import Revision
from handraise.workflows import WorkflowState, state_of


class Agent:
    """Subclass it, give it an `agent_id`, and write `run` and `resume_from_checkpoint`.

    `callback_webhook` is where the `Receiver` of this agent can be reached; an agent without
    one calls `resume_by_polling`. `callback_secret` signs the callbacks; without it the signing
    secret of the API key does.
    """

    agent_id: str = "agent"

    def __init__(
        self,
        hand: Handraise,
        store: Store,
        *,
        bus: EventBus | None = None,
        callback_webhook: str | None = None,
        callback_secret: str | None = None,
    ) -> None:
        self.runtime = Runtime(
            agent_id=self.agent_id,
            hand=hand,
            store=store,
            bus=LoggedBus(bus, store, utc_now),
            callback_webhook=callback_webhook,
            callback_secret=callback_secret,
        )

    @property
    def hand(self) -> Handraise:
        """The client, for whatever else an agent does with its requests."""
        return self.runtime.hand

    async def run(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """The first leg of a workflow, from the state it was started with or last saved."""
        raise NotImplementedError(f"{type(self).__name__} has no first leg")

    async def resume_from_checkpoint(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """The leg after an answer: `answer_in(state)` is what was answered."""
        raise NotImplementedError(f"{type(self).__name__} can't resume")

    async def start(
        self, state: Json | None = None, *, workflow_id: str | None = None
    ) -> WorkflowState:
        """Begin a workflow, publish `workflow.started`, and run its first leg.

        Starting one that is known goes on with it if a crash cut it off, and else does nothing.
        """
        started = await self.enqueue(state, workflow_id=workflow_id)
        await advance(self.runtime, self, started)
        return await self._known(started)

    async def enqueue(self, state: Json | None = None, *, workflow_id: str | None = None) -> str:
        """Write a workflow down and publish `workflow.started`; its id.

        Its first leg is run by `advance`, or by a `Supervisor` in whichever process.
        """
        started = workflow_id or f"wf-{uuid.uuid4()}"
        now = self.runtime.clock()
        async with self.runtime.store.transaction() as tables:
            workflow = Workflow(
                workflow_id=started,
                agent_id=self.agent_id,
                status=Status.RUNNING,
                step="start",
                state=dict(state or {}),
                created_at=now,
                updated_at=now,
            )
            if await tables.workflows.add(workflow):
                await tables.events.append(self._event(WORKFLOW_STARTED, started, {}, ""), now)
        await hand_over_events(self.runtime, started)
        return started

    async def pause(
        self,
        workflow_id: str,
        state: Json,
        *,
        at: str | None = None,
        keep_for: timedelta | None = None,
        **question: Unpack[Asking],
    ) -> Paused:
        """Save the state, ask the question, and return; the process may exit then.

        The state is saved before the question is asked. A crash between the two is healed by
        `recover`: the same question is asked, once. `at` names the checkpoint (default: made
        from the leg and the number of the pause in it); `keep_for` says when it is cleaned up.
        Pausing several times in one leg asks several questions at once.
        """
        leg = self.runtime.legs.get(workflow_id)
        if at is None:
            at = leg.next_checkpoint_id() if leg else f"cp-{uuid.uuid4()}"
        asked = question_for(self.runtime, workflow_id, at, question)
        return await save_and_ask(self.runtime, at, state, asked, keep_for)

    async def revise(
        self, changes: ChangesRequested, state: Json, **revision: Unpack[Revision]
    ) -> Paused:
        """Send the revised question, and wait on at the same checkpoint with this state.

        Both are saved before: a leg that is run again sends and keeps what it first came to.
        """
        return await revise_and_wait(self.runtime, changes, state, revision)

    async def withdraw(self, request: Request, reason: str | None = None) -> None:
        """Cancel a question whose answer is wanted no more; one that has ended is left as it is.

        So a leg that withdrew it and was cut off then can be run again.
        """
        with suppress(Conflict, NotFound):
            await self.hand.cancel(request.id, reason)

    async def save(self, workflow_id: str, step: str, state: Json) -> None:
        """Note how far a leg has come; `run` begins there if a crash cuts it off.

        Steps of one leg bear different names: questions and events are known by them.
        Raises HandraiseError outside a leg, and `Busy` when another process took it over.
        """
        leg = self.runtime.legs.get(workflow_id)
        if leg is None:
            raise HandraiseError(f"Workflow {workflow_id} is not in a leg")
        leg.enter(step)
        async with self.runtime.store.transaction() as tables:
            if not await tables.workflows.save_step(
                workflow_id, leg.holder, step, state, self.runtime.clock()
            ):
                raise Busy(f"Another process has taken over workflow {workflow_id}")

    async def publish(
        self, event_type: str, workflow_id: str, data: Json, *, key: str | None = None
    ) -> Event:
        """Write an event of a workflow into the event log, and publish it.

        A bus that is away keeps nobody waiting: the event is published when it is back. It is
        known by its workflow, type and `key` (default: its data): publishing it again, in a leg
        that is run again, is no second event.
        """
        event = self._event(event_type, workflow_id, data, key)
        await self.runtime.bus.write(event)
        await hand_over_events(self.runtime, workflow_id)
        return event

    async def accept(self, request: Request, *, webhook_id: str | None = None) -> None:
        """Take in the answer that a closed request brings, and resume its workflow.

        Callbacks and polls both end here. Raises `UnknownCheckpoint`, `ExpiredCheckpoint`,
        `Busy`, ValueError for a request without an answer, and whatever the leg raises.
        """
        if await self.record(request, webhook_id=webhook_id):
            await self.advance(request.workflow_id or "")

    async def record(self, request: Request, *, webhook_id: str | None = None) -> bool:
        """Write an answer down without resuming yet; False for one that was dealt with."""
        return await record(self.runtime, request, webhook_id)

    async def advance(self, workflow_id: str) -> None:
        """Run the legs of a workflow that are due."""
        await advance(self.runtime, self, workflow_id)

    async def recover(self) -> Recovered:
        """Heal what a crash left half done; to be called once at every start."""
        return await heal(self.runtime, self)

    async def resume_by_polling(self, *, at_once: int = 32) -> None:
        """Poll for the answers of all saved pauses and resume, until no pause is left."""
        await poll_until_resumed(self.runtime, self, at_once)

    async def workflow(self, workflow_id: str) -> WorkflowState | None:
        """Where a workflow stands and what it waits for, or None for an unknown one."""
        return await state_of(self.runtime.store, workflow_id)

    async def _known(self, workflow_id: str) -> WorkflowState:
        state = await self.workflow(workflow_id)
        if state is None:
            raise HandraiseError(f"Workflow {workflow_id} has left the store")
        return state

    def _event(
        self, event_type: str, workflow_id: str, data: Mapping[str, Any], key: str | None
    ) -> Event:
        told = json.dumps(data, sort_keys=True) if key is None else key
        return Event(
            event_id=event_id_for(workflow_id, event_type, told),
            event_type=event_type,
            workflow_id=workflow_id,
            timestamp=self.runtime.clock(),
            data=data,
            agent_id=self.agent_id,
            correlation_id=workflow_id,
        )
