"""Problems."""

from api.problems import KINDS, TYPE_PREFIX
from api.rest.examples.facts import ID, Example


def problem(code: str) -> Example:
    """An example of a problem."""
    kind = KINDS[code]
    return {
        "type": TYPE_PREFIX + code,
        "title": kind.title,
        "status": kind.status,
        "detail": "What happened this time, in a sentence.",
        "instance": f"/api/v1/requests/{ID}",
        "code": code,
    }
