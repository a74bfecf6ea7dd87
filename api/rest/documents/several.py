"""What came of calls that were about many requests, item by item."""

from api.rest.documents.base import Document
from api.rest.documents.problems import ProblemDocument
from api.rest.documents.requests import AcceptedDocument, ActedDocument, OpenedDocument


class OpenedItemDocument(Document):
    """What came of one question, as if it had come alone: `request`, or `problem`."""

    status: int
    id: str | None
    request: OpenedDocument | AcceptedDocument | None
    problem: ProblemDocument | None


class OpenedBatchDocument(Document):
    """What came of each question, in the order in which they were given."""

    items: list[OpenedItemDocument]


class ActedItemDocument(Document):
    """What came of the action on one request: `request`, or `problem`."""

    status: int
    id: str
    request: ActedDocument | AcceptedDocument | None
    problem: ProblemDocument | None


class ActedOnDocument(Document):
    """What came of the action on each request, in the order in which they were given."""

    items: list[ActedItemDocument]
