"""What the tools take, each with the words that the model reads."""

from typing import Annotated, Any, TypeAlias

from pydantic import Field

from handraise.models import Priority

Title: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=255, description="One line: what is to be decided or done")
]
Description: TypeAlias = Annotated[
    str | None, Field(description="What the person should know, in words")
]
ContextObject: TypeAlias = Annotated[
    dict[str, Any] | None,
    Field(description="What is being decided, as JSON: the diff, the amounts, the arguments"),
]
Kind: TypeAlias = Annotated[
    str | None,
    Field(description="The kind of task: approval (default), decision, clarification, …"),
]
Decisions: TypeAlias = Annotated[
    list[str] | None,
    Field(description="The decisions to offer, by name, where they differ from the kind's"),
]
Form: TypeAlias = Annotated[
    dict[str, Any] | None, Field(description="A JSON Schema that the answer's data must fit")
]
PriorityWord: TypeAlias = Annotated[Priority | None, Field(description="Else the kind's")]
Principal: TypeAlias = Annotated[
    str | None, Field(description="The customer or account that this is about")
]
Teams: TypeAlias = Annotated[
    list[str] | None, Field(description="Teams who may answer, where the kind lets the asker say")
]
Emails: TypeAlias = Annotated[
    list[str] | None, Field(description="E-mail addresses to tell; else those who may answer")
]
Minutes: TypeAlias = Annotated[
    float | None,
    Field(gt=0, description="The deadline, in minutes from now; else the kind's"),
]
Key: TypeAlias = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=255,
        description="A name for this very question, e.g. refund-A-17. A call that is repeated with"
        " the same key asks nothing twice and brings what came of the first",
    ),
]
WaitSeconds: TypeAlias = Annotated[
    float | None,
    Field(
        ge=0,
        le=3600,
        description="How long to wait; else 15 minutes where the client shows progress, 50 seconds"
        " where it does not",
    ),
]
TaskId: TypeAlias = Annotated[str, Field(min_length=1, max_length=64, description="The task's id")]
Reason: TypeAlias = Annotated[str | None, Field(description="Why, for those who read it later")]
