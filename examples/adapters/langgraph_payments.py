"""LangGraph: a graph pays invoices side by side, and each waits for a person in an interrupt.

`python -m examples.adapters.langgraph_payments`. Its threads are kept by the SQLite checkpointer.
"""

import operator
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, TypedDict

from handraise import Handraise
from handraise.adapters.langgraph import Graph, Interrupts, Reply
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send, interrupt

from examples.adapters.story import Example, Leg, main, waiting_for


class Invoice(TypedDict):
    """What is to be paid."""

    to: str
    euros: int


class Payments(TypedDict):
    """The graph's state: what is to be paid, and what was done about it."""

    invoices: list[Invoice]
    told: Annotated[list[str], operator.add]


INVOICES: list[Invoice] = [{"to": "Acme", "euros": 240}, {"to": "Brook", "euros": 9000}]


def one_by_one(state: Payments) -> list[Send]:
    """Every invoice goes its own way."""
    return [Send("pay", one) for one in state["invoices"]]


async def pay(state: Invoice) -> dict[str, list[str]]:
    """Pay an invoice if a person agrees, and as that person says."""
    to, euros = state["to"], state["euros"]
    reply: Reply = interrupt({"title": f"Pay {euros} EUR to {to}?", "context": state})
    if not reply["approved"]:
        return {"told": [f"{to} gets nothing. {reply['reason']}"]}
    agreed: Invoice = reply["edited"] or state
    return {"told": [f"{agreed['to']} gets {agreed['euros']} EUR."]}


@asynccontextmanager
async def graph_in(directory: Path) -> AsyncGenerator[Graph]:
    """The graph, with its threads in this directory."""
    builder = StateGraph(Payments)
    builder.add_node("pay", pay)
    builder.add_conditional_edges(START, one_by_one, ["pay"])
    builder.add_edge("pay", END)
    async with AsyncSqliteSaver.from_conn_string(str(directory / "threads.db")) as saver:
        yield builder.compile(checkpointer=saver)


def people(hand: Handraise) -> Interrupts:
    """Who is asked, and how."""
    return Interrupts(hand, agent_id="payments", timeout=24 * 60)


async def begin(hand: Handraise, directory: Path, run_id: str) -> Leg:
    """The first process: runs to the interrupts, and asks."""
    async with graph_in(directory) as graph:
        await graph.ainvoke({"invoices": INVOICES, "told": []}, _thread(run_id))
        return waiting_for(await people(hand).ask(graph, _thread(run_id)))


async def resume(hand: Handraise, directory: Path, run_id: str) -> Leg:
    """The second process: knows the thread's name, and nothing else."""
    async with graph_in(directory) as graph:
        result: dict[str, Any] = await people(hand).resume(graph, _thread(run_id))
        if "__interrupt__" in result:
            return waiting_for(await people(hand).ask(graph, _thread(run_id)))
        return Leg(said=" ".join(result["told"]))


def _thread(run_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": run_id}}


EXAMPLE = Example(
    "examples.adapters.langgraph_payments", "A LangGraph graph pays invoices", begin, resume
)

if __name__ == "__main__":
    sys.exit(main(EXAMPLE))
