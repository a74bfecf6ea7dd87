"""The bodies by which standing rules are made and changed."""

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from api.rest.inputs import Moment
from api.ruling import GivenRule, Terms
from kernel.directory.standing_rule import Mode, match_of
from kernel.question import Input, Line, Text, Word

MAX_MATCHES = 20
MAX_USES = 1_000_000
Place: TypeAlias = Annotated[str, Field(max_length=500, pattern=r"^(/([^~/]|~[01])*)*$")]
ModeWord: TypeAlias = Literal["live", "shadow"]
Uses: TypeAlias = Annotated[int, Field(ge=1, le=MAX_USES)]
Words: TypeAlias = Annotated[Text, Field(max_length=1000)]


class MatchInput(Input):
    """A place in the context (JSON pointer, RFC 6901), and the value that must be there.

    The empty pointer is the whole context.
    """

    pointer: Place
    value: Any


class RuleInput(Input):
    """A decision on questions yet to come: of this kind, principal and asker, with these values.

    Without a `principal_id` it is for questions that name none. In `shadow` it decides nothing, and
    history tells what it would have decided.
    """

    type: Word
    principal_id: Line | None = None
    requester: Line
    matches: Annotated[list[MatchInput], Field(min_length=1, max_length=MAX_MATCHES)]
    decision: Word
    comment: Words | None = None
    valid_until: Moment
    max_uses: Uses | None = None
    mode: ModeWord = "live"

    def given(self) -> GivenRule:
        """The rule in the body."""
        return GivenRule(
            kind=self.type,
            principal_id=self.principal_id,
            asker=self.requester,
            matches=tuple(match_of(match.pointer, match.value) for match in self.matches),
            decision=self.decision,
            comment=self.comment,
            valid_until=self.valid_until,
            max_uses=self.max_uses,
            mode=Mode(self.mode),
        )


class RuleFromInput(Input):
    """Where a later question must hold the same values to get the same answer, and for how long."""

    pointers: Annotated[list[Place], Field(min_length=1, max_length=MAX_MATCHES)]
    comment: Words | None = Field(default=None, description="Left out: the answer's.")
    valid_until: Moment
    max_uses: Uses | None = None
    mode: ModeWord = "live"

    def terms(self) -> Terms:
        """The terms in the body."""
        return Terms(
            valid_until=self.valid_until,
            max_uses=self.max_uses,
            mode=Mode(self.mode),
            comment=self.comment,
        )


class ModeInput(Input):
    """Whether a rule decides, or only has it recorded what it would have decided."""

    mode: ModeWord


class RulesQuery(BaseModel):
    """What the list of rules is narrowed by."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    valid: bool = Field(default=True, description="Only those that hold now.")
    type: Annotated[Text, Field(max_length=50)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=200)] | None = None
