"""What the user is told by e-mail at the end of a review; pure."""

from dataclasses import dataclass

from examples.creator_reviews.standing import Standing


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail's words."""

    subject: str
    body: str


def letter_about(standing: Standing, agent_name: str, cost: int, link: str) -> Letter:
    """What to tell the user."""
    subject, happened = _words(standing, agent_name, cost)
    said = (
        standing.response_note if standing.outcome in ("answered", "could_not_complete") else None
    )
    note = f"They say:\n\n{said}\n\n" if said else ""
    return Letter(subject, f"{happened}\n\n{note}{link}\n")


def _words(standing: Standing, agent_name: str, cost: int) -> tuple[str, str]:
    back = f"Your {cost} credits are back on your account, and the result is as it was."
    match standing.outcome:
        case "answered":
            done = {
                "edit": "has edited the result for you",
                "rerun": "has run it again for you, at no further cost",
            }.get(standing.decision or "", "has answered you")
            return (
                f"Your review of {agent_name} is complete",
                f"The creator of {agent_name} {done}. The review took {cost} credits.",
            )
        case "could_not_complete":
            return (
                f"The creator of {agent_name} can't help",
                f"The creator of {agent_name} has looked at it and can't help. {back}",
            )
        case "timed_out":
            return (
                f"Nobody reviewed your result of {agent_name} in time",
                f"The creator of {agent_name} did not answer in time. {back}",
            )
        case "cancelled":
            return (
                f"Your review of {agent_name} is withdrawn",
                f"The review of {agent_name} was withdrawn. {back}",
            )
        case _:
            return (
                f"Your review of {agent_name} could not be asked for",
                f"The question did not reach the creator of {agent_name}. {back}",
            )
