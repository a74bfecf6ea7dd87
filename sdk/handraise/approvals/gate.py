"""A function behind an approval: what is asked before it is called, and with what it is called."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypedDict

from handraise.approvals.binding import Bound, Terms, bound
from handraise.approvals.editing import edited_call
from handraise.approvals.judging import Grant
from handraise.models import Json, Priority
from handraise.question import Question, body_of

USUAL_KIND: Final = "tool_call"
_LONGEST_TITLE: Final = 255


class Wording(TypedDict, total=False):
    """How the question is put, and to whom; the meaning is that of `handraise.question.Asking`."""

    kind: str
    """A kind with a `receipt`; tool_call where left out."""
    title: str
    """One line; `{name}` stands for the argument of that name."""
    description: str
    routing: Json
    priority: Priority
    timeout: timedelta | float
    principal_id: str
    metadata: Json
    agent_id: str
    callback_webhook: str
    callback_secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A function, and how its approval is asked for."""

    function: Callable[..., Any]
    name: str
    leave_out: frozenset[str]
    wait: bool | timedelta
    use_edited: bool
    wording: Wording

    def bound(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Bound:
        """The call with copies of these arguments. Raises TypeError, NoJsonForm."""
        return bound(self.function, self.name, self.leave_out, args, kwargs)

    def body(self, terms: Terms) -> dict[str, Any]:
        """The JSON body of the question whether this may be done."""
        title = self.wording.get("title", f"Call {self.name}?").format(**terms.arguments)
        question: Question = {
            "kind": USUAL_KIND,
            **self.wording,
            "title": " ".join(title.split())[:_LONGEST_TITLE],
            "context": terms.context(),
        }
        return body_of(question)

    def granted(self, call: Bound, grant: Grant) -> Bound:
        """The call as it was granted: as it is, or with edited arguments."""
        if grant.edited is None:
            return call
        return edited_call(self.function, call, grant.edited, grant.request_id)

    @property
    def at_most(self) -> timedelta | None:
        """How long a call waits for a decision; None for as long as it takes."""
        return self.wait if isinstance(self.wait, timedelta) else None
