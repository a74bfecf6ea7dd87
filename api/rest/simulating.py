"""Foretells who would be told of a question, when and how, if nobody answers; changes nothing."""

from datetime import datetime
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_model
from api.calls import caller_of
from api.door import door_of
from api.identity.access import Operation
from api.json_answers import answer
from api.rest.documents.duty import SimulationDocument
from api.rest.duty_inputs import SimulateInput
from api.rest.examples.duty import DUTY_BODIES, SIMULATION
from api.rest.spec import Shown, described
from api.simulating.asking import SOMEBODY, Simulated, simulated
from api.simulating.simulator import Hearing
from api.simulating.words import sentence
from kernel.directory.principals import Principal
from kernel.errors import Invalid
from kernel.question import Question
from kernel.validation import validated

router = APIRouter(prefix="/api/v1/simulate", tags=["duty"])
_Short = Annotated[str, Field(max_length=255)]
EARLIEST, LATEST = 2000, 2200


class SimulateQuery(BaseModel):
    """Of which kind, how urgent, about whom, asked by whom, and when."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    type: _Short = "approval"
    priority: _Short | None = None
    principal_id: _Short | None = None
    asker: _Short | None = None
    at: datetime | None = None


@router.get(
    "",
    **described(
        Operation.SIMULATE,
        "Foretell the course of a kind",
        Shown(SimulationDocument, SIMULATION),
        problems=("invalid",),
    ),
)
async def foretell_kind(request: Request, query: Annotated[SimulateQuery, Query()]) -> Response:
    """Who would be told of a question of this kind, when and how, if nobody answers."""
    asked = question_of(query.type, query.priority, query.principal_id)
    found = await foretold(request, caller_of(request), asked, asker=query.asker, at=query.at)
    return answer(document_of(found))


@router.post(
    "",
    **described(
        Operation.SIMULATE,
        "Foretell the course of a question",
        Shown(SimulationDocument, SIMULATION),
        body=Shown(SimulateInput, DUTY_BODIES[SimulateInput]),
    ),
)
async def foretell(request: Request) -> Response:
    """Who would be told of this very question, when and how, if nobody answers."""
    given = await read_model(request, SimulateInput)
    found = await foretold(
        request, caller_of(request), given.request, asker=given.asker, at=given.at
    )
    return answer(document_of(found))


def question_of(kind: str, priority: str | None, principal_id: str | None) -> Question:
    """A question of this kind, of which nothing else matters.

    Raises:
        Invalid: there can't be one.
    """
    fields = {"type": kind, "priority": priority, "principal_id": principal_id}
    asked = {name: value for name, value in fields.items() if value}
    return validated(Question, {"title": "What if nobody answers?", **asked})


async def foretold(
    request: Request,
    caller: Principal,
    question: Question,
    *,
    asker: str | None,
    at: datetime | None,
) -> Simulated:
    """What would happen to a question that the caller, or whoever they name, asks.

    Raises:
        Invalid: it can't be asked so, or at no such time.
        Unavailable: the directory is away.
    """
    door = door_of(request)
    moment = at or door.clock()
    if moment.tzinfo is None or not EARLIEST <= moment.year < LATEST:
        raise Invalid("at is a moment of this century with its zone, such as 2026-01-31T17:00:00Z")
    own = SOMEBODY if caller.is_person else caller.id
    return await simulated(
        door.settings,
        door.directory,
        door.pool,
        tenant=caller.tenant,
        question=question,
        asker=asker or own,
        at=moment,
    )


def document_of(found: Simulated) -> dict[str, Any]:
    """A simulation as a document."""
    simulation = found.simulation
    business = found.question.policy.business
    opened = simulation.steps[0].envelope.request if simulation.steps else None
    return {
        "type": found.question.kind,
        "priority": found.question.priority,
        "calendar": None if business is None else business.calendar,
        "opened_at": found.at,
        "timeout_at": None if opened is None else opened.deadline,
        "steps": [
            {
                "at": step.envelope.timestamp,
                "event": step.envelope.event_type,
                "says": sentence(step.envelope, found.names),
                "told": [_hearing(one, found) for one in step.told],
            }
            for step in simulation.steps
        ],
        "outcome": simulation.outcome,
        "cut": simulation.cut,
        "refused": None if simulation.refusal is None else simulation.refusal.detail,
    }


def _hearing(one: Hearing, found: Simulated) -> dict[str, Any]:
    return {
        "channel": one.channel,
        "target": one.target,
        "person": one.person,
        "name": found.names.get(one.person or ""),
        "at": one.at,
        "in_summary": one.in_summary,
        "in_reserve": one.in_reserve,
        "error": one.error,
    }
