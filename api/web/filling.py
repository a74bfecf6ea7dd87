"""A plain form that comes back: what stands in its fields, and what is wrong with each of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from api.web.forms import read_form
from api.web.session import Session, check_form
from kernel.errors import Flaw, Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A form by the names of its fields, and its flaws by JSON pointers.

    A field is named as its value stands in the input, with dots: `quiet.begin` is `/quiet/begin`.
    """

    values: Mapping[str, str] = field(default_factory=dict[str, str])
    flaws: tuple[Flaw, ...] = ()

    def value(self, name: str) -> str:
        """What stands in a field."""
        return self.values.get(name, "")

    def flaws_of(self, name: str) -> tuple[str, ...]:
        """What is wrong with a field, or with a part of it."""
        place = "/" + name.replace(".", "/")
        return tuple(flaw.detail for flaw in self.flaws if _is_at(flaw, place))

    def with_flaws(self, error: Invalid) -> "Sheet":
        """The same, with what an error finds wrong."""
        flaws = error.flaws or (Flaw("", str(error)),)
        return Sheet(values=self.values, flaws=tuple(map(_plain, flaws)))

    @property
    def problem(self) -> str:
        """What is wrong with the form in one line; empty where nothing is."""
        if not self.flaws:
            return ""
        told = [f"{_spoken(flaw.pointer)}{flaw.detail}" for flaw in self.flaws]
        return "Nothing was saved. " + "; ".join(told) + "."


async def posted(request: Request, session: Session) -> dict[str, str]:
    """The fields of a form of ours.

    Raises:
        NotAllowed: it is not ours.
        MediaType, BodyTooLarge, Invalid: as `read_form`.
    """
    fields = await read_form(request)
    check_form(request, session.token, fields.pop("csrf", ""))
    return fields


def picked(fields: Mapping[str, str], prefix: str) -> list[str]:
    """The ends of the names of the boxes under a prefix that are ticked."""
    return [name.removeprefix(prefix) for name in fields if name.startswith(prefix)]


def lines_of(text: str) -> list[str]:
    """The lines of a text that are not blank, each once."""
    return list(dict.fromkeys(line.strip() for line in text.split("\n") if line.strip()))


_said = (
    (re.compile(r"String should match pattern .*"), "is not in the form that is expected"),
    (re.compile(r"Input should be a valid integer.*"), "a whole number is expected"),
    (re.compile(r"(?:String|List) should have at least (\d+) .*"), r"at least \1 expected"),
    (re.compile(r"(?:String|List) should have at most (\d+) .*"), r"at most \1 allowed"),
    (re.compile(r"Input should be greater than or equal to (.+)"), r"at least \1"),
    (re.compile(r"Input should be less than or equal to (.+)"), r"at most \1"),
    (re.compile(r"Input should be ('.+)"), r"one of \1 is expected"),
)


def _plain(flaw: Flaw) -> Flaw:
    """The flaw in words for people, where it came in those of the library that checks inputs."""
    for known, words in _said:
        if found := known.fullmatch(flaw.detail):
            return Flaw(flaw.pointer, found.expand(words))
    return flaw


def _is_at(flaw: Flaw, place: str) -> bool:
    return flaw.pointer == place or flaw.pointer.startswith(f"{place}/")


def _spoken(pointer: str) -> str:
    steps = [step.replace("_", " ") for step in pointer.split("/") if step and not step.isdecimal()]
    return f"{' '.join(steps).capitalize()}: " if steps else ""
