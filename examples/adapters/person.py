"""The person who is asked: at the terminal, by an option, or somewhere else."""

import json
import sys
from typing import Any

from handraise import Handraise, Request
from handraise.errors import Conflict
from rich.json import JSON
from rich.padding import Padding

from examples.common.screen import Screen
from examples.common.typing_in import typed

_YES = ("approve", "answer")


class Person:
    """Answers as `wanted` says: approve, reject, `wait` for anybody, or None to ask."""

    def __init__(self, reviewer: Handraise, screen: Screen, wanted: str | None) -> None:
        self._reviewer = reviewer
        self._screen = screen
        self._wanted = wanted

    async def answer(self, request_id: str) -> None:
        """Show a request, and get it answered."""
        request = await self._reviewer.get(request_id)
        self._screen.say(request.title or "")
        self._screen.show(Padding(JSON(json.dumps(request.context or {})), (0, 6)))
        self._screen.say(f"its page: {request.url}")
        if self._wanted == "wait":
            self._screen.say("waiting for an answer, on its page or by the API")
            await self._reviewer.wait(request_id)
            return
        reaction = await self._decide(request)
        try:
            await self._reviewer.respond(
                request.id, **reaction, content_hash=request.content_hash or ""
            )
            self._screen.say(f"answered: {reaction['decision']}")
        except Conflict as refused:
            self._screen.say(f"Somebody else was quicker. {refused}")

    async def _decide(self, request: Request) -> Any:
        offered = {one["name"]: one["means"] for one in request.decisions or ()}
        if self._wanted is not None or not sys.stdin.isatty():
            is_yes = self._wanted != "reject"
            name = next(one for one in offered if (offered[one] in _YES) is is_yes)
            return {"decision": name, "comment": "As agreed." if is_yes else "Not this week."}
        name = ""
        while name not in offered:
            name = (await typed(f"   {' or '.join(offered)}? ")).strip()
        comment = (await typed("   a comment (Enter for none): ")).strip()
        edited = await self._edited(request) if offered[name] == "approve" else None
        return {"decision": name, "comment": comment or name, "edited": edited}

    async def _edited(self, request: Request) -> Any:
        context = dict(request.context or {})
        part = context.get("arguments", context)
        while True:
            text = (await typed("   other values as JSON (Enter: just these): ")).strip()
            try:
                changed = {**part, **json.loads(text)} if text else None
            except (TypeError, ValueError):
                self._screen.say('That is no JSON object, such as {"cents": 1200}')
                continue
            if changed is None:
                return None
            return {**context, "arguments": changed} if "arguments" in context else changed
