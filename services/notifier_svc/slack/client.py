"""Calls Slack's Web API, one attempt at a time; what goes wrong is told by what helps against it.

https://docs.slack.dev/apis/web-api: a POST with the token in `Authorization`, answered 200 with
`{"ok": …}`, or 429 with `Retry-After`. Methods that read take forms, those that write take JSON.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

import orjson

from kernel.clock import Clock, utc_now
from kernel.errors import HandraiseError, Invalid
from kernel.outbound.course import Course
from kernel.outbound.egress import Egress
from kernel.outbound.resolver import TargetRefused, Unresolved
from kernel.outbound.schedule import retry_after_seconds
from kernel.outbound.wire import Answer, Unanswered

_OK, _TOO_MANY, _SERVER_ERROR = 200, 429, 500
_passing = frozenset(
    {
        *("ratelimited", "rate_limited", "message_limit_exceeded", "request_timeout"),
        *("internal_error", "fatal_error", "service_unavailable", "team_added_to_org"),
    }
)
_no_access = frozenset(
    {
        *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"),
        *("no_permission", "missing_scope", "not_allowed_token_type", "access_denied"),
        *("org_login_required", "ekm_access_denied", "team_access_not_granted"),
    }
)


class Help(StrEnum):
    """What helps against a failed call."""

    WAIT = "wait"
    """It may go through later."""
    ADMIN = "admin"
    """The workspace's app must be installed anew, or given more rights."""
    NOTHING = "nothing"
    """This very call will never go through."""


class SlackFailed(HandraiseError):
    """A call to Slack did not go through; `said` is Slack's word for why, or ours."""

    status, code = 502, "slack_failed"

    def __init__(
        self,
        said: str,
        help_: Help,
        *,
        status_code: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"Slack: {said}")
        self.said = said
        self.help = help_
        self.status_code = status_code
        self.retry_after_seconds = retry_after


class SlackClient:
    """The Web API at an address; every call names the token of the workspace."""

    def __init__(self, egress: Egress, url: str, clock: Clock = utc_now) -> None:
        self._egress = egress
        self._url = url.rstrip("/")
        self._clock = clock

    async def write(
        self, method: str, token: str, body: Mapping[str, Any], *, course: Course | None = None
    ) -> dict[str, Any]:
        """What a method that takes JSON answers.

        Raises:
            SlackFailed: it did not go through.
        """
        return await self._call(
            method, token, "application/json; charset=utf-8", orjson.dumps(body), course
        )

    async def read(self, method: str, token: str, form: Mapping[str, str]) -> dict[str, Any]:
        """What a method that takes a form answers.

        Raises:
            SlackFailed: it did not go through.
        """
        encoded = urlencode(form).encode()
        return await self._call(method, token, "application/x-www-form-urlencoded", encoded, None)

    async def respond(self, response_url: str, message: Mapping[str, Any]) -> None:
        """Says something where a person pressed a button, by the address that Slack gave for it.

        Raises:
            SlackFailed: it was not taken.
        """
        headers = {"Content-Type": "application/json"}
        answer = await self._post(response_url, headers, orjson.dumps(message), None)
        if answer.status != _OK:
            raise _failed_status(answer, self._clock)

    async def _call(
        self, method: str, token: str, content_type: str, body: bytes, course: Course | None
    ) -> dict[str, Any]:
        headers = {"Content-Type": content_type, "Authorization": f"Bearer {token}"}
        answer = await self._post(f"{self._url}/{method}", headers, body, course)
        if answer.status != _OK:
            raise _failed_status(answer, self._clock)
        try:
            said = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            said = None
        if not isinstance(said, dict):
            raise SlackFailed("no JSON object", Help.WAIT, status_code=answer.status)
        if said.get("ok") is not True:
            raise _failed(str(said.get("error")), answer)
        return said

    async def _post(
        self, url: str, headers: Mapping[str, str], body: bytes, course: Course | None
    ) -> Answer:
        try:
            return await self._egress.post(url, headers=headers, body=body, course=course)
        except (Invalid, TargetRefused) as error:
            raise SlackFailed(str(error), Help.NOTHING) from error
        except (Unanswered, Unresolved) as error:
            raise SlackFailed(str(error), Help.WAIT) from error


def _failed(word: str, answer: Answer) -> SlackFailed:
    if word in _passing:
        return SlackFailed(word, Help.WAIT, status_code=answer.status)
    help_ = Help.ADMIN if word in _no_access else Help.NOTHING
    return SlackFailed(word[:100], help_, status_code=answer.status)


def _failed_status(answer: Answer, clock: Clock) -> SlackFailed:
    waits = answer.status == _TOO_MANY or answer.status >= _SERVER_ERROR
    return SlackFailed(
        f"answered {answer.status}",
        Help.WAIT if waits else Help.NOTHING,
        status_code=answer.status,
        retry_after=retry_after_seconds(answer.headers, clock()),
    )
