"""The people and the key of the example, made in Handraise where they are missing."""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from examples.common.household import Household, Key
from examples.common.surroundings import Surroundings

AGENT = "reel-scripts"
_FILE = "people.json"
_TOKEN_BYTES = 24


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody with reels: a person of the tenant, and the token for this application."""

    person_id: str
    email: str
    name: str
    token: str


@dataclass(frozen=True, slots=True)
class Home:
    """Who lives here; the first owner plays the story, the other one sees none of it."""

    key: Key
    owners: tuple[Owner, ...]


async def settle_in(found: Surroundings) -> Home:
    """Make the people and the key that may act for them; the same at every start."""
    known = _known(found.directory / _FILE)
    async with Household(found) as household:
        owners: list[Owner] = []
        for email, name in (("rita@reels.example", "Rita Reel"), ("otto@reels.example", "Otto")):
            person = await household.person(email, name)
            token = known.get(email) or secrets.token_urlsafe(_TOKEN_BYTES)
            owners.append(Owner(person, email, name, token))
        people = [one.person_id for one in owners]
        key = await household.key(AGENT, ["ask", "read", "act_for", "redeem"], people)
    _keep(found.directory / _FILE, owners)
    return Home(key, tuple(owners))


async def invite(found: Surroundings, owner: Owner) -> str:
    """A link with which an owner chooses a password for Handraise's own pages."""
    async with Household(found) as household:
        return await household.sign_in_link(owner.person_id)


def _known(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    return {one["email"]: one["token"] for one in json.loads(file.read_text(encoding="utf-8"))}


def _keep(file: Path, owners: list[Owner]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps([asdict(one) for one in owners]), encoding="utf-8")
