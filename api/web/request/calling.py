"""The call behind a button of a page: who pressed it, and what makes a second press the same."""

from api.idempotency import MAX_CHARS
from api.sending import Call
from api.web.session import Session


def call_of(session: Session, request_id: str, word: str, attempt: str) -> Call:
    """The call that does this with a request; the same attempt is the same call."""
    return Call(
        principal=session.person,
        request_id=request_id,
        route=f"POST /requests/{{request_id}}/{word}",
        channel="web",
        key=attempt[:MAX_CHARS] or None,
    )
