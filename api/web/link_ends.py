"""Why a link in a message can not be answered by, and what to do then, in words for people."""

from dataclasses import dataclass

OK, FORBIDDEN, NOT_FOUND, CONFLICT, GONE = 200, 403, 404, 409, 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What happened to the link; `page` is whether its request can be seen after signing in."""

    title: str
    detail: str
    status: int
    page: bool = True


UNKNOWN = Ended(
    title="This link leads nowhere",
    detail="It is not complete, or older than we keep such links. Open the message again, or look"
    " into the queue.",
    status=NOT_FOUND,
    page=False,
)
NO_PERSON = Ended(
    title="This link is not for you any more",
    detail="The account that it was sent to is not active.",
    status=FORBIDDEN,
    page=False,
)
EXPIRED = Ended(
    title="This link has expired",
    detail="Links in messages end with the deadline, and after a week at the latest. If the request"
    " is still open you can answer it when you sign in.",
    status=GONE,
)
CHANGED = Ended(
    title="The question has changed",
    detail="Since this message was sent the question was revised, so it can't be answered by this"
    " link. Sign in to see how it stands now; a message about the change has its own link.",
    status=CONFLICT,
)
SIGN_IN = Ended(
    title="This decision needs you to sign in",
    detail="A link in a message is not enough for this kind of question.",
    status=FORBIDDEN,
)


def closed(outcome: str) -> Ended:
    """The request was closed; `outcome` says how, by whom."""
    return Ended(
        title="This request is closed",
        detail=f"{outcome} There is nothing left to do.",
        status=GONE,
    )


def used(outcome: str, *, still_open: bool) -> Ended:
    """The link was used; `outcome` says how the request stands."""
    more = "Others are still asked; to change your vote, sign in." if still_open else ""
    return Ended(
        title="Your answer was taken",
        detail=f"{outcome} A link answers once. {more}".strip(),
        status=OK,
    )


def not_taken(why: str, status: int) -> Ended:
    """The answer was refused."""
    return Ended(title="Your answer was not taken", detail=why, status=status)


LATER = Ended(
    title="Your answer is recorded",
    detail="What came of it is not known yet. Sign in to look, or open the link again in a moment.",
    status=OK,
)
