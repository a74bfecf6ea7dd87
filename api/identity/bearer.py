"""Finds out who calls from the Authorization header: an API key, or a person's token."""

from starlette.requests import Request

from api.errors import Unauthenticated
from api.identity.deeds import address_of
from api.identity.lock_out import LockOut
from kernel.directory.directory import Directory
from kernel.directory.principals import Principal
from kernel.errors import NotAllowed

ACT_FOR = "handraise-act-for"
_key_prefix = "hr_"
MAX_NAME_CHARS = 255


async def principal_of_header(
    request: Request, directory: Directory, lock_out: LockOut
) -> Principal:
    """The party that the Authorization header proves.

    A key with the ability `act_for` speaks for the person whose id the header Handraise-Act-For
    names, if they are linked.

    Raises:
        Unauthenticated: no bearer credential, several, or one that does not hold.
        TooMany: too many that do not hold came from this address of late.
        NotAllowed: the key may not act for that person.
        Unavailable: the directory is away, and was when last asked.
    """
    principal = await _proved(_bearer(request), directory)
    if principal is None:
        await lock_out.false_credential(address_of(request))
        raise Unauthenticated("The credential does not hold: unknown, revoked or too old")
    person = request.headers.get(ACT_FOR)
    if person is None:
        return principal
    is_name = len(person) <= MAX_NAME_CHARS and person.isprintable()
    acting = await directory.links.person_for(principal, person) if is_name else None
    if acting is None:
        raise NotAllowed("This credential may not act for that person")
    return acting


def _bearer(request: Request) -> str:
    given = request.headers.getlist("authorization")
    scheme, _, credential = (given[0] if len(given) == 1 else "").partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise Unauthenticated("Send one header `Authorization: Bearer <API key or token>`")
    return credential.strip()


async def _proved(credential: str, directory: Directory) -> Principal | None:
    if credential.startswith(_key_prefix):
        return await directory.keys.authenticate(credential)
    return await directory.sign_ins.authenticate(credential)
