"""The whole story: workflows under a supervisor, people who decide, and what goes wrong on the way.

Five changes of a shop are on their way at once, over three processes: one that the rules let pass,
one about which two people are asked, one that breaks when it runs, one that everybody forgets, and
one that is not there yet. One process is killed, and production does not answer at first.
"""

import asyncio
import uuid
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path

from handraise import Request
from handraise.replay import story_of
from handraise.statuses import Status
from handraise.storage import LoggedEvent
from handraise.work import Tries
from handraise.workflows import WorkflowState

from examples.code_review.branches import BREAKS, FORGOTTEN, HARMLESS, LATE, build_shop
from examples.code_review.crew import Office, door, office, workers
from examples.code_review.environments import OutOfReach, journal_of, live_release
from examples.code_review.meeting import Meeting
from examples.code_review.sample import RANGE
from examples.code_review.screen import ReviewScreen
from examples.code_review.staff import Staff, at_their_desks
from examples.common.surroundings import Surroundings
from examples.common.waiting import until

_WORKERS = 3
_ENVIRONMENTS = ("staging", "production")
_PATIENT, _HURRIED = timedelta(hours=1), timedelta(seconds=6)
_SECONDS = 120
_ENDED = (Status.COMPLETED, Status.FAILED)
CHANGES = {
    "harmless": (HARMLESS.span, _PATIENT),
    "risky": (RANGE, _PATIENT),
    "broken": (BREAKS.span, _PATIENT),
    "forgotten": (FORGOTTEN.span, _HURRIED),
    "missing": (LATE.span, _PATIENT),
}
"""What is submitted, by name: the range of commits, and the deadline of its questions."""


async def play(
    found: Surroundings, store_address: str, answer: str | None, screen: ReviewScreen
) -> str:
    """Play it; gives the token in its workflows' ids. Raises Trouble when something is missing.

    `answer` decides about the risky change: approve, reject, changes, wait for somebody else to
    answer, or None to ask at the terminal.
    """
    token = uuid.uuid4().hex[:8]
    directory = found.directory / "shops" / token
    await asyncio.to_thread(build_shop, directory / "shop")
    (directory / "staging").mkdir()
    async with (
        at_their_desks(found) as staff,
        office(found, store_address) as here,
        door(found, here.supervisor, 0) as callback,
        workers(store_address, callback, _WORKERS) as processes,
    ):
        await _Story(token, directory, here, staff, screen).play(found, processes, answer)
    return token


