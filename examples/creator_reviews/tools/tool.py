"""A text tool: what goes in, what can be set, and what comes out of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from examples.creator_reviews.refusals import Wrong

MAX_INPUT_CHARS = 20_000

Texts: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Input:
    """A text that a run needs; `rows` is how high its box is."""

    name: str
    label: str
    rows: int
    example: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A parameter: one of some words, the first unless somebody chooses."""

    name: str
    label: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tool:
    """The same inputs and parameters always give the same output."""

    name: str
    inputs: tuple[Input, ...]
    parameters: tuple[Choice, ...]
    make: Callable[[Texts, Texts], str]

    def run(self, inputs: Texts, parameters: Texts) -> str:
        """The output. Both are checked before: see `checked_inputs` and `settled`."""
        return self.make(inputs, parameters)

    def checked_inputs(self, given: Mapping[str, Any]) -> dict[str, str]:
        """The inputs, trimmed. Raises Wrong for one that is missing or too long."""
        found = {one.name: str(given.get(one.name) or "").strip() for one in self.inputs}
        for one in self.inputs:
            if not found[one.name]:
                raise Wrong(f"{one.label} is missing")
            if len(found[one.name]) > MAX_INPUT_CHARS:
                raise Wrong(f"{one.label} has more than {MAX_INPUT_CHARS} characters")
        return found

    def settled(self, given: Mapping[str, Any], base: Texts | None = None) -> dict[str, str]:
        """All parameters: as given, else as in `base`, else the usual ones.

        Raises Wrong for a parameter or a value that is unknown.
        """
        known = {one.name: one for one in self.parameters}
        for name, value in given.items():
            if name not in known or value not in known[name].options:
                raise Wrong(f"{name} can't be {value!r}")
        usual = {one.name: one.options[0] for one in self.parameters}
        return usual | dict(base or {}) | {name: str(value) for name, value in given.items()}

    def schema(self) -> dict[str, Any]:
        """The parameters as a JSON Schema."""
        return {
            "type": "object",
            "title": "Parameters to run it again with",
            "properties": {
                one.name: {"type": "string", "title": one.label, "enum": list(one.options)}
                for one in self.parameters
            },
            "additionalProperties": False,
        }
