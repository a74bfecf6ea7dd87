"""The bodies of commands, strict as those of questions: no extras, no guessing, all bounded."""

from datetime import datetime
from typing import Annotated, Any, Self, TypeAlias

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from event_schemas.types import Oversight
from kernel.question import Attachments, Input, Line, Minutes, PriorityWord, Text, Word

MAX_TEXT_CHARS = 20_000
MAX_PARTS = 100
LONGEST_LOOK_SECONDS = 24 * 3600
LongText: TypeAlias = Annotated[Text, Field(max_length=MAX_TEXT_CHARS)]
Reason: TypeAlias = Annotated[Text, Field(max_length=2_000)]


def _moment(value: object) -> object:
    """RFC 3339 text as a moment; anything else is left for the model to refuse."""
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise PydanticCustomError("moment", "a moment such as 2026-01-31T17:00:00Z is expected")
    return moment


Moment: TypeAlias = Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=str)]


class SeenInput(Input):
    """What the caller says that the reviewer had before them; it is kept as a claim.

    `rendered` is the SHA-256 of the content as it was shown, `opened` names the parts that were
    opened, in their order.
    """

    rendered: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    revision: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    content_hash: Annotated[str, Field(max_length=128)] | None = None
    opened: Annotated[list[Word], Field(max_length=MAX_PARTS)] | None = None
    in_view_seconds: Annotated[int, Field(ge=0, le=LONGEST_LOOK_SECONDS)] = 0

    def claimed(self) -> Oversight:
        """The word for the log."""
        return Oversight(
            proven=False,
            rendered=self.rendered,
            revision=self.revision,
            content_hash=self.content_hash,
            opened=tuple(dict.fromkeys(self.opened or ())),
            in_view_seconds=self.in_view_seconds,
        )


class RespondInput(Input):
    """An answer.

    Name the revision and content_hash that were looked at, and a question that has changed since
    is refused with `stale_revision` instead of being answered unseen.
    """

    decision: Line
    comment: LongText | None = None
    data: Any = Field(default=None, description="The answer to the question's form.")
    edited: Any = Field(default=None, description="The context as the reviewer would have it.")
    attachments: Attachments | None = None
    revision: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    content_hash: Annotated[str, Field(max_length=128)] | None = None
    seen: SeenInput | None = None


class AssigneeInput(Input):
    """A person or a team, one of both."""

    person: Line | None = None
    team: Line | None = None

    @model_validator(mode="after")
    def only_one(self) -> Self:
        """Refuses neither and both."""
        if (self.person is None) == (self.team is None):
            raise PydanticCustomError("one_of", "a person or a team is expected, one of both")
        return self


class AssignInput(Input):
    """To whom a request goes, and why."""

    assignee: AssigneeInput
    reason: Reason | None = None


class ReasonInput(Input):
    """Why."""

    reason: Reason | None = None


class NothingInput(Input):
    """Nothing; the body may be left out."""


class CommentInput(Input):
    """Something said without deciding."""

    text: Annotated[LongText, Field(min_length=1)]
    attachments: Attachments | None = None


class ExtendInput(Input):
    """A later deadline: so many minutes from now, or a moment."""

    minutes: Minutes | None = None
    timeout_at: Moment | None = None
    reason: Reason | None = None

    @model_validator(mode="after")
    def only_one(self) -> Self:
        """Refuses neither and both."""
        if (self.minutes is None) == (self.timeout_at is None):
            raise PydanticCustomError("one_of", "minutes or timeout_at is expected, one of both")
        return self


class ReprioritiseInput(Input):
    """Another priority."""

    priority: PriorityWord
    reason: Reason | None = None


class RedeemInput(Input):
    """What is about to be done, by the hash of the content that was approved, and who does it."""

    content_hash: Annotated[str, Field(max_length=128)]
    spender: Line | None = Field(default=None, description="Who does it; else the caller.")


class SignInInput(Input):
    """E-mail and password of a person."""

    email: Annotated[Text, Field(min_length=3, max_length=254)]
    password: Annotated[Text, Field(min_length=1, max_length=1024, repr=False)]
