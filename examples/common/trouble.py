"""The one error of the examples: a sentence that says what is wrong and what to do about it."""

from typing import ClassVar


class Trouble(Exception):
    """Something that the person at the terminal can put right."""

    retriable: ClassVar[bool] = False
    """Nothing but a person can: trying again alone does not help."""
