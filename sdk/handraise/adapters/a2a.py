"""A2A: a task of an agent waits in `input-required` for a person, and goes on with the answer.

::

    class Payments(AskingExecutor):
        async def run(self, task):
            order = task.text
            outcome = await task.ask("approval", title=f"Pay {order}?", context={"order": order})
            match outcome:
                case Answered("approve"):
                    await task.updater.complete(task.says(f"{order} is paid"))
                case _:
                    await task.updater.reject(task.says(f"{order} is not paid"))

    executor = Payments(hand, agent_id="payments", callback_webhook="https://…/resume")
    handler = DefaultRequestHandler(executor, task_store, card)
    receiver = Receiver(Tasks(executor, handler), secrets=[…])     # POST /resume

`ask` returns what came of the question, or ends this run: the task is put into `input-required`
with the address of the question's page. When the answer comes by callback, or when the client sends
the task any message, `run` is called again from its beginning with the task's first message, and
finds all answers that are there. What stands before a question runs again, too: let it bear that.

What the client says is never taken for the answer, so no agent can approve for a person. Nothing is
kept here: the task lies in the task store, the question with Handraise, and both know the other, so
a restart in between loses nothing (with a task store that lasts, such as DatabaseTaskStore).
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, Unpack, cast

from a2a.auth.user import User
from a2a.helpers import get_message_text, new_task_from_user_message
from a2a.server.agent_execution import AgentExecutor, RequestContext
from a2a.server.context import ServerCallContext
from a2a.server.events import EventQueue
from a2a.server.request_handlers.request_handler import RequestHandler
from a2a.server.tasks import TaskUpdater
from a2a.types import GetTaskRequest, Message, Part, Role, SendMessageRequest, Task, TaskState
from a2a.utils.errors import A2AError, InvalidParamsError
from google.protobuf.json_format import MessageToDict

from handraise.adapters.asking import asked, bound
from handraise.client import Handraise
from handraise.errors import Conflict, NotFound, UnknownCheckpoint
from handraise.models import Request
from handraise.outcomes import Outcome, outcome_of
from handraise.question import Asking, Question

REQUEST: Final = "handraise"
"""Under which name the metadata of an input-required task's message say what is waited for."""
_OWNER: Final = "a2a_user"
_TENANT: Final = "a2a_tenant"
_ENDED: Final = frozenset(
    {
        TaskState.TASK_STATE_COMPLETED,
        TaskState.TASK_STATE_CANCELED,
        TaskState.TASK_STATE_FAILED,
        TaskState.TASK_STATE_REJECTED,
    }
)


class AwaitsPerson(Exception):
    """The run ends here: a person is asked, and has not answered."""

    def __init__(self, request: Request) -> None:
        self.request = request
        super().__init__(f"Waiting for request {request.id}")


class AskingTask:
    """A task in one run: what was asked of the agent, and what it may ask of people."""

    def __init__(
        self, executor: "AskingExecutor", context: RequestContext, queue: EventQueue
    ) -> None:
        self.context = context
        self.id = context.task_id or ""
        self.updater = TaskUpdater(queue, self.id, context.context_id or "")
        self._executor = executor

    @property
    def message(self) -> Message:
        """The message with which the task began."""
        task = self.context.current_task
        first = task.history[0] if task is not None and task.history else self.context.message
        if first is None:
            raise InvalidParamsError("A task begins with a message")
        return first

    @property
    def text(self) -> str:
        """The text of that message."""
        return get_message_text(self.message)

    async def ask(self, step: str, **question: Unpack[Asking]) -> Outcome:
        """What came of a question, which is asked once for each task, step and content.

        Raises `AwaitsPerson`, which ends the run, while nobody has answered; let it pass.
        """
        request = await self._executor.asked(self, step, question)
        if not (request.is_closed or request.wants_changes):
            raise AwaitsPerson(request)
        return outcome_of(request)

    def says(self, text: str, metadata: Mapping[str, Any] | None = None) -> Message:
        """A message of the agent about this task."""
        return self.updater.new_agent_message(
            [Part(text=text)], dict(metadata) if metadata else None
        )


