"""What a person is told of the answer they gave: taken, or why not and who was first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.web.context_view import spoken
from api.web.time_words import moment
from event_schemas.types import Refusal, RefusalReason
from kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class Notice:
    """A line above the request that tells what came of the last action.

    Its tone is good, warn or bad; `href` leads to what it speaks of.
    """

    tone: str
    text: str
    href: str = ""
    link: str = ""


_told = {
    "taken": Notice("good", "Your answer was taken. It can't be undone."),
    "done": Notice("good", "Done."),
    "later": Notice(
        "warn", "Your answer is recorded, but what came of it is not known yet. Look again soon."
    ),
}
_not_taken = "Your answer was not taken."


def notice_told(word: str) -> Notice | None:
    """The notice that an address asks for by its word; none for words that are not ours."""
    return _told.get(word)


def notice_of_next(answered: str) -> Notice:
    """What stands above the request that follows one that was answered."""
    text = "Your answer was taken. It can't be undone. This is the next request in the queue."
    return Notice("good", text, f"/requests/{answered}", "Look at what you answered")


def notice_of_flaws(error: Invalid) -> Notice:
    """What has to be changed before the answer can be taken."""
    flaws = "; ".join(
        f"{flaw.pointer.removeprefix('/data/')} {flaw.detail}" for flaw in error.flaws
    )
    return Notice("bad", f"{_not_taken} Please check: {flaws or error}.")


def notice_of_fields(flaws: Mapping[str, Sequence[str]]) -> Notice:
    """Which fields of a form need another look, each with what is wrong, by their pointers."""
    told = (
        f"{' '.join(map(spoken, pointer.strip('/').split('/')))} ({', '.join(details)})"
        for pointer, details in flaws.items()
    )
    return Notice("bad", f"{_not_taken} Please check: {'; '.join(told)}.")


def notice_of_refusal(
    refusal: Refusal, names: Mapping[str, str], not_taken: str = _not_taken
) -> Notice:
    """Why the answer was not taken; where someone was first, who."""
    return Notice("bad", f"{not_taken} {_why(refusal, names)}")


def _why(refusal: Refusal, names: Mapping[str, str]) -> str:
    winner, holder = refusal.winner, refusal.holder
    match refusal.reason:
        case RefusalReason.STALE_REVISION:
            return "The question has changed since you read it; this is how it stands now."
        case RefusalReason.HELD_BY if holder is not None:
            return f"{names.get(holder, holder)} holds this request."
        case RefusalReason.ALREADY_DECIDED | RefusalReason.WRONG_STATE if winner is not None:
            who = names.get(winner.actor_id, winner.actor_id)
            decision = (winner.decision or winner.event).replace("_", " ").lower()
            return f"{who} was first: {decision}, at {moment(winner.at)}."
        case RefusalReason.LATE:
            return "The deadline had passed."
        case _:
            return refusal.detail
