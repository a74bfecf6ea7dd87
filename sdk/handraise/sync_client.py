"""The sync client: the same methods as `Handraise`, for code without an event loop."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Unpack

from handraise.calls import Call, act, get_request, key_in, open_request
from handraise.connection import SyncConnection
from handraise.flows import (
    Wait,
    fetch_history,
    fetch_kind,
    fetch_page,
    fetch_request,
    poll,
    put_file,
    wait,
)
from handraise.models import Attachment, HistoryEntry, Json, Page, Request
from handraise.outcomes import Outcome
from handraise.question import Question, body_of
from handraise.verbs import (
    Filters,
    Reaction,
    Revision,
    assignee_body,
    body_without_key,
    deadline_body,
    query_of,
    reason_body,
    redeem_body,
)

_NOTHING: Mapping[str, Any] = {}


class HandraiseSync(SyncConnection):
    """A connection to Handraise; use it as a context manager, or `close` it.

    Every call is repeated, with the same idempotency key, while the service is away or busy;
    errors are those of `handraise.errors`. `api_key` may also be a person's token. What it reads
    of a request is at least as new as all that it has met of it: it reads its own writes.
    """

    def ask(self, **question: Unpack[Question]) -> Outcome:
        """Open a request and wait until a person, or the clock, has answered it.

        Outlives restarts of the service. An interrupt leaves the request open: the same
        `idempotency_key`, or `wait`, finds it again.
        """
        opened = self.request(**question)
        least = self._seen.least(opened.id)
        return self._outcome(Wait(request_id=opened.id, min_version=least, known=True))

    def request(self, **question: Unpack[Question]) -> Request:
        """Open a request and return at once."""
        return self.open(body_of(question), key_in(question))

    def open(self, body: dict[str, Any], idempotency_key: str) -> Request:
        """Open a request from its JSON body, as `POST /api/v1/requests` takes it."""
        return self._fetch(open_request(body, idempotency_key))

    def wait(
        self,
        request_id: str,
        *,
        at_most: timedelta | None = None,
        after_version: int | None = None,
    ) -> Outcome:
        """Wait until the request is closed or wants changes; `StillOpen` after `at_most`.

        `after_version` passes over what happened up to that version. Where another process
        revised, give it the version that `revise` returned there.
        """
        seconds = None if at_most is None else at_most.total_seconds()
        wanted = Wait(
            request_id=request_id,
            at_most_seconds=seconds,
            after_version=after_version,
            min_version=self._seen.least(request_id),
        )
        return self._outcome(wanted)

    def poll(
        self, request_id: str, *, seconds: int = 60, after_version: int | None = None
    ) -> Request | None:
        """Wait once, at most `seconds` (1 to 60): the request if it is done, else None."""
        wanted = Wait(
            request_id=request_id,
            after_version=after_version,
            min_version=self._seen.least(request_id),
            known=True,
        )
        done = self._run(poll(wanted, seconds, self._pace))
        return None if done is None else self._seen.note(done)

    def get(self, request_id: str, *, min_version: int | None = None) -> Request:
        """The request as it is now, in all that this client did; or in `min_version` at least."""
        least = self._seen.least(request_id) if min_version is None else min_version
        return self._fetch(get_request(request_id, least))

    def list(self, **filters: Unpack[Filters]) -> Page:
        """A page of requests; `cursor=page.next_cursor` asks for the next."""
        return self._run(fetch_page(query_of(filters), self._pace))

    def history(self, request_id: str) -> tuple[HistoryEntry, ...]:
        """All that happened to a request, oldest first."""
        least = self._seen.least(request_id)
        return self._run(fetch_history(request_id, least, self._pace))

    def kind(self, name: str) -> Json:
        """A kind of request: {name, title, description, definition}, as the service tells it."""
        return self._run(fetch_kind(name, self._pace))

    def respond(self, request_id: str, **reaction: Unpack[Reaction]) -> Request:
        """Answer a request; `AlreadyDecided` tells the `winner` when another was first."""
        return self._act(request_id, "respond", body_without_key(reaction), reaction)

    def comment(self, request_id: str, text: str, *, idempotency_key: str | None = None) -> Request:
        """Say something about a request without deciding it; the same key says it once."""
        said = {"idempotency_key": idempotency_key}
        return self._act(request_id, "comment", {"text": text}, said)

    def claim(self, request_id: str) -> Request:
        """Take a request on, so that others see who works on it."""
        return self._act(request_id, "claim", None)

    def start(self, request_id: str) -> Request:
        """Begin to work on a request; it is then in progress."""
        return self._act(request_id, "start", None)

    def release(self, request_id: str) -> Request:
        """Give back what was taken on."""
        return self._act(request_id, "release", None)

    def assign(self, request_id: str, assignee: str, reason: str | None = None) -> Request:
        """Give a request to a person, by id, or to `team:<name>`."""
        return self._act(request_id, "assign", assignee_body(assignee, reason))

    def escalate(self, request_id: str, reason: str | None = None) -> Request:
        """Take a request to the next step of its ladder."""
        return self._act(request_id, "escalate", reason_body(reason))

    def extend(self, request_id: str, deadline: datetime | timedelta | float) -> Request:
        """Move the deadline: to an instant, or to a span (or minutes) from now."""
        return self._act(request_id, "extend", deadline_body(deadline))

    def revise(self, request_id: str, **revision: Unpack[Revision]) -> Request:
        """Change the question after `ChangesRequested`; what isn't given stays as it was."""
        return self._act(request_id, "revise", body_without_key(revision), revision)

    def cancel(self, request_id: str, reason: str | None = None) -> Request:
        """Withdraw a request; whoever waits for it gets `Cancelled`."""
        return self._act(request_id, "cancel", reason_body(reason))

    def redeem(self, request_id: str, content_hash: str, spender: str | None = None) -> Request:
        """Spend an approval, once, for the content that was approved; right before doing it.

        `Conflict` has the `code` spent, late, stale_revision or wrong_state where it can't be.
        `spender` says who does it; else it is the key's owner.
        """
        return self._act(request_id, "redeem", redeem_body(content_hash, spender))

    def attach(
        self, content: bytes, *, name: str, media_type: str = "application/octet-stream"
    ) -> Attachment:
        """Put a file in; name its id in `attachments` of a question or an answer, within a day."""
        return self._run(put_file(content, name, media_type, self._pace))

    def _act(
        self,
        request_id: str,
        verb: str,
        body: Mapping[str, Any] | None,
        said: Mapping[str, Any] = _NOTHING,
    ) -> Request:
        return self._fetch(act(request_id, verb, body, key_in(said)))

    def _outcome(self, wanted: Wait) -> Outcome:
        outcome = self._run(wait(wanted, self._pace))
        self._seen.note(outcome.request)
        return outcome

    def _fetch(self, call: Call) -> Request:
        return self._seen.note(self._run(fetch_request(call, self._pace)))