class AskingExecutor(AgentExecutor, ABC):
    """An executor whose tasks ask people; `run` is the agent.

    Without a `callback_webhook` a task goes on when its client next writes to it.
    """

    def __init__(
        self, hand: Handraise, *, agent_id: str, callback_webhook: str | None = None
    ) -> None:
        self._hand = hand
        self.agent_id = agent_id
        self._callback_webhook = callback_webhook

    @abstractmethod
    async def run(self, task: AskingTask) -> None:
        """Do the task up to its end and tell it by `task.updater`; called again for each answer."""

    async def execute(self, context: RequestContext, event_queue: EventQueue) -> None:
        """Runs the task until it ends or waits for a person."""
        task = AskingTask(self, context, event_queue)
        if context.current_task is None:
            await event_queue.enqueue_event(new_task_from_user_message(task.message))
        await task.updater.start_work()
        try:
            await self.run(task)
        except AwaitsPerson as waiting:
            request = waiting.request
            told = {REQUEST: {"request_id": request.id, "url": request.url or ""}}
            where = f" at {request.url}" if request.url else ""
            asks = f"{request.title or ''} A person decides{where}".strip()
            await task.updater.requires_input(task.says(asks, told))

    async def cancel(self, context: RequestContext, event_queue: EventQueue) -> None:
        """Withdraws what is asked, and cancels the task."""
        request_id = _waits_for(context.current_task)
        if request_id is not None:
            with suppress(Conflict, NotFound):
                await self._hand.cancel(request_id, "The task was cancelled")
        await AskingTask(self, context, event_queue).updater.cancel()

    def met(self, request: Request) -> None:
        """Take note of a request that a callback brought, so that the next run finds its answer."""
        self._hand.met(request)

    async def asked(self, task: AskingTask, step: str, question: Asking) -> Request:
        """The request of a step, opened where it was not yet, as it is now."""
        caller = task.context.call_context
        metadata = {
            **(question.get("metadata") or {}),
            _OWNER: caller.user.user_name,
            _TENANT: caller.tenant,
        }
        whole: Question = {**question, "metadata": metadata, "agent_id": self.agent_id}
        if self._callback_webhook is not None:
            whole["callback_webhook"] = self._callback_webhook
        about = [question["title"], question.get("context")]
        whole = bound(whole, workflow_id=task.id, place=step, about=about)
        opened = (await asked(self._hand, {step: whole}))[step]
        return await self._hand.get(opened.id)


class Tasks:
    """The tasks that wait for people, for a `Receiver` of callbacks.

    A callback names the task and whose it is; the run that it lets go on reads the answer from
    Handraise. So a callback that comes twice, or after the task's end, does nothing.
    """

    def __init__(self, executor: AskingExecutor, handler: RequestHandler) -> None:
        self._handler = handler
        self._executor = executor
        self._callers: dict[str, ServerCallContext] = {}

    @property
    def agent_id(self) -> str:
        """The agent that asked."""
        return self._executor.agent_id

    async def record(self, request: Request, *, webhook_id: str | None = None) -> bool:
        """Whether a task waits for this; raises `UnknownCheckpoint` where there is no such task."""
        task_id = request.workflow_id or ""
        user, tenant = request.metadata.get(_OWNER, ""), request.metadata.get(_TENANT, "")
        caller = ServerCallContext(user=_Owner(str(user)), tenant=str(tenant))
        if (task := await self._task(task_id, caller)) is None:
            raise UnknownCheckpoint(f"There is no task {task_id}")
        if task.status.state in _ENDED:
            return False
        self._executor.met(request)
        self._callers[task_id] = caller
        return True

    async def advance(self, workflow_id: str) -> None:
        """Let the task go on, in its owner's name."""
        caller = self._callers.pop(workflow_id, None)
        task = await self._task(workflow_id, caller) if caller is not None else None
        if caller is None or task is None or task.status.state in _ENDED:
            return
        # A run that is just about to wait gets the message when it does.
        message = Message(
            message_id=f"answer-to-{_waits_for(task)}",
            task_id=task.id,
            context_id=task.context_id,
            role=Role.ROLE_USER,
            parts=[Part(text="A person has answered.")],
        )
        await self._handler.on_message_send(SendMessageRequest(message=message), caller)

    async def _task(self, task_id: str, caller: ServerCallContext) -> Task | None:
        try:
            return await self._handler.on_get_task(GetTaskRequest(id=task_id), caller)
        except A2AError:
            return None


class _Owner(User):
    """Whose task it is, as the agent knew it when the question was asked."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def is_authenticated(self) -> bool:
        return bool(self._name)

    @property
    def user_name(self) -> str:
        return self._name


def _waits_for(task: Task | None) -> str | None:
    if task is None:
        return None
    metadata = cast("Mapping[str, Any]", MessageToDict(task.status.message.metadata))
    told = metadata.get(REQUEST)
    return str(told["request_id"]) if isinstance(told, Mapping) and "request_id" in told else None
