"""The form of when one is away and who stands in, by the person's own clock."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from api.rest.duty_inputs import AbsenceInput, AbsencePutInput
from api.web.filling import Sheet
from kernel.directory.directory import Directory
from kernel.directory.principals import Principal
from kernel.roster import Absence
from kernel.validation import flawed

MAX_NOTE_CHARS = 500
_shown = "%Y-%m-%dT%H:%M"


def sheet_of(absence: Absence | None, zone: str, substitute: str) -> Sheet:
    """What is known of an absence, as it stands in the form; `substitute` is an e-mail address."""
    if absence is None:
        return Sheet()
    clock = ZoneInfo(zone)
    return Sheet(
        values={
            "begins_at": f"{absence.begins_at.astimezone(clock):{_shown}}",
            "ends_at": f"{absence.ends_at.astimezone(clock):{_shown}}",
            "substitute": substitute,
            "note": absence.note or "",
        }
    )


async def input_of(
    directory: Directory, person: Principal, fields: Mapping[str, str], zone: str
) -> AbsencePutInput:
    """What a form that came back means.

    Raises:
        Invalid: a time is none, or nobody has the substitute's address.
        Unavailable: the directory is away.
    """
    named = fields.get("substitute", "").strip()
    known = await directory.people.named(person.tenant, [named]) if named else {}
    if named and named not in known:
        raise flawed("/substitute", "nobody here has this address; leave it empty for nobody")
    begins_at, ends_at = (_moment(name, fields, zone) for name in ("begins_at", "ends_at"))
    if ends_at <= begins_at:
        raise flawed("/ends_at", "must be after it begins")
    note = fields.get("note", "").strip()
    if len(note) > MAX_NOTE_CHARS:
        raise flawed("/note", f"at most {MAX_NOTE_CHARS} characters")
    absence = AbsenceInput(
        begins_at=begins_at, ends_at=ends_at, substitute=known.get(named), note=note or None
    )
    return AbsencePutInput(absence=absence, give_back="give_back" in fields)


def _moment(name: str, fields: Mapping[str, str], zone: str) -> datetime:
    try:
        at = datetime.fromisoformat(fields.get(name, "").strip())
        if at.tzinfo is None:
            return at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise flawed(f"/{name}", "a day and a time are expected")
