"""Says what is wrong with an input, by JSON pointers."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from kernel.errors import Flaw, Invalid
from kernel.text import pointer

M = TypeVar("M", bound=BaseModel)


def validated(model: type[M], value: Any) -> M:
    """A value as a model.

    Raises:
        Invalid: it does not fit; each place is named, no value is repeated.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        flaws = tuple(
            Flaw(pointer(*flaw["loc"]), flaw["msg"])
            for flaw in error.errors(include_url=False, include_input=False, include_context=False)
        )
        raise Invalid(f"the input has {len(flaws)} flaw(s)", flaws) from None


def flawed(place: str, detail: str) -> Invalid:
    """The error for an input with one flaw, at a JSON pointer."""
    return Invalid(detail, (Flaw(place, detail),))
