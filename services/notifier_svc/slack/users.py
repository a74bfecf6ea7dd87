"""Who is who in Slack by e-mail address; what Slack said is remembered for a while."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from services.notifier_svc.slack.client import SlackClient, SlackFailed

KEPT_SECONDS = 3600.0
MISSED_SECONDS = 60.0
MOST = 10_000
_unknown = "users_not_found"
_strange = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")


class SlackUsers:
    """Slack users by workspace and address; `now` gives seconds that never go back."""

    def __init__(self, client: SlackClient, now: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._now = now
        self._known: OrderedDict[tuple[str, str], tuple[str | None, float]] = OrderedDict()

    async def by_email(self, team_id: str, token: str, email: str) -> str | None:
        """The id of the user with this address; None where the workspace has none.

        Raises:
            SlackFailed: Slack did not say.
        """
        key = (team_id, email.lower())
        known = self._known.get(key)
        if known is not None and self._now() < known[1]:
            return known[0]
        try:
            said = await self._client.read("users.lookupByEmail", token, {"email": email})
        except SlackFailed as failed:
            if failed.said != _unknown:
                raise
            return self._keep(key, None, MISSED_SECONDS)
        return self._keep(key, str(said["user"]["id"]), KEPT_SECONDS)

    async def email_of(self, team_id: str, token: str, user: str) -> str | None:
        """The address of a user, if it can be taken for theirs.

        It is none of a bot, a guest, a deleted user or one of another workspace, and Slack must
        have confirmed it.

        Raises:
            SlackFailed: Slack did not say.
        """
        key = (team_id, f"@{user}")
        known = self._known.get(key)
        if known is not None and self._now() < known[1]:
            return known[0]
        said = await self._client.read("users.info", token, {"user": user})
        return self._keep(key, _email(said.get("user"), team_id), MISSED_SECONDS)

    def _keep(self, key: tuple[str, str], found: str | None, seconds: float) -> str | None:
        self._known[key] = (found, self._now() + seconds)
        self._known.move_to_end(key)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return found


def _email(user: Any, team_id: str) -> str | None:
    match user:
        case {
            "team_id": team,
            "is_email_confirmed": True,
            "profile": {"email": str(email)},
        } if team == team_id and not any(user.get(mark) for mark in _strange):
            return email
        case _:
            return None
