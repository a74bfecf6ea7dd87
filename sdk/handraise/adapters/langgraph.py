"""LangGraph: the interrupts of a thread become requests, and their answers resume it.

::

    async def pay(state: State) -> State:
        reply = interrupt({"title": "Pay 240 EUR?", "context": {"order": state["order"]}})
        return {"paid": reply["approved"]}

    people = Interrupts(hand, timeout=60, agent_id="payments")
    result = await graph.ainvoke({"order": "A-17"}, config)      # stops at the interrupt
    await people.ask(graph, config)                              # and the process may end

    # Later, in any process that has the same checkpointer:
    result = await people.resume(graph, config)                  # waits; StillOpen after `at_most`
    while "__interrupt__" in result:
        result = await people.resume(graph, config)

The graph needs a checkpointer with async methods, such as AsyncSqliteSaver. A request is known by
its thread, its interrupt and the interrupt's value, so that a node that runs again, a process that
died and a second worker find the request that is there, and its answer. As ever with LangGraph, a
node begins anew when it is resumed, and one worker at a time runs a thread.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, TypeAlias, Unpack, cast

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, Interrupt
from pydantic_core import to_jsonable_python
from typing_extensions import TypedDict

from handraise.adapters.asking import Terms, asked, bound, one_line, outcomes
from handraise.adapters.sayings import accepts, approves, reason_in
from handraise.client import Handraise
from handraise.errors import StillOpen
from handraise.models import Request, Response
from handraise.outcomes import Answered, Outcome
from handraise.question import Asking, Question

Graph: TypeAlias = CompiledStateGraph[Any, Any, Any, Any]
_KEYWORDS = frozenset(Asking.__annotations__)


class Reply(TypedDict):
    """What `interrupt` returns: `data` fits the form, `edited` is the context as it was changed.

    `approved` is true only where a person's decision means approve; else `reason` says why not.
    """

    approved: bool
    decision: str | None
    comment: str | None
    data: Any
    edited: Any
    responder_id: str | None
    reason: str | None


def question_in(interrupt: Interrupt) -> Question:
    """The question that an interrupt asks.

    A mapping with a `title` and other fields of `Asking` is the question itself; of any other
    value the reviewer sees the value. A `response_schema` is the form of the answer.
    """
    value: Any = to_jsonable_python(interrupt.value)
    title = one_line(value) if isinstance(value, str) else ""
    fields: dict[str, Any] = {"title": title or "A workflow waits", "context": {"asks": value}}
    if isinstance(value, dict) and "title" in value and value.keys() <= _KEYWORDS:
        fields = cast("dict[str, Any]", value)
    if isinstance(interrupt.response_schema, dict):
        fields = {"form": interrupt.response_schema, **fields}
    return cast("Question", fields)


def answer_to(interrupt: Interrupt, outcome: Outcome) -> Any:
    """What an interrupt returns in its node: a `Reply`; JSON, so that any checkpointer keeps it.

    Where it has a `response_schema`, the data that a person gave. Where nobody gave any, the
    `Reply`: a Pydantic schema that has to bear that is a union, such as `Refund | Reply`.
    """
    said = outcome.request.response or Response()
    given = isinstance(outcome, Answered)
    if interrupt.response_schema is not None and accepts(outcome) and said.data is not None:
        return said.data
    return Reply(
        approved=approves(outcome),
        decision=said.decision if given else None,
        comment=said.comment,
        data=said.data if given else None,
        edited=said.edited if given else None,
        responder_id=said.responder_id,
        reason=None if approves(outcome) else reason_in(outcome),
    )


class Interrupts:
    """Asks what the interrupts of a graph ask, each on these terms unless it brings its own.

    `question` and `answer` take the place of `question_in` and `answer_to` for graphs whose
    interrupts have a form of their own.
    """

    def __init__(
        self,
        hand: Handraise,
        *,
        question: Callable[[Interrupt], Question] = question_in,
        answer: Callable[[Interrupt, Outcome], Any] = answer_to,
        **terms: Unpack[Terms],
    ) -> None:
        self._hand = hand
        self._question = question
        self._answer = answer
        self._terms = terms

    async def ask(self, graph: Graph, config: RunnableConfig) -> dict[str, Request]:
        """Open the requests of a thread's pending interrupts; they come by the interrupts' ids."""
        thread = await graph.aget_state(config)
        return await asked(self._hand, self._questions(thread.interrupts, config))

    async def resume(
        self, graph: Graph, config: RunnableConfig, *, at_most: timedelta | None = None
    ) -> Any:
        """Wait for the answers, resume the thread with them, and return what the graph returns.

        After `at_most` it is resumed with the answers that came; `StillOpen` says that none did.
        A thread that waits for nothing is left alone, and its values are returned.
        """
        thread = await graph.aget_state(config)
        if not thread.interrupts:
            return thread.values
        found = await outcomes(self._hand, self._questions(thread.interrupts, config), at_most)
        if not found:
            raise StillOpen(f"Nobody has answered {len(thread.interrupts)} interrupts yet")
        pending = (one for one in thread.interrupts if one.id in found)
        answers = {one.id: self._answer(one, found[one.id]) for one in pending}
        return await graph.ainvoke(Command(resume=answers), config)

    def _questions(
        self, interrupts: Iterable[Interrupt], config: RunnableConfig
    ) -> dict[str, Question]:
        thread_id = str(config.get("configurable", {})["thread_id"])
        return {
            one.id: bound(
                cast("Question", {**self._terms, **self._question(one)}),
                workflow_id=thread_id,
                place=one.id,
                about=to_jsonable_python([one.value, one.response_schema]),
            )
            for one in interrupts
        }
