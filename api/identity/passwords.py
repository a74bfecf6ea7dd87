"""A person changes their own password."""

from dataclasses import dataclass

from api.identity.lock_out import LockOut
from kernel.directory.directory import Directory
from kernel.directory.principals import Principal
from kernel.directory.store import Deed
from kernel.validation import flawed


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPassword:
    """The password of now, the one to come, and the address that they come from."""

    password: str
    new: str
    address: str


async def change_password(
    directory: Directory, lock_out: LockOut, person: Principal, wanted: NewPassword
) -> None:
    """Gives a person a new password; their tokens and sessions of before end within 5 s.

    Raises:
        Invalid: the password of now is wrong, or the new one is too short or too long.
        TooMany: it was wrong too often of late.
        Unavailable: the directory is away.
    """
    people = directory.people
    name, email = _name(person), person.email or ""
    await lock_out.check(name)
    if await people.authenticate(email, wanted.password, person.tenant) is None:
        await _refused(lock_out, name)
    deed = Deed(
        actor=person.id, action="password_changed", address=wanted.address, subject=person.id
    )
    await people.change(person.tenant, person.id, password=wanted.new, deed=deed)
    await lock_out.succeeded(name)


async def _refused(lock_out: LockOut, name: str) -> None:
    await lock_out.failed(name)
    raise flawed("/password", "this is not the password of now")


def _name(person: Principal) -> str:
    return f"password {person.id}"
