"""The story at the terminal: a script is rewritten until its owner likes it, then made a video."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import httpx
from handraise import Handraise
from handraise.models import HistoryEntry
from rich.markup import escape
from rich.panel import Panel

from examples.common.mails import mail_about
from examples.common.screen import Screen
from examples.common.surroundings import Surroundings
from examples.common.trouble import Trouble
from examples.common.typing_in import typed
from examples.common.waiting import until
from examples.reel_scripts.house import Home, Owner, invite, settle_in
from examples.reel_scripts.lifecycle import Status
from examples.reel_scripts.wiring import Options, service

_TITLE = "Cold brew in a jar"
_SCRIPT = (
    "cold brew actually needs no machine. just grind the beans coarsely and pour cold water over"
    " them. wait for a night. then filter it and it is really good for four days"
)
_VIDEO_SECONDS, _PAUSE_SECONDS = 300, 0.3
_OPEN = (Status.PENDING.value, Status.APPROVED.value, Status.PROCESSING.value)


async def serve(found: Surroundings, options: Options, screen: Screen) -> None:
    """Keep the service running until it is told to stop."""
    home = await settle_in(found)
    async with service(found, home, options) as running:
        screen.step(f"Reels are made at {running.url} (Ctrl-C ends it)")
        await _introduce(found, home, screen)
        stopped = asyncio.Event()
        for one in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(one, stopped.set)
        await stopped.wait()


async def play(found: Surroundings, options: Options, screen: Screen, answer: str | None) -> None:
    """Play the story once. Raises Trouble when something is missing."""
    screen.step("Two people with reels, and a service that may speak for them")
    home = await settle_in(found)
    async with service(found, home, options) as running:
        screen.say(f"The pages: {running.url}")
        await _introduce(found, home, screen)
        async with _api(running.url, home.owners[0]) as api:
            await _Story(found, home, screen, api).play(answer)


async def _introduce(found: Surroundings, home: Home, screen: Screen) -> None:
    for owner in home.owners:
        screen.say(f"{owner.name} signs in there with the token {owner.token}")
    rita = home.owners[0]
    screen.say(f"and to Handraise as {rita.email}: {await invite(found, rita)}")


class _Story:
    def __init__(
        self, found: Surroundings, home: Home, screen: Screen, api: httpx.AsyncClient
    ) -> None:
        self._found = found
        self._home = home
        self._screen = screen
        self._api = api

    async def play(self, answer: str | None) -> None:
        screen = self._screen
        screen.step("POST /api/reels/ with use_rewrite")
        said = {"title": _TITLE, "script": _SCRIPT, "use_rewrite": True}
        reel = await self._post("", said)
        path = f"{reel['id']}/"
        self._show(reel)
        screen.step("POST …/generate-video/ before anybody approved it")
        refused = await self._api.post(f"{path}generate-video/")
        screen.say(f"{refused.status_code}: {refused.json()['detail']}")
        screen.step("POST …/regenerate-script/: not quite yet")
        reel = await self._post(f"{path}regenerate-script/", {"instructions": "shorter"})
        self._show(reel)
        revisions = (await self._api.get(f"{path}revisions/")).json()["items"]
        screen.show(Panel(escape(revisions[-1]["diff"]), title="what has changed"))
        await self._question(reel)
        screen.step("The owner decides")
        reel = await self._decided(path, answer)
        if reel["status"] in (Status.REJECTED, Status.TIMED_OUT):
            screen.end(f"The reel is {reel['status']}: no video is made, nothing is spent.")
            return
        await self._video(path)
        await self._proof(reel)
        screen.end("The video is made, once, of the revision that was approved.")

    def _show(self, reel: dict[str, Any]) -> None:
        left = reel["revisions_left"]
        title = f"revision {reel['revision']} · {reel['status']} · {left} more possible"
        self._screen.show(Panel(escape(reel["script"]), title=escape(title)))

    async def _question(self, reel: dict[str, Any]) -> None:
        self._screen.step("The owner is asked, too: by e-mail and on Handraise's page")
        self._screen.say(f"The question's page: {reel['approval']['url']}")
        async with Handraise(self._found.url, self._home.key.bearer) as hand:
            request = await hand.get(reel["approval"]["request_id"])
        mail = await mail_about(request, self._found.mail_url)
        if mail is None:
            self._screen.say("No e-mail came yet: `make mail` shows it once it does")
        else:
            self._screen.mail(mail.subject, mail.to, mail.text)

    async def _decided(self, path: str, answer: str | None) -> dict[str, Any]:
        if answer == "wait":
            self._screen.say("waiting for an answer, on any of the pages or from the e-mail")
            return await self._until(path, lambda reel: reel["status"] != Status.PENDING, None)
        while answer is None and sys.stdin.isatty():
            key = (await typed("   [a]pprove, [n]ew script or [r]eject? ")).strip().lower()[:1]
            if key == "n":
                self._show(await self._post(f"{path}regenerate-script/", {}))
            answer = {"a": "approve", "r": "reject"}.get(key)
        reel = await self._post(f"{path}{answer or 'approve'}-script/", {})
        who = {one.person_id: one.name for one in self._home.owners}
        by = who.get(reel["approval"]["decided_by"], "somebody")
        self._screen.say(f"{by} decided: {reel['approval']['state']}")
        return reel

    async def _video(self, path: str) -> None:
        self._screen.step("The video is made")
        reel = await self._until(
            path, lambda reel: reel["status"] not in _OPEN, seconds=_VIDEO_SECONDS
        )
        if reel["status"] != Status.COMPLETED:
            raise Trouble(f"The video could not be made: {reel['notice']}")
        video = await self._api.get(reel["video_url"])
        seconds = reel["videos"][-1]["seconds"]
        self._screen.say(f"{reel['video_url']}: {len(video.content)} bytes, {seconds:.1f} s")
        self._screen.say(f"The files are in {self._found.directory / 'videos'}")
        again = await self._post(f"{path}generate-video/", {})
        runs = [(one["revision"], one["run"]) for one in again["videos"]]
        self._screen.say(f"generate-video/ once more starts nothing: (revision, run) = {runs}")

    async def _proof(self, reel: dict[str, Any]) -> None:
        self._screen.step("What Handraise's log says")
        bound = reel["approval"]
        self._screen.say(
            f"revision {bound['script_revision']} of the script is revision"
            f" {bound['request_revision']} of the request, content {bound['content_hash'][:16]}…"
        )
        async with Handraise(self._found.url, self._home.key.bearer) as hand:
            spent = partial(_history_once_spent, hand, bound["request_id"])
            self._screen.history(await until(spent, "the whole history", _VIDEO_SECONDS))

    async def _post(self, path: str, said: dict[str, Any]) -> dict[str, Any]:
        answer = await self._api.post(path, json=said)
        if not answer.is_success:
            raise Trouble(f"{answer.status_code}: {answer.text}")
        return answer.json()

    async def _until(self, path: str, there: Any, seconds: float | None) -> dict[str, Any]:
        async with asyncio.timeout(seconds):
            while True:
                reel = (await self._api.get(path)).raise_for_status().json()
                if there(reel):
                    return reel
                await asyncio.sleep(_PAUSE_SECONDS)


async def _history_once_spent(hand: Handraise, request_id: str) -> Sequence[HistoryEntry]:
    history = await hand.history(request_id)
    return history if any(one.event == "Redeemed" for one in history) else ()


@asynccontextmanager
async def _api(url: str, owner: Owner) -> AsyncGenerator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {owner.token}"}
    async with httpx.AsyncClient(
        base_url=f"{url}/api/reels/", headers=headers, timeout=180, trust_env=False
    ) as http:
        yield http
