"""Plays the story at the terminal: a run, a question, talk, a rerun, an answer, a refund."""

import sys
import uuid
from dataclasses import replace

from handraise import Handraise
from rich.markup import escape
from rich.panel import Panel

from examples.common.mails import mail_about
from examples.common.screen import Screen
from examples.common.surroundings import Surroundings
from examples.common.typing_in import typed
from examples.common.waiting import until
from examples.creator_reviews.accounts import balance_of
from examples.creator_reviews.cast import CARLA, OMAR, URSULA
from examples.creator_reviews.catalog import User
from examples.creator_reviews.creator_acts import Decision, Delivery
from examples.creator_reviews.executions import Execution
from examples.creator_reviews.ledger import account_of
from examples.creator_reviews.market import Market
from examples.creator_reviews.reading import Review
from examples.creator_reviews.refusals import NotOffered

POINTS = "the parcel comes on Tuesday\nsomebody must be at home"
LETTER = {"recipient": "Mrs Okafor", "points": POINTS, "sender": "Ursula"}
NOTE = "The tone is too formal, can you help?"
_WAIT_SECONDS, _A_WEEK_SECONDS = 60, 7 * 24 * 3600
_LEAST_CREDIT = 100
_SHORT_SECONDS = 3


class Play:
    """The story; somebody at the terminal or in the browser answers, or the play does."""

    def __init__(self, found: Surroundings, market: Market, screen: Screen, answer: str) -> None:
        """`answer`: `edit` plays the creator too, `wait` leaves it to the browser, `ask` asks."""
        self._found = found
        self._market = market
        self._screen = screen
        self._answer = answer
        self._shop = market.shop
        self._name = uuid.uuid4().hex

    async def play(self) -> None:
        """The whole story."""
        ursula = await self._shop.catalog.user(URSULA)
        await self._top_up()
        execution_id = await self._unsatisfied(ursula)
        review = await self._ask(ursula, execution_id)
        await self._get_answered(ursula, review)
        await self._tell_the_end(ursula, execution_id, review)
        await self._refusal(ursula)
        await self._unanswered()
        self._screen.say("The marketplace closes now; `serve` instead of `play` keeps it open")
        self._screen.end("The story is told.")

    async def _top_up(self) -> None:
        """Whoever has played often would run out of credits."""
        for user_id in (URSULA, OMAR):
            if await self._balance(user_id) < _LEAST_CREDIT:
                await self._shop.catalog.give(user_id, _LEAST_CREDIT, self._once(user_id))

    async def _unsatisfied(self, ursula: User) -> str:
        self._screen.step("Ursula has a letter written")
        before = await self._balance(URSULA)
        execution_id = await self._shop.user_acts.run(
            ursula, "letters", LETTER, {}, self._once("run")
        )
        execution = await self._shop.executions.get(execution_id, URSULA)
        self._show("the agent's output", execution.output)
        self._screen.say(f"credits: {before} before, {await self._balance(URSULA)} now")
        return execution_id

    async def _ask(self, ursula: User, execution_id: str) -> Review:
        self._screen.step("She asks the agent's creator")
        self._screen.say(NOTE)
        review_id = await self._shop.user_acts.ask(ursula, execution_id, NOTE)

        async def asked() -> Review | None:
            review = await self._shop.reader.get(review_id)
            return review if review.request_id else None

        review = await until(asked, "the question at Handraise", _WAIT_SECONDS)
        execution = await self._shop.executions.get(execution_id, URSULA)
        self._screen.say(f"execution: {execution.status}, review: {review.review_status}")
        self._screen.say(f"credits: {await self._balance(URSULA)}; 45 are reserved")
        async with Handraise(self._found.url, self._found.admin_token) as hand:
            request = await hand.get(review.request_id or "")
        mail = await mail_about(request, self._found.mail_url)
        if mail is not None:
            self._screen.mail(mail.subject, mail.to, mail.text)
        self._screen.say(f"Carla's inbox:  {self._market.url}/inbox/{review_id}")
        self._screen.say(f"at Handraise:   {request.url}")
        return review

    async def _get_answered(self, ursula: User, review: Review) -> None:
        if not await self._plays_carla():
            self._screen.step("Carla answers, in the browser")
            self._screen.say("waiting until she has")
            return
        carla = await self._shop.catalog.user(CARLA)
        acts = self._shop.creator_acts
        self._screen.step("They talk")
        await acts.write(carla, review.id, "Do you know her well?", self._once("q"))
        await self._shop.user_acts.write(
            ursula, review.execution_id, "She is my aunt.", self._once("a")
        )
        for message in await self._shop.reader.messages(review.id):
            self._screen.say(f"{'Carla' if message.by_creator else 'Ursula'}: {message.text}")
        self._screen.step("Carla runs it again in another tone, at no cost, and edits it")
        await acts.rerun(carla, review.id, {"tone": "friendly"}, self._once("rerun"))
        rerun = await self._shop.reader.last_rerun(review.id)
        assert rerun is not None
        text = rerun.output.replace("Hi Mrs Okafor!", "Dear aunt Ada,")
        delivery = Delivery(Decision.EDIT, "Warmer now.", text)
        await acts.deliver(carla, review.id, delivery, self._once("end"))

    async def _tell_the_end(self, ursula: User, execution_id: str, review: Review) -> None:
        async def ended() -> Review | None:
            found = await self._shop.reader.get(review.id)
            return None if found.is_open else found

        seconds = _A_WEEK_SECONDS if self._answer == "wait" else _WAIT_SECONDS
        over = await until(ended, "the creator's answer", seconds)
        self._screen.step(f"The review is {over.review_status}")
        execution = await self._shop.executions.get(execution_id, ursula.id)
        self._tell(execution)
        if over.review_response_note:
            self._screen.say(f"Carla: {over.review_response_note}")
        self._screen.say(
            f"credits: Ursula {await self._balance(URSULA)}, Carla {await self._balance(CARLA)}"
        )
        self._screen.say(f"her result: {self._market.url}/executions/{execution_id}")

    async def _refusal(self, ursula: User) -> None:
        self._screen.step("An agent whose creator gives no reviews")
        inputs = {"text": "The parcel office opens on Tuesday, and parcels wait."}
        execution_id = await self._shop.user_acts.run(
            ursula, "headlines", inputs, {}, self._once("headlines")
        )
        try:
            await self._shop.user_acts.ask(ursula, execution_id, NOTE)
        except NotOffered as refusal:
            self._screen.say(f"{refusal.status} {refusal.code}: {refusal}")

    async def _unanswered(self) -> None:
        """A question that nobody answers: the creator's time is made short for it."""
        self._screen.step(f"A question that nobody answers within {_SHORT_SECONDS} s")
        omar = await self._shop.catalog.user(OMAR)
        agent = await self._shop.catalog.agent("summaries")
        await self._shop.catalog.put_agent(replace(agent, review_seconds=_SHORT_SECONDS))
        try:
            inputs = {"text": "The parcel is late. It rains. The parcel office is closed."}
            execution_id = await self._shop.user_acts.run(
                omar, agent.id, inputs, {}, self._once("late")
            )
            before = await self._balance(OMAR)
            await self._shop.user_acts.ask(omar, execution_id, "Is this all?")
            self._screen.say(f"credits: {before} before, {await self._balance(OMAR)} now")

            async def over() -> Review | None:
                review = await self._shop.reader.latest_of(execution_id)
                return review if review is not None and not review.is_open else None

            review = await until(over, "the deadline", _WAIT_SECONDS)
        finally:
            await self._shop.catalog.put_agent(agent)
        execution = await self._shop.executions.get(execution_id, OMAR)
        self._screen.say(f"{review.outcome}: execution {execution.status}, the result as it was")
        self._screen.say(f"credits: {await self._balance(OMAR)}; he is told by e-mail")

    async def _plays_carla(self) -> bool:
        if self._answer != "ask":
            return self._answer == "edit"
        if not sys.stdin.isatty():
            return True
        said = await typed("   Enter: Carla answers here.  b: you answer in the browser. ")
        if said.strip().lower() == "b":
            self._answer = "wait"
        return self._answer != "wait"

    def _tell(self, execution: Execution) -> None:
        if execution.edited_output is not None:
            self._show("the creator's version", execution.edited_output)
        self._show("the agent's original, which is kept", execution.original_output)

    def _show(self, title: str, text: str) -> None:
        self._screen.show(Panel(escape(text), title=title))

    async def _balance(self, user_id: str) -> int:
        return await balance_of(self._market.pool, account_of(user_id))

    def _once(self, act: str) -> str:
        return f"{self._name}-{act}"
