"""Reads the forms that our pages send."""

from urllib.parse import parse_qsl

from starlette.requests import Request

from api.bodies import read_bytes
from api.errors import MediaType
from kernel.errors import Flaw, Invalid
from kernel.text import text_fault

MAX_FIELDS = 200
_encoded = "application/x-www-form-urlencoded"


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, line ends as single line feeds.

    Raises:
        MediaType, BodyTooLarge: as `read_bytes`, or it is no encoded form.
        Invalid: not UTF-8, too many fields, one twice, or text that can't be kept.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _encoded:
        raise MediaType(f"{_encoded} is expected")
    raw = await read_bytes(request)
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise _invalid("no form in UTF-8 within our limits") from None
    fields = {name: value.replace("\r\n", "\n") for name, value in pairs}
    if len(fields) != len(pairs):
        raise _invalid("a field is given twice")
    if fault := next(filter(None, map(text_fault, fields.values())), None):
        raise _invalid(f"a text {fault}")
    return fields


def _invalid(detail: str) -> Invalid:
    return Invalid(detail, (Flaw("", detail),))
