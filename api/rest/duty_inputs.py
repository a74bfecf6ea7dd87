"""The bodies that say who is there when, and of which question to foretell the course."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from api.rest.inputs import Moment, Reason
from kernel.question import Input, Line, Name, Question

MAX_SKILLS = 50


class AbsenceInput(Input):
    """From when to when, and who stands in."""

    begins_at: Moment
    ends_at: Moment
    substitute: Name | None = Field(default=None, description="A person's id.")
    note: Reason | None = None

    @model_validator(mode="after")
    def ordered(self) -> Self:
        """It ends after it begins."""
        if self.ends_at <= self.begins_at:
            raise PydanticCustomError("order", "ends_at must be after begins_at")
        return self


class AbsencePutInput(Input):
    """A person's absence in the place of the one before; null ends it."""

    absence: AbsenceInput | None
    give_back: bool = Field(
        default=False, description="Also give back the open requests that the person holds."
    )


class SkillsInput(Input):
    """What a person knows about; it takes the place of what was said before."""

    skills: Annotated[list[Name], Field(max_length=MAX_SKILLS)]


class SimulateInput(Input):
    """The question, when it would be asked (now where left out), and by whom."""

    request: Question
    at: Moment | None = None
    asker: Line | None = None


class ForwardInput(Input):
    """To whom a request goes on: a person or a team, one of both; the note is for them."""

    person: Line | None = Field(default=None, description="By id or e-mail address.")
    team: Line | None = None
    note: Reason | None = None

    @model_validator(mode="after")
    def only_one(self) -> Self:
        """Refuses neither and both."""
        if (self.person is None) == (self.team is None):
            raise PydanticCustomError("one_of", "a person or a team is expected, one of both")
        return self
