"""A tool call that waits for a person: shown as a question, and the answer as a verdict on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

from handraise.adapters.asking import Terms, bound, one_line
from handraise.adapters.sayings import approves, reason_in, responder_of
from handraise.approvals.canonical import digest
from handraise.client import Handraise
from handraise.errors import Conflict, Gone
from handraise.models import Json
from handraise.outcomes import Answered, Outcome
from handraise.question import Question

USUAL_KIND: Final = "tool_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call that a model wants to make; `arguments` is a JSON object."""

    id: str
    tool: str
    arguments: Json


@dataclass(frozen=True, slots=True)
class Approved:
    """The call may be made, with these arguments; `edited` where the reviewer changed them."""

    arguments: Json
    edited: bool
    responder_id: str | None


@dataclass(frozen=True, slots=True)
class Denied:
    """The call may not be made; `reason` is a sentence for the model."""

    reason: str
    responder_id: str | None = None


Verdict: TypeAlias = Approved | Denied


def question_about(
    call: ToolCall, workflow_id: str, terms: Terms, own: Mapping[str, Any] | None = None
) -> Question:
    """The question whether this very call may be made.

    The reviewer sees the tool and its exact arguments; another call, or the same one with other
    arguments, is another question. `own` are fields of `Asking` for this call only.
    """
    shown = {"function": call.tool, "arguments": call.arguments}
    fields: dict[str, Any] = {
        "kind": USUAL_KIND,
        **terms,
        "title": one_line(f"Call {call.tool}?"),
        **(own or {}),
    }
    fields["context"] = {**fields.get("context", {}), **shown}
    return bound(cast("Question", fields), workflow_id=workflow_id, place=call.id, about=shown)


def verdict_on(call: ToolCall, outcome: Outcome) -> Verdict:
    """Whether the call may be made: only a person's decision that means approve says so.

    A deadline that passed denies it, even where the kind's policy would approve by itself; so
    does an approval of other arguments than the call's.
    """
    match outcome:
        case Answered() if approves(outcome):
            return _bound_to(call, outcome)
        case _:
            return Denied(reason_in(outcome), responder_of(outcome))


async def spent(hand: Handraise, verdict: Verdict, outcome: Outcome, spender: str) -> Verdict:
    """The verdict once its approval is spent, which happens once: whoever comes later is denied.

    Only kinds with a `receipt`, such as tool_call, give approvals that can be spent.
    """
    if isinstance(verdict, Denied):
        return verdict
    request = outcome.request
    try:
        await hand.redeem(request.id, request.content_hash or "", spender)
    except (Conflict, Gone) as refused:
        why = refused.detail or refused.title
        return Denied(f"The approval can't be used: {why}", verdict.responder_id)
    return verdict


def _bound_to(call: ToolCall, answer: Answered) -> Verdict:
    who = answer.responder_id
    shown = answer.request.context or {}
    told = [shown.get("function"), shown.get("arguments")]
    if digest(told) != digest([call.tool, call.arguments]):
        return Denied("The approval is for another call.", who)
    if answer.edited is None:
        return Approved(call.arguments, False, who)
    wanted = _arguments_in(answer.edited)
    if wanted is None:
        return Denied("A person edited this into something that is no call.", who)
    return Approved(wanted, digest(wanted) != digest(call.arguments), who)


def _arguments_in(edited: Any) -> Json | None:
    context = cast("Mapping[str, Any]", edited) if isinstance(edited, Mapping) else {}
    arguments = context.get("arguments")
    return cast("Json", arguments) if isinstance(arguments, Mapping) else None
