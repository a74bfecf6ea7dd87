"""Signs a person in with e-mail and password, no faster for those who guess."""

from api.errors import Unauthenticated
from api.identity.lock_out import LockOut
from kernel.directory.directory import Directory
from kernel.directory.principals import Principal
from kernel.directory.store import Deed

SIGN_IN = "sign_in"


async def sign_in(
    directory: Directory, lock_out: LockOut, email: str, password: str, address: str
) -> Principal:
    """The person with this e-mail address and password; `address` is the caller's on the network.

    Raises:
        Unauthenticated: there is none; which of the two is wrong is not told.
        TooMany: too many attempts for this person or from this address have failed.
        Unavailable: the directory is away.
    """
    name, place = f"email {email.lower()}", f"address {address}"
    await lock_out.check(name, place)
    person = await directory.people.authenticate(email, password)
    if person is None:
        await lock_out.failed(name, place)
        await directory.audit.refused_sign_in(email, address, {"by": "password"})
        raise Unauthenticated("E-mail or password is wrong")
    # Not the place's failures: a guesser may know one password there.
    await lock_out.succeeded(name)
    await signed_in(directory, person, address, "password")
    return person


async def signed_in(directory: Directory, person: Principal, address: str, by: str) -> None:
    """Audits that a person has proved who they are, and by what.

    Raises:
        Unavailable: the directory is away.
    """
    deed = Deed(
        actor=person.id, action=SIGN_IN, address=address, subject=person.id, detail={"by": by}
    )
    await directory.audit.note(person.tenant, deed)
