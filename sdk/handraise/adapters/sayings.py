"""What an outcome says to a library that knows yes, no and words."""

from handraise.outcomes import (
    Answered,
    Cancelled,
    ChangesRequested,
    CouldNotComplete,
    Outcome,
    TimedOut,
)


def approves(outcome: Outcome) -> bool:
    """Whether a person said yes."""
    return _means(outcome) == "approve"


def accepts(outcome: Outcome) -> bool:
    """Whether a person said yes, or gave the answer that was asked for."""
    return _means(outcome) in ("approve", "answer")


def responder_of(outcome: Outcome) -> str | None:
    """Who answered, by id."""
    said = outcome.request.response
    return None if said is None else said.responder_id


def reason_in(outcome: Outcome) -> str:
    """Why an outcome is no approval, as a sentence."""
    match outcome:
        case Answered(decision, comment):
            return _sentence(f"A person decided: {decision}", comment)
        case CouldNotComplete(comment):
            return _sentence("A person could not decide this", comment)
        case TimedOut():
            return "Nobody answered in time."
        case Cancelled(reason):
            return _sentence("The question was withdrawn", reason)
        case ChangesRequested(comment):
            return _sentence("A person wants this changed", comment)


def _means(outcome: Outcome) -> str | None:
    said = outcome.request.response
    return said.means if isinstance(outcome, Answered) and said is not None else None


def _sentence(what: str, why: str | None) -> str:
    return f"{what}: {why}" if why else f"{what}."
