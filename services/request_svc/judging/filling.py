"""Judges whether a decision leaves empty the form that it ought to fill in."""

from event_schemas.types import Means
from kernel.request.model import ANSWERING


def leaves_empty(needs_data: bool, means: Means, data: str | None) -> bool:
    """Whether a decision that approves or answers lacks the data that the form needs.

    Whether data that is there fits, the front door has looked; no form is known here.
    """
    return needs_data and data is None and means in ANSWERING
