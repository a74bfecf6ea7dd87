"""Ask a person from a program: durable questions, typed answers, pause and resume."""

from handraise.agent import Agent
from handraise.answers import answer_in
from handraise.bus import EventBus
from handraise.client import Handraise
from handraise.errors import HandraiseError
from handraise.events import Event
from handraise.models import Request
from handraise.outcomes import (
    Answered,
    Cancelled,
    ChangesRequested,
    CouldNotComplete,
    Outcome,
    TimedOut,
)
from handraise.receiver import Receiver
from handraise.steps import Failed, Finished, NextEvent, Paused
from handraise.stores.opening import open_store
from handraise.sync_client import HandraiseSync

__all__ = [
    "Agent",
    "Answered",
    "Cancelled",
    "ChangesRequested",
    "CouldNotComplete",
    "Event",
    "EventBus",
    "Failed",
    "Finished",
    "Handraise",
    "HandraiseError",
    "HandraiseSync",
    "NextEvent",
    "Outcome",
    "Paused",
    "Receiver",
    "Request",
    "TimedOut",
    "answer_in",
    "open_store",
]
