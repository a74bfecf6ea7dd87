"""The people of a tenant: its admins let them in, say what they may do, and see them off."""

import base64
import binascii
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_model
from api.calls import caller_of
from api.door import door_of
from api.identity.access import Operation
from api.identity.deeds import deed_of
from api.identity.roles import check_roles
from api.json_answers import answer
from api.rest.documents.people import PeopleDocument, PersonDocument
from api.rest.examples.people import IDENTITY_BODIES, PEOPLE, PERSON_SHOWN
from api.rest.identity_inputs import PersonChangeInput, PersonInput
from api.rest.spec import Shown, described
from kernel.directory.person import Person
from kernel.directory.staff import Change
from kernel.errors import Flaw, Invalid, NotFound

router = APIRouter(prefix="/api/v1/people", tags=["identity"])
MAX_ID_CHARS = 100
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=2000)]


def person_document(person: Person) -> dict[str, Any]:
    """A person, as admins see them."""
    return {
        "id": person.id,
        "email": person.email,
        "name": person.name,
        "roles": person.roles,
        "teams": person.teams,
        "is_active": person.is_active,
        "created_at": person.created_at,
    }


@router.get(
    "",
    **described(
        Operation.MANAGE_PEOPLE,
        "List people",
        Shown(PeopleDocument, PEOPLE),
        problems=("invalid",),
    ),
)
async def list_people(request: Request, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """The people of the tenant, active or not, by name."""
    found = await door_of(request).directory.people.page(
        caller_of(request).tenant,
        limit=limit + 1,
        after=None if cursor is None else place_of(cursor),
    )
    shown, rest = found[:limit], found[limit:]
    following = cursor_behind(shown[-1]) if rest else None
    return answer({"items": list(map(person_document, shown)), "next_cursor": following})


@router.post(
    "",
    **described(
        Operation.MANAGE_PEOPLE,
        "Add a person",
        Shown(PersonDocument, PERSON_SHOWN, status=201),
        body=Shown(PersonInput, IDENTITY_BODIES[PersonInput]),
    ),
)
async def add_person(request: Request) -> Response:
    """Adds a person without a password: invite them, or let them come by the OpenID provider."""
    return answer(
        person_document(await added(request, await read_model(request, PersonInput))), 201
    )


async def added(request: Request, wanted: PersonInput) -> Person:
    """A new person of the caller's tenant.

    Raises:
        Invalid: a role or team is none, or the address is taken.
        Unavailable: the directory is away.
    """
    directory, tenant = door_of(request).directory, caller_of(request).tenant
    check_roles(wanted.roles, await directory.kinds.every(tenant))
    await directory.tenants.check_teams(tenant, wanted.teams)
    return await directory.people.create(
        tenant=tenant,
        email=wanted.email,
        name=wanted.name,
        roles=wanted.roles,
        teams=wanted.teams,
        deed=deed_of(request, "person_created", roles=wanted.roles, teams=wanted.teams),
    )


@router.get(
    "/{person_id}",
    **described(
        Operation.MANAGE_PEOPLE,
        "Read a person",
        Shown(PersonDocument, PERSON_SHOWN),
        problems=("unknown",),
    ),
)
async def read_person(request: Request, person_id: str) -> Response:
    """One person of the tenant."""
    return answer(person_document(await person_of(request, person_id)))


@router.patch(
    "/{person_id}",
    **described(
        Operation.MANAGE_PEOPLE,
        "Change a person",
        Shown(PersonDocument, PERSON_SHOWN),
        body=Shown(PersonChangeInput, IDENTITY_BODIES[PersonChangeInput]),
        problems=("unknown", "last_admin"),
    ),
)
async def change_person(request: Request, person_id: str) -> Response:
    """Changes a person; it holds everywhere within 5 seconds.

    Who is deactivated is signed out, their tokens end, and the requests that they hold go back to
    those who may answer.
    """
    wanted = await read_model(request, PersonChangeInput)
    return answer(person_document(await changed(request, person_id, wanted)))


async def changed(request: Request, person_id: str, wanted: PersonChangeInput) -> Person:
    """A person of the caller's tenant with what is to be otherwise about them.

    Raises:
        NotFound: there is no such person.
        Invalid: a role or team is none.
        LastAdmin: the tenant would be left without an active admin.
        Unavailable: the directory is away.
    """
    caller, directory = caller_of(request), door_of(request).directory
    found = await person_of(request, person_id)
    if wanted.roles is not None:
        check_roles(wanted.roles, await directory.kinds.every(caller.tenant))
    said = wanted.model_dump(exclude_unset=True)
    return await directory.staff.change(
        caller.tenant,
        found.id,
        Change(**said),
        by=caller,
        deed=deed_of(request, "person_changed", found.id, **said),
    )


async def person_of(request: Request, person_id: str) -> Person:
    """The person of the caller's tenant with this id.

    Raises:
        NotFound: it has none such.
        Unavailable: the directory is away.
    """
    printable = len(person_id) <= MAX_ID_CHARS and person_id.isprintable()
    tenant = caller_of(request).tenant
    found = await door_of(request).directory.people.get(tenant, person_id) if printable else None
    if found is None:
        raise NotFound("There is no such person here")
    return found


def cursor_behind(last: Person) -> str:
    """Where the list goes on behind a person."""
    return base64.urlsafe_b64encode(orjson.dumps([last.name, last.id])).decode()


def place_of(cursor: str) -> tuple[str, str]:
    """The name and id behind which the list goes on.

    Raises:
        Invalid: the cursor is none of ours.
    """
    try:
        name, person = orjson.loads(base64.urlsafe_b64decode(cursor.encode()))
        if isinstance(name, str) and isinstance(person, str) and "\x00" not in name + person:
            return name, person
    except (binascii.Error, ValueError, TypeError):
        pass
    raise Invalid("The cursor is none of ours", (Flaw("/cursor", "not ours"),))
