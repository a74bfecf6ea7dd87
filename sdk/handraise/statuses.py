"""Where a workflow can stand."""

from enum import StrEnum


class Status(StrEnum):
    """Where a workflow stands.

    `FAILED` is the agent's own word; `GIVEN_UP` is a dead letter: a leg kept failing and waits
    for `Supervisor.redrive`.
    """

    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    GIVEN_UP = "given_up"
