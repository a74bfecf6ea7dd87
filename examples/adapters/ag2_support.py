"""AG2: an agent refunds orders with a tool whose calls people approve, and asks them what to say.

`python -m examples.adapters.ag2_support`. The model is scripted, so that nothing leaves this
machine: give the agent another `config` to go live.
"""

import argparse
import asyncio
import json
import sys
import uuid
from collections.abc import Sequence

from ag2 import Agent, Context, MemoryStream, tool
from ag2.events import ToolCallEvent
from ag2.testing import TestConfig
from handraise import Handraise
from handraise.adapters.ag2 import approval_by_people, people_answer

from examples.adapters.person import Person
from examples.common.command import ran
from examples.common.screen import Screen
from examples.common.surroundings import Surroundings, find

TITLE = "An AG2 agent refunds an order"
_PAUSE_SECONDS = 0.2


class Desk:
    """An agent with a tool that needs an approval, and one that asks a person."""

    def __init__(self, hand: Handraise) -> None:
        self.refunds: list[tuple[str, int]] = []
        self.replies: list[str] = []

        @tool(middleware=[approval_by_people(hand, agent_id="support", timeout=24 * 60)])
        async def refund(order: str, cents: int) -> str:
            """Give a customer money back."""
            self.refunds.append((order, cents))
            return f"Order {order} was refunded {cents} cents."

        @tool
        async def reply_to(customer: str, context: Context) -> str:
            """Ask a colleague what to write, and write it."""
            words = await context.input(f"What shall we write to {customer}?")
            self.replies.append(words)
            return f"Wrote: {words}"

        self.agent = Agent(
            "support",
            "Refund what is due, and tell the customer.",
            config=TestConfig(
                _call("call-1", "refund", order="A-17", cents=2400),
                _call("call-2", "reply_to", customer="Kim"),
                "All done.",
            ),
            tools=[refund, reply_to],
            hitl_hook=people_answer(hand, agent_id="support"),
        )

    async def work(self, conversation: uuid.UUID) -> str:
        """One turn of the agent; what it says at the end."""
        reply = await self.agent.ask("Refund A-17", stream=MemoryStream(id=conversation))
        return reply.body or ""


def _call(name: str, function: str, **arguments: object) -> ToolCallEvent:
    return ToolCallEvent(id=name, name=function, arguments=json.dumps(arguments))


async def play(found: Surroundings, screen: Screen, answer: str | None) -> Desk:
    """The whole story: the agent works, and whoever is at the terminal answers what it asks."""
    conversation = uuid.uuid4()
    async with (
        Handraise(found.url, found.api_key) as hand,
        Handraise(found.url, found.reviewer_token) as reviewer,
    ):
        desk = Desk(hand)
        screen.step("The agent begins its turn")
        turn = asyncio.create_task(desk.work(conversation))
        person = Person(reviewer, screen, answer)
        answered = set[str]()
        while not turn.done():
            page = await hand.list(workflow_id=str(conversation), open=True)
            for one in page.items:
                if one.id not in answered:
                    answered.add(one.id)
                    screen.step("A person is asked, and the turn waits")
                    await person.answer(one.id)
            await asyncio.wait([turn], timeout=_PAUSE_SECONDS)
        said = await turn
        screen.say(f"refunded: {desk.refunds}; written: {desk.replies}")
        screen.end(said)
    return desk


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the example; 0 when it worked, 1 with a sentence when it did not."""
    parser = argparse.ArgumentParser(prog="python -m examples.adapters.ag2_support")
    parser.add_argument("--answer", choices=("approve", "reject", "wait"))
    asked = parser.parse_args(arguments)
    return ran(play(find("adapters"), Screen(), asked.answer), "Left. What was asked stays asked.")


if __name__ == "__main__":
    sys.exit(main())
