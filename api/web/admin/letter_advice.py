"""What to do about a dead letter, by its cause."""

from collections.abc import Mapping

from event_schemas.types import RefusalReason

_advice: Mapping[str, str] = {
    "Invalid": "The asker sent a question that does not hold. Tell them what the detail says; once"
    " it is mended they ask again with the same id.",
    "NotAllowed": "The signature or key of an ask does not hold. Look at the key under Keys: was"
    " it revoked or rotated? If nobody of yours sent it, somebody is trying.",
    "NotFound": "It names something that is not there, such as a kind. Make it, or let the asker"
    " name another; then they ask again.",
    "Unreadable": "No schema of ours explains the bytes. Mostly a program wrote to a topic that is"
    " not its own, or a newer release wrote it: finish the release. With a schema registry, check"
    " that this service knows its address.",
    RefusalReason.TOO_LARGE: "The request would have become too large to record. The asker sends"
    " less, such as attachments in place of context.",
    RefusalReason.UNREADABLE: "A command can't be read. Mostly two releases run side by side:"
    " finish the release. Nothing was decided by it.",
    RefusalReason.INTERNAL: "A fault of ours while deciding; nothing was decided by it. Keep the"
    " detail and the code version, and report it.",
    RefusalReason.MISROUTED: "A command stood in the wrong partition. Look for a program that"
    " writes commands beside our own services, and for a changed partition count.",
    "unreadable letter": "Something other than our services wrote to the dead letters.",
}
_otherwise = (
    "A fault while handling it; the others went on. Keep the detail and the code version, and"
    " report it. The record itself is still at its origin for as long as that topic keeps it."
)


def advice_for(cause: str) -> str:
    """What to do, in words."""
    return _advice.get(cause, _otherwise)
