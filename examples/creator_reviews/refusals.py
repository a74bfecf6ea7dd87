"""What the marketplace turns down, each with the HTTP status that says so."""

from typing import ClassVar


class Refusal(Exception):
    """Something that can't be done; the message says why, for people."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "refused"


class Wrong(Refusal):
    """What was sent makes no sense."""

    status = 422
    code = "invalid"


class NotSignedIn(Refusal):
    """Nobody, or a form that is not ours."""

    status = 403
    code = "not_signed_in"


class NotThere(Refusal):
    """No such thing for this user."""

    status = 404
    code = "unknown"


class NotOffered(Refusal):
    """The agent's creator gives no reviews, or not of this."""

    code = "reviews_not_offered"


class AlreadyAsked(Refusal):
    """The creator has been asked, and has not answered yet."""

    code = "already_asked"


class AlreadyReviewed(Refusal):
    """The creator has reviewed it."""

    code = "already_reviewed"


class NotOpen(Refusal):
    """The review is over, or was not passed on to the creator yet."""

    code = "not_open"


class TooFewCredits(Refusal):
    """The balance does not suffice."""

    status = 402
    code = "too_few_credits"
