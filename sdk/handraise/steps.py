"""How a leg of a workflow can end: the agent pauses, is finished, or has failed."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from handraise.models import Json


@dataclass(frozen=True, slots=True)
class NextEvent:
    """An event to publish once the leg's end is safely written down."""

    event_type: str
    data: Json = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Paused:
    """The workflow waits for people; its process may exit.

    `Agent.pause` returns one that names its checkpoint. An agent that waits for several, and got
    one answer, returns `Paused(workflow_id)`: the others are still awaited.
    """

    workflow_id: str
    checkpoint_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """All is done. `events` are published first, then `workflow.completed` with `result`."""

    events: tuple[NextEvent, ...] = ()
    result: Json = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Failed:
    """It can't go on. `events` are published first, then `workflow.failed` with the reason."""

    reason: str
    events: tuple[NextEvent, ...] = ()


Step: TypeAlias = Paused | Finished | Failed