class _Story:
    def __init__(
        self, token: str, directory: Path, here: Office, staff: Staff, screen: ReviewScreen
    ) -> None:
        self._ids = {name: f"wf-{name}-{token}" for name in CHANGES}
        self._directory = directory
        self._here = here
        self._staff = staff
        self._screen = screen

    async def play(
        self, found: Surroundings, processes: Sequence[Process], answer: str | None
    ) -> None:
        await self._submit(processes)
        await self._mend_production()
        self._kill(processes[0])
        await self._people(answer, found.mail_url)
        await self._all_but_the_missing_end()
        await self._mend_the_missing()
        await self._tell_the_end()

    async def _submit(self, processes: Sequence[Process]) -> None:
        screen = self._screen
        screen.step("Five changes are submitted; three processes share the work")
        screen.say(f"processes {', '.join(str(one.pid) for one in processes)}")
        for name, (span, deadline) in CHANGES.items():
            await self._here.supervisor.submit(
                {
                    "repository": str(self._directory / "shop"),
                    "range": span,
                    "environments": [str(self._directory / one) for one in _ENVIRONMENTS],
                    "deadline_seconds": deadline.total_seconds(),
                },
                workflow_id=self._ids[name],
            )
            screen.say(f"{self._ids[name]}: {span}")

    async def _mend_production(self) -> None:
        self._screen.step("Production does not answer: what the rules let pass is tried again")
        tries = await until(self._out_of_reach, "a deployment that is tried again", _SECONDS)
        self._screen.troubled(tries)
        (self._directory / "production").mkdir()
        self._screen.say("production answers now")

    def _kill(self, victim: Process) -> None:
        victim.kill()
        self._screen.step(f"Process {victim.pid} is killed (kill -9): the others go on")

    async def _people(self, answer: str | None, mail_url: str) -> None:
        for name, how_many in (("risky", 2), ("broken", 1)):
            await until(self._asks(name, how_many), f"the questions of {name}", _SECONDS)
        meeting = Meeting(self._staff, self._screen, mail_url)
        self._screen.step("Two people are asked about the risky change at the same time")
        await meeting.about_the_risky(await self._questions("risky"), answer)
        self._screen.step("Rita lets the change pass that breaks when it runs")
        [question] = await self._questions("broken")
        await meeting.approve(self._staff.rita, question, "Looks fine to me")

    async def _all_but_the_missing_end(self) -> None:
        self._screen.step("Deployed, rejected, rolled back, timed out")
        for name in ("harmless", "risky", "broken", "forgotten"):
            await until(self._stands(name, *_ENDED), f"the end of {name}", _SECONDS)
            await self._tell_events(name)

    async def _mend_the_missing(self) -> None:
        screen = self._screen
        screen.step("No retry helps a branch that is not there: a dead letter")
        await until(self._stands("missing", Status.GIVEN_UP), "the dead letter", _SECONDS)
        screen.troubled(await self._mine_in_trouble())
        await asyncio.to_thread(LATE.push, self._directory / "shop")
        await self._here.supervisor.redrive(self._ids["missing"])
        screen.say("the branch was pushed, and the workflow redriven")
        await until(self._stands("missing", Status.COMPLETED), "the end of missing", _SECONDS)
        await self._tell_events("missing")

    async def _tell_the_end(self) -> None:
        screen, directory = self._screen, self._directory
        screen.step("How it ended")
        screen.workflows([await self._state(name) for name in CHANGES])
        for one in _ENVIRONMENTS:
            screen.say(f"live in {one}: {live_release(directory / one)}")
            screen.journal(journal_of(directory / one))
        screen.step("The risky change again, from the event log")
        story = await story_of(self._here.store, self._ids["risky"], self._here.agent.hand)
        assert story is not None
        screen.story(story)
        screen.end("Nothing is open, and nothing was deployed that nobody approved.")

    async def _tell_events(self, name: str) -> None:
        async def all_published() -> Sequence[LoggedEvent]:
            async with self._here.store.transaction() as tables:
                found = await tables.events.of_workflow(self._ids[name])
            return found if all(one.published_at for one in found) else ()

        for one in await until(all_published, f"the broker to have the events of {name}", _SECONDS):
            self._screen.event(one.event)

    def _stands(self, name: str, *wanted: Status) -> Callable[[], Awaitable[bool]]:
        async def look() -> bool:
            return (await self._state(name)).status in wanted

        return look

    def _asks(self, name: str, how_many: int) -> Callable[[], Awaitable[bool]]:
        async def look() -> bool:
            asked = (await self._state(name)).open_requests
            return sum(one.request_id is not None for one in asked) == how_many

        return look

    async def _out_of_reach(self) -> list[Tries]:
        found = await self._mine_in_trouble()
        return [one for one in found if OutOfReach.__name__ in one.reason]

    async def _mine_in_trouble(self) -> list[Tries]:
        found = await self._here.supervisor.troubled()
        return [one for one in found if one.workflow_id in self._ids.values()]

    async def _state(self, name: str) -> WorkflowState:
        state = await self._here.agent.workflow(self._ids[name])
        assert state is not None
        return state

    async def _questions(self, name: str) -> list[Request]:
        asked = (await self._state(name)).open_requests
        hand = self._here.agent.hand
        return [await hand.get(one.request_id) for one in asked if one.request_id]
