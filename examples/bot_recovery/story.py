"""The story: bots fail in many ways, people put them right, and the bots learn from it."""

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from examples.bot_recovery.cast import (
    CUT_OFF,
    FIRST,
    FORGOTTEN,
    UNLUCKIEST,
    UNLUCKY,
    Part,
    enrol,
)
from examples.bot_recovery.review_queue import Decided, Result
from examples.bot_recovery.reviews import Failure, Filters
from examples.bot_recovery.screen import RecoveryScreen
from examples.bot_recovery.system import Recovery
from examples.bot_recovery.warmup import Account, AccountStatus, Solution
from examples.common.mails import mail_about
from examples.common.surroundings import Surroundings
from examples.common.trouble import Trouble
from examples.common.typing_in import typed

_RESUME_SECONDS = 90
_LOOK_SECONDS = 0.2


class Story:
    """Plays it at a terminal; unattended, it does what the people in it would do."""

    def __init__(
        self, found: Surroundings, recovery: Recovery, screen: RecoveryScreen, *, unattended: bool
    ) -> None:
        self._found = found
        self._recovery = recovery
        self._screen = screen
        self._unattended = unattended or not sys.stdin.isatty()
        self._tag = secrets.token_hex(2)
        self._accounts: dict[str, Account] = {}

    async def play(self) -> None:
        """All of it."""
        await self._bots_begin()
        await self._people_are_asked()
        await self._a_person_solves_the_captcha()
        await self._the_others()
        await self._many_at_once()
        await self._cut_off()
        await self._learning()
        await self._nobody_answers()
        self._screen.step("What is known now")
        self._screen.successes(await self._recovery.report.successes())
        self._screen.end("Every account is through, or somebody said why not.")

    async def _bots_begin(self) -> None:
        self._screen.step("Bots begin to warm up accounts, in a real browser")
        self._screen.say(f"The site: {self._recovery.site_url} (a stand-in of our own)")
        await self._begin(*FIRST)
        await self._show_accounts(FIRST)

    async def _people_are_asked(self) -> None:
        self._screen.step("What failed is taken down, and people are asked")
        self._screen.queue(await self._recovery.queue.queue(Filters(username=self._tag)))
        failure = await self._recovery.reviews.open_of(self._accounts["jon"].id)
        if failure is not None and failure.request_id is not None:
            request = await self._recovery.agent.hand.get(failure.request_id)
            mail = await mail_about(request, self._found.mail_url)
            if mail is not None:
                self._screen.mail(mail.subject, mail.to, mail.text)
        for name, link in self._recovery.sign_in.items():
            self._screen.say(f"The desk of {name}: {link}")

    async def _a_person_solves_the_captcha(self) -> None:
        self._screen.step("A captcha is for a person")
        self._screen.say(
            "Open mia at the desk, follow the link to the site, type the letters, and say Try again"
        )

        async def in_her_place() -> None:
            self._solve("mia")
            await self._answer(
                "mia", Solution.RETRY, mended=True, notes="Typed the letters at the site"
            )

        await self._answered("mia", in_her_place)

    async def _the_others(self) -> None:
        self._screen.step("A challenge is confirmed, and a text that was turned away is changed")

        async def confirm() -> None:
            self._solve("jon")
            await self._answer("jon", Solution.RETRY, mended=True, notes="The owner told the code")

        async def reword() -> None:
            text, notes = "New boots, old hills.", "No offers any more"
            await self._answer("ana", Solution.RETRY, text=text, notes=notes)

        await self._answered("jon", confirm)
        await self._answered("ana", reword)
        await self._show_accounts(FIRST)

    async def _many_at_once(self) -> None:
        self._screen.step("Alike failures are answered together")

        async def both() -> None:
            decided = Decided(decision=Solution.RETRY, notes="The site is quick again")
            ids = [(await self._failure(name)).id for name in ("lea", "kai")]
            teo = self._recovery.people.managers[-1].id
            self._screen.results(await self._recovery.queue.resolve_all(ids, decided, teo))

        await self._answered("lea", both)
        await self._answered("kai", self._nothing)

    async def _cut_off(self) -> None:
        self._screen.step("A bot dies in the middle; the watchdog finds its account")
        account = await enrol(self._recovery, CUT_OFF, self._tag)
        self._accounts[CUT_OFF.name] = account
        work = asyncio.create_task(self._recovery.begin(account))
        member = self._recovery.members.named(account.username)

        async def is_in_the_middle() -> bool:
            return not any(member.troubles.values())

        await _until(is_in_the_middle)
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        await self._show_accounts([CUT_OFF])
        swept = await self._recovery.watchdog.sweep()
        self._screen.say(f"The watchdog set {swept.advanced} workflow going again")
        await self._show_accounts([CUT_OFF])

    async def _learning(self) -> None:
        self._screen.step("The site has a bad day; retries are measured, and more are allowed")
        await self._begin(*UNLUCKY)
        await self._begin(UNLUCKIEST)
        await self._show_accounts([*UNLUCKY, UNLUCKIEST])
        for one in await self._recovery.pipeline.timeline(self._accounts["otto"].id):
            if one.action == "try_again":
                self._screen.say(f"otto: {one.detail}")
        self._screen.say("How often a bot tries again before a person is asked:")
        self._screen.learnt(await self._recovery.report.learnt())

    async def _nobody_answers(self) -> None:
        self._screen.step("A question that is withdrawn or that nobody answers is asked anew")
        await self._begin(FORGOTTEN)
        failure = await self._failure("noa")
        request = await self._recovery.agent.hand.get(failure.request_id or "")
        self._screen.say(
            f"It climbs to the leads, then the administrators; at {request.timeout_at}"
        )
        self._screen.say("it would be asked anew. Here it is withdrawn, by mistake:")
        await self._recovery.agent.hand.cancel(request.id, "By mistake")

        async def asked_anew() -> bool:
            return (await self._failure("noa")).asks > failure.asks

        await _until(asked_anew)
        self._screen.queue(await self._recovery.queue.queue(Filters(username=self._tag)))

        async def give_up() -> None:
            await self._answer("noa", Solution.CANNOT_FIX, notes="The owner has left us")

        await self._answered("noa", give_up)

    async def _begin(self, *parts: Part) -> None:
        found = [await enrol(self._recovery, one, self._tag) for one in parts]
        self._accounts |= {part.name: one for part, one in zip(parts, found, strict=True)}
        await self._recovery.begin(*found)

    async def _show_accounts(self, parts: Sequence[Part]) -> None:
        pipeline = self._recovery.pipeline
        accounts = [await pipeline.account(self._accounts[one.name].id) for one in parts]
        self._screen.accounts([(one, await pipeline.phases(one.id)) for one in accounts])

    async def _failure(self, name: str) -> Failure:
        failure = await self._recovery.reviews.open_of(self._accounts[name].id)
        if failure is None:
            raise Trouble(f"{name} does not wait for anybody any more")
        return failure

    def _solve(self, name: str) -> None:
        member = self._recovery.members.named(self._accounts[name].username)
        member.solve(member.code)

    async def _answer(
        self, name: str, decision: Solution, *, notes: str, mended: bool = False, text: str = ""
    ) -> Result:
        decided = Decided(decision=decision, notes=notes, mended=mended, text=text)
        mara = self._recovery.people.managers[0]
        failure = await self._failure(name)
        result = await self._recovery.queue.resolve(failure.id, decided, mara.id)
        self._screen.say(f"{mara.name} about {name}: {notes}. {result.said}")
        return result

    async def _nothing(self) -> None:
        return

    async def _answered(self, name: str, in_their_place: Callable[[], Awaitable[object]]) -> None:
        """Wait until an account has gone on: somebody answers at the desk, or the story does."""
        if self._unattended:
            await in_their_place()
            await _until(lambda: self._has_gone_on(name))
        else:
            going = asyncio.create_task(_until(lambda: self._has_gone_on(name), seconds=None))
            line = asyncio.create_task(typed("   Do it at the desk, or Enter to see it done: "))
            await asyncio.wait([going, line], return_when=asyncio.FIRST_COMPLETED)
            if not going.done():
                await in_their_place()
            line.cancel()
            await going
        account = await self._recovery.pipeline.account(self._accounts[name].id)
        self._screen.say(f"{name} went on by itself: {account.status}")

    async def _has_gone_on(self, name: str) -> bool:
        account = await self._recovery.pipeline.account(self._accounts[name].id)
        return account.status in (AccountStatus.COMPLETED, AccountStatus.RETIRED)


async def _until(
    look: Callable[[], Awaitable[bool]], seconds: float | None = _RESUME_SECONDS
) -> None:
    try:
        async with asyncio.timeout(seconds):
            while True:
                if await look():
                    return
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        raise Trouble(
            "The bot was not called back in time: `make logs NAME=callback_svc` shows why"
        ) from None
