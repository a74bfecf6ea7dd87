"""Ask a person from a program: durable questions, typed answers, pause and resume."""

from handraise.agent import Agent
from handraise.answers import answer_in
from handraise.approvals.decorator import requires_approval
from handraise.approvals.refusals import ApprovalPending, ApprovalRefused
from handraise.approvals.scope import approval_scope
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
from handraise.supervisor import Supervisor
from handraise.sync_client import HandraiseSync
from handraise.trying import Retries

__all__ = [
    "Agent",
    "Answered",
    "ApprovalPending",
    "ApprovalRefused",
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
    "Retries",
    "Supervisor",
    "TimedOut",
    "answer_in",
    "approval_scope",
    "open_store",
    "requires_approval",
]
