"""Signing in by a certified OpenID provider, from the button to the queue."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio

from api.app import make_app
from api.identity.openid import CALLBACK, OpenId
from kernel.directory.principals import Role
from kernel.ids import new_id
from kernel.service import Readiness
from tests.support.front_door import ORIGIN, PASSWORD, House, front_door
from tests.support.oidc_provider import CLIENT_ID, CLIENT_SECRET, OidcProvider, oidc_provider

pytestmark = pytest.mark.asyncio(loop_scope="module")
GROUPS = {"oidc_groups_claim": "groups", "oidc_group_roles": {"leads": ("lead",)}}


def account(name: str, **claims: Any) -> dict[str, Any]:
    return {"email": f"{name}@corp.test", "email_verified": True, "name": name.title(), **claims}


ACCOUNTS = {
    "kim-at-corp": account("kim"),
    "new-at-corp": account("newcomer"),
    "lea-at-corp": account("lea", groups=["leads", "others"]),
    "mal-at-corp": account("mal", email_verified=False),
    "off-at-corp": account("off"),
    "far-at-else": account("far") | {"email": "far@elsewhere.test"},
    "thief-at-corp": account("thief") | {"email": "kim@corp.test"},
    "ada-at-corp": account("ada"),
}


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    with oidc_provider(ORIGIN + CALLBACK, ACCOUNTS) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plain(kafka: str, module_database: str, module_topic_prefix: str) -> AsyncIterator[House]:
    prefix = module_topic_prefix
    async with front_door(kafka, module_database, prefix, deciding=False) as made:
        yield made


@asynccontextmanager
async def trusting(plain: House, provider: OidcProvider, **over: Any) -> AsyncGenerator[House]:
    """The house with the provider, for a tenant of its own."""
    tenant = await plain.tenant(f"t{new_id()[:8]}")
    settings = plain.settings.model_copy(
        update={
            "oidc_issuer": provider.issuer,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": CLIENT_SECRET,
            "oidc_tenant": tenant,
            **over,
        }
    )
    oidc = OpenId.of(settings)
    assert oidc is not None
    door = replace(plain.door, settings=settings, oidc=oidc)
    try:
        yield House(settings, door, make_app(door, Readiness()))
    finally:
        await oidc.close()


async def come(
    house: House, provider: OidcProvider, login: str, browser: httpx.AsyncClient
) -> httpx.Response:
    """The whole way: our button, the provider's form, and back."""
    sent = await browser.get("/sign-in/oidc")
    assert sent.status_code == 303, sent.text
    back = await provider.sign_in(sent.headers["location"], login)
    return await browser.get(back.removeprefix(ORIGIN))


async def test_the_button_is_there_only_with_a_provider(
    plain: House, provider: OidcProvider
) -> None:
    async with trusting(plain, provider) as house, house.client() as browser:
        assert "/sign-in/oidc" in (await browser.get("/sign-in")).text
    async with plain.client() as browser:
        assert "/sign-in/oidc" not in (await browser.get("/sign-in")).text
        assert (await browser.get("/sign-in/oidc")).status_code == 404


async def test_who_is_known_by_a_verified_address_signs_in_and_is_known_from_then_on(
    plain: House, provider: OidcProvider
) -> None:
    async with trusting(plain, provider) as house:
        tenant = house.settings.oidc_tenant
        kim = await house.door.directory.people.create(
            tenant=tenant, email="Kim@corp.test", name="Kim"
        )
        async with house.client() as browser:
            came = await come(house, provider, "kim-at-corp", browser)
            assert (came.status_code, came.headers["location"]) == (303, "/")
            assert (await browser.get("/")).status_code == 200
        async with house.client() as browser:
            assert (await come(house, provider, "kim-at-corp", browser)).status_code == 303
        # Who later gets hold of the address is somebody else.
        async with house.client() as browser:
            refused = await come(house, provider, "thief-at-corp", browser)
            assert refused.status_code == 401
        rows = await house.door.directory.audit.page(tenant, limit=10, subject=kim.id)
        assert [(row.outcome, row.detail["by"]) for row in rows] == [
            ("refused", "oidc"),
            ("done", "oidc"),
            ("done", "oidc"),
        ]


