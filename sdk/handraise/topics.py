"""The topics of agents, as values: an event travels on the topic that bears its type's name."""

from typing import Final

WORKFLOW_STARTED: Final = "workflow.started"
WORKFLOW_COMPLETED: Final = "workflow.completed"
WORKFLOW_FAILED: Final = "workflow.failed"

CODE_ANALYSIS_NEEDED: Final = "code.analysis.needed"
CODE_APPROVED: Final = "code.approved"
CODE_REJECTED: Final = "code.rejected"

DEPLOYMENT_STARTED: Final = "deployment.started"
DEPLOYMENT_COMPLETED: Final = "deployment.completed"
DEPLOYMENT_FAILED: Final = "deployment.failed"

ALL: Final = (
    WORKFLOW_STARTED,
    WORKFLOW_COMPLETED,
    WORKFLOW_FAILED,
    CODE_ANALYSIS_NEEDED,
    CODE_APPROVED,
    CODE_REJECTED,
    DEPLOYMENT_STARTED,
    DEPLOYMENT_COMPLETED,
    DEPLOYMENT_FAILED,
)

HUMAN_INPUT_REQUESTED: Final = "human.input.requested"
HUMAN_INPUT_RECEIVED: Final = "human.input.received"
HUMAN_INPUT_TIMEOUT: Final = "human.input.timeout"

THE_SERVICES_OWN: Final = "human.input."
"""Only the service writes topics that begin so, and in Avro; agents hear of their requests by
callback, `wait` or polling instead."""
