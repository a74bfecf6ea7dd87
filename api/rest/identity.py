"""Tokens for people, and who one is."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_model
from api.calls import caller_of
from api.door import door_of
from api.identity.access import Operation
from api.identity.deeds import address_of
from api.identity.passwords import NewPassword, change_password
from api.identity.signing_in import sign_in
from api.json_answers import answer
from api.rest.documents.directory import MeDocument, TokenDocument
from api.rest.examples.bodies import BODIES
from api.rest.examples.directory import ME, TOKEN
from api.rest.examples.people import IDENTITY_BODIES
from api.rest.identity_inputs import PasswordInput
from api.rest.inputs import SignInInput
from api.rest.spec import Shown, described, described_for_all
from kernel.directory.tokens import ACCESS_SECONDS

router = APIRouter(prefix="/api/v1", tags=["identity"])


@router.post(
    "/auth/token",
    **described_for_all(
        "Sign in",
        Shown(TokenDocument, TOKEN),
        body=Shown(SignInInput, BODIES[SignInInput]),
        problems=("unauthenticated", "too_many", "invalid", "unavailable"),
    ),
)
async def make_token(request: Request) -> Response:
    """A short-lived token for a person who signs in with e-mail address and password."""
    door = door_of(request)
    body = await read_model(request, SignInInput)
    person = await sign_in(
        door.directory, door.lock_out, body.email, body.password, address_of(request)
    )
    token = door.directory.sign_ins.issue(person)
    return answer({"access_token": token, "token_type": "Bearer", "expires_in": ACCESS_SECONDS})


@router.get(
    "/me",
    **described(Operation.READ_SELF, "Who am I", Shown(MeDocument, ME)),
)
async def read_me(request: Request) -> Response:
    """Who the credential stands for, and what they may do."""
    caller = caller_of(request)
    return answer(
        {
            "kind": caller.kind,
            "id": caller.id,
            "name": caller.name,
            "tenant": caller.tenant,
            "roles": caller.roles,
            "teams": caller.teams,
            "abilities": caller.abilities,
            "via": caller.via,
        }
    )


@router.put(
    "/me/password",
    **described(
        Operation.CHANGE_PASSWORD,
        "Change one's password",
        Shown(TokenDocument, TOKEN),
        body=Shown(PasswordInput, IDENTITY_BODIES[PasswordInput]),
    ),
)
async def put_password(request: Request) -> Response:
    """Sets a new password; tokens and sessions from before end, and here is a new token."""
    body, caller = await read_model(request, PasswordInput), caller_of(request)
    door = door_of(request)
    wanted = NewPassword(password=body.password, new=body.new_password, address=address_of(request))
    await change_password(door.directory, door.lock_out, caller, wanted)
    token = door.directory.sign_ins.issue(caller)
    return answer({"access_token": token, "token_type": "Bearer", "expires_in": ACCESS_SECONDS})