async def test_strangers_are_let_in_only_if_the_settings_say_so(
    plain: House, provider: OidcProvider
) -> None:
    async with trusting(plain, provider) as house, house.client() as browser:
        assert (await come(house, provider, "new-at-corp", browser)).status_code == 401
    over = {"oidc_provision": True, "oidc_domains": ("CORP.test",), "oidc_roles": ("analyst",)}
    async with trusting(plain, provider, **over) as house:
        async with house.client() as browser:
            assert (await come(house, provider, "new-at-corp", browser)).status_code == 303
        async with house.client() as browser:
            assert (await come(house, provider, "far-at-else", browser)).status_code == 401
        async with house.client() as browser:
            assert (await come(house, provider, "mal-at-corp", browser)).status_code == 401
        people = await house.door.directory.people.every(house.settings.oidc_tenant)
        assert [(one.email, one.name, one.roles) for one in people] == [
            ("newcomer@corp.test", "Newcomer", ("analyst",))
        ]


async def test_who_was_deactivated_stays_out(plain: House, provider: OidcProvider) -> None:
    async with trusting(plain, provider, oidc_provision=True) as house:
        tenant, people = house.settings.oidc_tenant, house.door.directory.people
        off = await people.create(tenant=tenant, email="off@corp.test", name="Off")
        await people.change(tenant, off.id, is_active=False)
        async with house.client() as browser:
            assert (await come(house, provider, "off-at-corp", browser)).status_code == 401


async def test_groups_give_roles_and_never_take_the_last_admin(
    plain: House, provider: OidcProvider
) -> None:
    async with trusting(plain, provider, oidc_provision=True, **GROUPS) as house:
        tenant, people = house.settings.oidc_tenant, house.door.directory.people
        ada = await people.create(
            tenant=tenant, email="ada@corp.test", name="Ada", roles=(Role.ADMIN,)
        )
        for login in ("lea-at-corp", "ada-at-corp"):
            async with house.client() as browser:
                assert (await come(house, provider, login, browser)).status_code == 303
        roles = {one.email: one.roles for one in await people.every(tenant)}
        assert roles == {"lea@corp.test": ("lead",), ada.email: (Role.ADMIN,)}


async def test_a_provider_that_changed_its_keys_is_believed_at_once(
    plain: House, provider: OidcProvider
) -> None:
    async with trusting(plain, provider, oidc_provision=True) as house:
        async with house.client() as browser:
            assert (await come(house, provider, "new-at-corp", browser)).status_code == 303
        provider.restart()
        async with house.client() as browser:
            assert (await come(house, provider, "new-at-corp", browser)).status_code == 303


async def test_a_way_back_that_this_browser_did_not_begin_leads_nowhere(
    plain: House, provider: OidcProvider
) -> None:
    async with trusting(plain, provider, oidc_provision=True) as house:
        async with house.client() as browser, house.client() as other:
            sent = (await browser.get("/sign-in/oidc")).headers["location"]
            back = (await provider.sign_in(sent, "new-at-corp")).removeprefix(ORIGIN)
            await other.get("/sign-in/oidc")
            stolen = await other.get(back)
            without = await house.client().get(back)
            forged = await browser.get(CALLBACK, params={"code": "x", "state": "y"})
            # The forged one ended what this browser had begun.
            late = await browser.get(back)
        for answer in (stolen, without, forged, late):
            assert answer.status_code == 401
            assert "handraise_session=" not in answer.headers.get("set-cookie", "")


async def test_the_way_there_asks_for_a_code_with_all_that_binds_it(
    plain: House, provider: OidcProvider
) -> None:
    async with trusting(plain, provider) as house, house.client() as browser:
        first = urlsplit((await browser.get("/sign-in/oidc")).headers["location"])
        second = urlsplit((await browser.get("/sign-in/oidc")).headers["location"])
    asked, again = parse_qs(first.query), parse_qs(second.query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[name] != again[name]


async def test_a_provider_that_is_away_is_said_to_be(plain: House, provider: OidcProvider) -> None:
    async with trusting(plain, provider) as house, house.client() as browser:
        provider.stop()
        try:
            answer = await browser.get("/sign-in/oidc")
        finally:
            provider.start()
        assert answer.status_code == 503
        shown = await browser.get("/sign-in")
        assert shown.status_code == 200
        assert PASSWORD not in shown.text
