"""Checks that a kind's lists show nothing of what the kind calls personal."""

from collections.abc import Iterator, Mapping
from typing import Any

from task_kinds.flaws import Flaw


def privacy_flaws(definition: Mapping[str, Any]) -> Iterator[Flaw]:
    """Facets that would show a personal field, whole or a part of it, to whoever sees a list."""
    personal = definition.get("personal_fields", ())
    for index, facet in enumerate(definition.get("facets", ())):
        pointer = facet["pointer"]
        hidden = next((one for one in personal if f"{pointer}/".startswith(f"{one}/")), None)
        if hidden is not None:
            detail = (
                f"'{pointer}' is personal ('{hidden}' in personal_fields), but lists show facets"
                " to everybody; take an id that says nothing to others, or leave it out"
            )
            yield Flaw(("facets", index, "pointer"), detail)
