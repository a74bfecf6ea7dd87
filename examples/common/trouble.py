"""The one error of the examples: a sentence that says what is wrong and what to do about it."""


class Trouble(Exception):
    """Something that the person at the terminal can put right."""
