"""What a person has typed so far, by the names of its inputs, so that nothing of it is lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kernel.question import MAX_ATTACHMENTS

DATA, ROWS = "data", "rows"
MAX_ROWS = 50
_max_digits = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What stands in the answer form.

    `data` is what is in the fields of the question's form, by JSON pointer (RFC 6901) from its
    root; `rows` how many rows its lists have. `edited` is None where the text was not touched.
    `files` are the ids of the files that were put in. `given` tells a form that came back from one
    that nobody has seen: only the latter holds defaults.
    """

    comment: str = ""
    data: Mapping[str, str] = field(default_factory=dict[str, str])
    rows: Mapping[str, int] = field(default_factory=dict[str, int])
    edited: str | None = None
    files: tuple[str, ...] = ()
    given: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether nothing was filled in, be it only with blanks."""
        return not any(text.strip() for text in self.data.values())

    def count(self, pointer: str, default: int) -> int:
        """How many rows a list has."""
        return min(self.rows.get(pointer, default), MAX_ROWS)

    def with_row(self, pointer: str) -> "Typed":
        """With one more row in a list."""
        return replace(self, rows={**self.rows, pointer: self.count(pointer, 0) + 1})

    def without_row(self, pointer: str, index: int) -> "Typed":
        """With a row of a list taken out; those behind it move up."""
        count = self.count(pointer, 0)
        if not 0 <= index < count:
            return self
        data = {new: v for k, v in self.data.items() if (new := _moved(k, pointer, index))}
        rows = {new: n for k, n in self.rows.items() if (new := _moved(k, pointer, index))}
        return replace(self, data=data, rows={**rows, pointer: count - 1})

    def compact(self) -> "Typed":
        """Without the rows in which nothing was filled in."""
        found = self
        for pointer in sorted(self.rows, key=lambda name: name.count("/"), reverse=True):
            for index in reversed(range(found.count(pointer, 0))):
                row = f"{pointer}/{index}"
                inside = [v for k, v in found.data.items() if k == row or k.startswith(f"{row}/")]
                if not any(text.strip() for text in inside):
                    found = found.without_row(pointer, index)
        return found


def typed_in(fields: Mapping[str, str], files: tuple[str, ...] = ()) -> Typed:
    """What the fields of a form that came back hold; `files` came with it."""
    kept = tuple(name.removeprefix("file/") for name in fields if name.startswith("file/"))
    return Typed(
        comment=fields.get("comment", ""),
        data={_pointer(name, DATA): text for name, text in fields.items() if _is(name, DATA)},
        rows={_pointer(k, ROWS): _number(v) for k, v in fields.items() if _is(k, ROWS)},
        edited=fields.get("edited"),
        files=(*kept, *files)[:MAX_ATTACHMENTS],
        given=True,
    )


def _is(name: str, part: str) -> bool:
    return name == part or name.startswith(f"{part}/")


def _pointer(name: str, part: str) -> str:
    return name.removeprefix(part)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _max_digits else 0


def _moved(name: str, pointer: str, gone: int) -> str:
    """The name of a field once a row is gone; empty for those in that row."""
    if not name.startswith(f"{pointer}/"):
        return name
    index, slash, rest = name.removeprefix(f"{pointer}/").partition("/")
    if not index.isdecimal() or int(index) < gone:
        return name
    return "" if int(index) == gone else f"{pointer}/{int(index) - 1}{slash}{rest}"
