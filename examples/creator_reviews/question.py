"""The question that a creator is asked, as Handraise shows it; pure."""

from datetime import timedelta
from typing import Any

from handraise.question import Asking

from examples.creator_reviews.catalog import Agent, User
from examples.creator_reviews.standing import OUTPUT, PARAMETERS

KIND = "creator_review"
_TITLE_CHARS = 120


def question_about(
    agent: Agent, user: User, creator_person_id: str, execution: dict[str, Any], note: str
) -> Asking:
    """What to ask of whom; the answer's `parameters` must fit the agent's tool."""
    context: dict[str, Any] = {
        "agent": {"id": agent.id, "name": agent.name},
        "user": {"id": user.id, "name": user.name, "email": user.email},
        "review_cost": agent.review_cost,
        "inputs": execution["inputs"],
        PARAMETERS: execution["parameters"],
        OUTPUT: execution["original_output"],
        "conversation": [{"from": user.name, "text": note}],
    }
    form: dict[str, Any] = {
        "type": "object",
        "properties": {PARAMETERS: agent.tool.schema()},
        "additionalProperties": False,
    }
    return Asking(
        title=f"{agent.name}: {_shortened(note)}",
        description=note,
        kind=KIND,
        context=context,
        form=form,
        routing={"people": [creator_person_id], "channels": ["email", "web"]},
        timeout=timedelta(seconds=agent.review_seconds),
        principal_id=user.id,
    )


def _shortened(note: str) -> str:
    line = " ".join(note.split())
    return line if len(line) <= _TITLE_CHARS else f"{line[: _TITLE_CHARS - 1]}…"
