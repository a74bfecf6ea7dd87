"""The content of a question as the queue keeps it, and the words by which it is found."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from event_schemas.types import Attachment, DecisionOption, Requested, Revised
from kernel.request.model import Request
from projections.inbox.excerpt import excerpt_of
from projections.inbox.row import FacetValue, Question
from projections.json_text import json_or_text, plain, plain_or_none, to_json

MAX_DESCRIPTION = 1000
MAX_VALUE = 200
MAX_SEARCH = 3000


def question_of(
    event: Requested | Revised, request: Request, context: Any, facets: Mapping[str, FacetValue]
) -> Question:
    """The content that an event puts; `context` is the event's, parsed.

    What `Revised` does not say stays as it was asked: routing is told by `Requested` alone, so a
    revised question has none and the store keeps the first.
    """
    return Question(
        revision=request.state.revision,
        description=plain_or_none(event.description),
        context=json_or_text(event.context) if context is None else event.context,
        form=None if event.form is None else json_or_text(event.form),
        attachments=_list(event.attachments),
        decisions=_list(request.policy.decisions),
        routing=to_json(event.routing.as_record()) if isinstance(event, Requested) else None,
        metadata=json_or_text(request.state.metadata),
        search=search_text(event, request, context, facets),
        excerpt=excerpt_of(event.description, context, request.policy.personal_fields),
    )


@lru_cache(maxsize=1024)
def _list(items: tuple[Attachment | DecisionOption, ...]) -> str:
    return to_json([item.as_record() for item in items])


def search_text(
    event: Requested | Revised, request: Request, context: Any, facets: Mapping[str, FacetValue]
) -> str:
    """The words by which a request is found, in lower case.

    Title, beginning of the description, ids of the asker's world, facets, and the short texts at
    the top level of the context.
    """
    state = request.state
    named = (state.principal_id, state.workflow_id, state.agent_id)
    values = [*facets.values(), *(context.values() if isinstance(context, dict) else ())]
    short = {v: None for v in values if isinstance(v, str) and len(v) <= MAX_VALUE}
    words = [event.title, (event.description or "")[:MAX_DESCRIPTION], *filter(None, named), *short]
    return plain(" ".join(words).lower())[:MAX_SEARCH]
