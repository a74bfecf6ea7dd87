"""What every document has in common.

Answers are written straight from what the views and replies hold; that they have the shapes told
here is checked where the API is tested against real parts.
"""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

State = Literal[
    "pending",
    "notified",
    "assigned",
    "in_progress",
    "revising",
    "responded",
    "timed_out",
    "cancelled",
    "callback_sent",
    "completed",
]
Priority = Literal["low", "medium", "high", "urgent"]
Outcome = Literal["answered", "could_not_complete", "timed_out", "cancelled"]


class Document(BaseModel):
    """An answer's body."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
