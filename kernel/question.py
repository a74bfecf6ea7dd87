"""The question as an asker writes it, in REST or in an ask on Kafka, and its later revision.

A field that is null counts as left out; a field that is not named here is refused.
"""

import base64
import binascii
import re
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from kernel.errors import Invalid
from kernel.outbound.target import parse_target
from kernel.text import JsonObject, text_fault
from task_kinds.durations import MAX_SECONDS

MAX_RECIPIENTS = 50
MAX_ATTACHMENTS = 20
MAX_DECISIONS = 20
MAX_NAMES = 100
_controls = re.compile(r"[\x00-\x1f\x7f]")
_min_secret_bytes, _max_secret_bytes = 24, 64


def _flaw(detail: str) -> PydanticCustomError:
    # Braces would be read as a template's.
    return PydanticCustomError("flaw", "{detail}", {"detail": detail})


def _sound(text: str) -> str:
    if detail := text_fault(text):
        raise _flaw(f"the text {detail}")
    return text


def _one_line(text: str) -> str:
    if _controls.search(text):
        raise _flaw("one line without control characters is expected")
    if not text.strip():
        raise _flaw("must not be blank")
    return _sound(text)


def _web_address(text: str) -> str:
    try:
        parse_target(text)
    except Invalid as error:
        raise _flaw(str(error)) from None
    return text


def _signing_secret(text: str) -> str:
    if not text.startswith("whsec_"):
        return _sound(text)
    try:
        decoded = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        decoded = b""
    if not _min_secret_bytes <= len(decoded) <= _max_secret_bytes:
        raise _flaw("behind whsec_, base64 of 24 to 64 bytes is expected (Standard Webhooks 1.0)")
    return text


def _option(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


def _file(value: Any) -> Any:
    return {"id": value} if isinstance(value, str) else value


Text: TypeAlias = Annotated[str, AfterValidator(_sound)]
Line: TypeAlias = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_one_line)]
Name: TypeAlias = Annotated[str, Field(pattern=r"^[^\s\x00-\x1f\x7f]{1,100}$")]
Word: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,49}$")]
PriorityWord: TypeAlias = Literal["low", "medium", "high", "urgent"]
Channel: TypeAlias = Literal["email", "slack", "sms", "chat", "web", "webhook"]
WebAddress: TypeAlias = Annotated[str, Field(max_length=2048), AfterValidator(_web_address)]
Seconds: TypeAlias = Annotated[int, Field(gt=0, le=MAX_SECONDS)]
Minutes: TypeAlias = Annotated[int, Field(gt=0, le=MAX_SECONDS // 60)]


class Input(BaseModel):
    """What a stranger sends: no field but those named, and no guessing of types."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True, frozen=True)


class GivenOption(Input):
    """A decision that the question offers: one of the kind's by name, or one of its own."""

    name: Word
    label: Annotated[str, Field(max_length=100), AfterValidator(_one_line)] | None = None
    means: Literal["approve", "reject", "answer", "changes", "could_not_complete"] | None = Field(
        default=None, description="Left out: as the kind says, else answer."
    )
    needs_comment: bool | None = None


class GivenAttachment(Input):
    """A file that was put in before, by its id, perhaps under another name.

    With its `sha256` it must be just that file.
    """

    id: Name
    name: Line | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class GivenRecipient(Input):
    """An address that is told, exactly one of these."""

    email: (
        Annotated[
            str, Field(max_length=254, pattern=r"^[^\s@<>,;:\x00-\x20\x7f]+@[A-Za-z0-9._-]+$")
        ]
        | None
    ) = None
    slack_user_id: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,64}$")] | None = None
    slack_channel: Annotated[str, Field(pattern=r"^#?[\w.-]{1,80}$")] | None = None
    phone: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")] | None = None

    @model_validator(mode="after")
    def only_one(self) -> Self:
        """One recipient is one address."""
        given = [self.email, self.slack_user_id, self.slack_channel, self.phone]
        if sum(value is not None for value in given) != 1:
            raise _flaw("exactly one of email, slack_user_id, slack_channel, phone is expected")
        return self


class GivenRouting(Input):
    """Who is told and by which channels; roles, teams and people also say who may answer."""

    channels: list[Channel] | None = None
    recipients: Annotated[list[GivenRecipient], Field(max_length=MAX_RECIPIENTS)] | None = None
    roles: Annotated[list[Name], Field(max_length=MAX_NAMES)] | None = None
    teams: Annotated[list[Name], Field(max_length=MAX_NAMES)] | None = None
    people: Annotated[list[Name], Field(max_length=MAX_NAMES)] | None = Field(
        default=None, description="People of the tenant, by id or e-mail address."
    )


Options: TypeAlias = Annotated[
    list[
        Annotated[GivenOption, BeforeValidator(_option, json_schema_input_type=str | GivenOption)]
    ],
    Field(min_length=1, max_length=MAX_DECISIONS),
]
Attachments: TypeAlias = Annotated[
    list[
        Annotated[
            GivenAttachment, BeforeValidator(_file, json_schema_input_type=str | GivenAttachment)
        ]
    ],
    Field(max_length=MAX_ATTACHMENTS),
]


class Question(Input):
    """A question to a person."""

    type: Word | None = Field(default=None, description="The kind; approval where left out.")
    workflow_id: Line | None = None
    checkpoint_id: Line | None = None
    title: Line
    description: Text | None = None
    context: JsonObject | None = Field(default=None, description="What the reviewer looks at.")
    form: JsonObject | None = Field(default=None, description="JSON Schema of the answer's data.")
    decisions: Options | None = None
    routing: GivenRouting | None = None
    callback_webhook: WebAddress | None = None
    callback_secret: (
        Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_signing_secret)] | None
    ) = Field(default=None, repr=False)
    timeout_minutes: Minutes | None = None
    timeout_seconds: Seconds | None = None
    priority: PriorityWord | None = None
    principal_id: Line | None = None
    agent_id: Line | None = None
    attachments: Attachments | None = None
    metadata: JsonObject | None = Field(default=None, description="Comes back unchanged.")

    @model_validator(mode="after")
    def consistent(self) -> Self:
        """Fields that exclude or need each other."""
        if self.timeout_minutes is not None and self.timeout_seconds is not None:
            raise _flaw("timeout_minutes and timeout_seconds exclude each other")
        if self.callback_secret is not None and self.callback_webhook is None:
            raise _flaw("callback_secret needs callback_webhook")
        return self

    @property
    def kind(self) -> str:
        """The name of the kind."""
        return self.type or "approval"

    @property
    def people(self) -> tuple[str, ...]:
        """The people named as those who may answer."""
        return tuple(self.routing.people or ()) if self.routing else ()


class Revision(Input):
    """What the asker changes after changes were asked for; what is left out stays as it is."""

    title: Line | None = None
    description: Text | None = None
    context: JsonObject | None = None
    form: JsonObject | None = None
    attachments: Attachments | None = None
    note: Text | None = Field(default=None, description="What changed, in words.")
