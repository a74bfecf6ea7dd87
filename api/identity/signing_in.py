"""Signs a person in with e-mail and password, no faster for those who guess."""

from api.errors import Unauthenticated
from api.identity.throttle import Throttle
from kernel.directory.directory import Directory
from kernel.directory.principals import Principal


async def sign_in(
    directory: Directory, throttle: Throttle, email: str, password: str, address: str
) -> Principal:
    """The person with this e-mail address and password; `address` is the caller's on the network.

    Raises:
        Unauthenticated: there is none; which of the two is wrong is not told.
        TooMany: too many attempts for this person or from this address have failed.
        Unavailable: the directory is away.
    """
    name, place = f"email {email.lower()}", f"address {address}"
    throttle.check(name, place)
    person = await directory.people.authenticate(email, password)
    if person is None:
        throttle.failed(name, place)
        raise Unauthenticated("E-mail or password is wrong")
    # Not the place's failures: a guesser may know one password there.
    throttle.succeeded(name)
    return person
