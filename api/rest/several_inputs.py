"""The bodies of calls that are about many requests."""

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from api.idempotency import MAX_CHARS
from kernel.question import Input

MAX_ITEMS = 100
Key: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=MAX_CHARS, pattern=r"^[\x20-\x7e]+$")
]


class BatchItem(Input):
    """One question, and the key that makes it safe to repeat.

    `request` is the body of `POST /api/v1/requests`; what is wrong with it is told with the item.
    """

    request: dict[str, Any]
    idempotency_key: Key | None = None


class BatchInput(Input):
    """Questions that are asked together."""

    items: Annotated[list[BatchItem], Field(min_length=1, max_length=MAX_ITEMS)]


class BulkItem(Input):
    """A request, and the revision of it that was looked at, as lists and groups show it.

    An answer is refused where the content is another than `content_hash` says.
    """

    id: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
    revision: Annotated[int, Field(ge=1, lt=2**31)]
    content_hash: Annotated[str, Field(max_length=128)] | None = None
    idempotency_key: Key | None = None


class BulkInput(Input):
    """One action, with the body that it has as a call of its own, and the requests it is for."""

    action: Literal[
        "respond", "claim", "assign", "release", "cancel", "extend", "reprioritise", "escalate"
    ]
    body: dict[str, Any] | None = None
    items: Annotated[list[BulkItem], Field(min_length=1, max_length=MAX_ITEMS)]

    @model_validator(mode="after")
    def each_once(self) -> Self:
        """Refuses a request that is named twice."""
        if len({item.id for item in self.items}) != len(self.items):
            raise PydanticCustomError("twice", "a request is named twice")
        return self
