"""The demo: an agent examines a change, asks, ends; somebody answers; another process resumes."""

import asyncio
import socket
import tempfile
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handraise import Event, Handraise, Request
from handraise.buses.kafka import KafkaBus
from handraise.errors import Conflict
from handraise.topics import (
    CODE_ANALYSIS_NEEDED,
    CODE_APPROVED,
    CODE_REJECTED,
    WORKFLOW_COMPLETED,
    WORKFLOW_FAILED,
    WORKFLOW_STARTED,
)

from examples.code_review.findings import Finding
from examples.code_review.legs import callback_on
from examples.code_review.reviewer import Decision, answer, decided
from examples.code_review.sample import RANGE, build_sample
from examples.code_review.screen import ReviewScreen
from examples.common.mails import mail_about
from examples.common.processes import running, told_by
from examples.common.surroundings import Surroundings
from examples.common.trouble import Trouble

TOPICS = (
    WORKFLOW_STARTED,
    CODE_ANALYSIS_NEEDED,
    CODE_APPROVED,
    CODE_REJECTED,
    WORKFLOW_COMPLETED,
    WORKFLOW_FAILED,
)
MODULE = "examples.code_review"
_ENDS = (WORKFLOW_COMPLETED, WORKFLOW_FAILED)
_LEG_SECONDS = 60
_RESUME_SECONDS = 60
_COMPLETION_TRIES, _COMPLETION_PAUSE_SECONDS = 20, 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to review, and who answers: a decision's word, `wait` for anybody, or None to ask."""

    repository: Path | None = None
    span: str | None = None
    answer: str | None = None


async def demo(found: Surroundings, options: Options, screen: ReviewScreen) -> None:
    """Show it all, step by step. Raises Trouble when something is missing."""
    found.directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=found.directory) as name:
        await _Demo(found, options, screen, Path(name)).play()


class _Demo:
    def __init__(
        self, found: Surroundings, options: Options, screen: ReviewScreen, directory: Path
    ) -> None:
        self._found = found
        self._options = options
        self._screen = screen
        self._directory = directory
        self._store = f"sqlite:///{directory / 'agent.db'}"
        self._workflow_id = f"wf-{uuid.uuid4().hex[:12]}"
        self._ended = asyncio.Event()

    async def play(self) -> None:
        """The whole story."""
        self._screen.step("A change that is worth a second look")
        repository, span = self._change()
        self._screen.say(f"{repository}, {span}")
        port = free_port()
        async with (
            self._events(),
            Handraise(self._found.url, self._found.reviewer_token) as reviewer,
        ):
            said = await self._examine(repository, span, callback_on(port))
            if not said["requests"]:
                self._screen.say("The risk is low: the agent's rules let it pass, nobody is asked")
                await self._until_ended()
            else:
                await self._ask_and_resume(reviewer, said["requests"][0], port)
        self._screen.end("The workflow is completed.")

    def _change(self) -> tuple[str, str]:
        options = self._options
        if options.repository is not None:
            return str(options.repository.resolve()), options.span or "HEAD~1..HEAD"
        return str(build_sample(self._directory / "shop")), RANGE

    async def _ask_and_resume(self, reviewer: Handraise, request_id: str, port: int) -> None:
        request = await reviewer.get(request_id)
        findings = await self._show(request)
        self._screen.step("A new process waits to be called back")
        async with running(
            MODULE, ["receive", "--store", self._store, "--port", str(port)]
        ) as receiver:
            door = await told_by(receiver, _LEG_SECONDS)
            self._screen.say(f"process {door['pid']} listens on {door['listening']}")
            self._screen.step("The answer")
            await self._get_answered(reviewer, request, findings)
            await self._until_ended()
            self._screen.step(f"Process {door['pid']} was called back and resumed the agent")
            await self._tell_the_end(reviewer, request_id)

    @asynccontextmanager
    async def _events(self) -> AsyncGenerator[None]:
        async with KafkaBus(self._found.kafka) as bus:
            await bus.create_topics(TOPICS)
            await bus.subscribe(TOPICS, self._heard, group=f"demo-{self._workflow_id}")
            yield

    async def _heard(self, event: Event) -> None:
        if event.workflow_id == self._workflow_id:
            self._screen.event(event)
            if event.event_type in _ENDS:
                self._ended.set()

    async def _examine(self, repository: str, span: str, callback: str) -> dict[str, Any]:
        self._screen.step("The agent examines the change, asks, and ends")
        arguments = ["examine", "--repo", repository, "--range", span, "--store", self._store]
        arguments += ["--callback", callback, "--workflow", self._workflow_id]
        async with running(MODULE, arguments) as process:
            said = await told_by(process, _LEG_SECONDS)
            await process.wait()
        for checkpoint in said["checkpoints"]:
            self._screen.say(f"saved its state as {checkpoint}")
        self._screen.say(
            f"process {said['pid']} has ended; the workflow is {said['status']},"
            " and no process of the agent runs"
        )
        return said

    async def _show(self, request: Request) -> list[Finding]:
        screen = self._screen
        risk: dict[str, Any] = (request.context or {}).get("risk_assessment", {})
        findings = [Finding.from_json(one) for one in risk.get("findings", [])]
        screen.step("A reviewer is asked")
        screen.question(request, findings)
        mail = await mail_about(request, self._found.mail_url)
        if mail is None:
            screen.say("No e-mail came yet: `make mail` shows it once it does")
        else:
            screen.mail(mail.subject, mail.to, mail.text)
        screen.say(f"The question's page: {request.url}")
        return findings

    async def _get_answered(
        self, reviewer: Handraise, request: Request, findings: list[Finding]
    ) -> None:
        if self._options.answer == "wait":
            self._screen.say("waiting for an answer, on the question's page or by the API")
        else:
            decision = await decided(self._options.answer, findings, self._screen.say)
            await self._answer(reviewer, request, decision)

    async def _answer(self, reviewer: Handraise, request: Request, decision: Decision) -> None:
        try:
            took = await answer(reviewer, request, decision)
        except Conflict as refused:
            self._screen.say(f"Somebody else was quicker. {refused}")
            return
        self._screen.say(f"{decision.word}: {decision.comment} (accepted in {took:.0f} ms)")

    async def _until_ended(self) -> None:
        waits_for_anybody = self._options.answer == "wait"
        try:
            async with asyncio.timeout(None if waits_for_anybody else _RESUME_SECONDS):
                await self._ended.wait()
        except TimeoutError:
            raise Trouble(
                "The agent was not called back in time: `make logs NAME=callback_svc` shows why"
            ) from None

    async def _tell_the_end(self, reviewer: Handraise, request_id: str) -> None:
        for _ in range(_COMPLETION_TRIES):
            if (await reviewer.get(request_id)).state == "completed":
                break
            await asyncio.sleep(_COMPLETION_PAUSE_SECONDS)
        self._screen.history(await reviewer.history(request_id))
        try:
            await reviewer.respond(request_id, decision="approve", comment="Too late")
        except Conflict as refused:
            self._screen.say(f"A second answer is refused: {refused.detail or refused.title}")


def free_port() -> int:
    """A port of this machine that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
