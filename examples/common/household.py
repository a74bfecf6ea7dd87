"""An example's place in Handraise: its kinds, teams, people and key, made where missing."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import yaml

from examples.common.surroundings import Surroundings
from examples.common.trouble import Trouble

_KEY_FILE = "key.json"


@dataclass(frozen=True, slots=True)
class Key:
    """An API key, and the secret that signs the callbacks of what it asks."""

    id: str
    bearer: str
    signing_secret: str


class Household:
    """Sets up the tenant as its admin would, over the public API."""

    def __init__(self, found: Surroundings) -> None:
        self._directory = found.directory
        self._http = httpx.AsyncClient(
            base_url=found.url,
            headers={"Authorization": f"Bearer {found.admin_token}"},
            timeout=30,
            trust_env=False,
        )

    async def kind(self, definition: Path) -> None:
        """Define the kind that a YAML file describes; the file is named as the kind."""
        content = await asyncio.to_thread(definition.read_text, encoding="utf-8")
        await self._call("PUT", f"/api/v1/kinds/{definition.stem}", json=yaml.safe_load(content))

    async def team(self, name: str, title: str) -> None:
        """A team of this name."""
        teams = await self._call("GET", "/api/v1/teams")
        if all(one["name"] != name for one in teams["items"]):
            await self._call("POST", "/api/v1/teams", json={"name": name, "title": title})

    async def person(
        self, email: str, name: str, roles: Sequence[str] = ("reviewer",), teams: Sequence[str] = ()
    ) -> str:
        """The id of the person with this address, who has these roles and teams."""
        known = {one["email"]: one["id"] for one in await self._people()}
        wanted = {"name": name, "roles": list(roles), "teams": list(teams)}
        if email in known:
            await self._call("PATCH", f"/api/v1/people/{known[email]}", json=wanted)
            return known[email]
        made = await self._call("POST", "/api/v1/people", json={"email": email, **wanted})
        return made["id"]

    async def sign_in_link(self, person_id: str) -> str:
        """A link with which the person chooses a password, once."""
        return (await self._call("POST", f"/api/v1/people/{person_id}/reset"))["link"]

    async def key(self, owner: str, abilities: Sequence[str], act_for: Sequence[str] = ()) -> Key:
        """The owner's key, kept with the example's files from start to start."""
        file = self._directory / _KEY_FILE
        if file.exists() and await self._holds(kept := Key(**json.loads(file.read_text()))):
            await self._call(
                "PUT", f"/api/v1/keys/{kept.id}/act-for", json={"people": list(act_for)}
            )
            return kept
        wanted = {"owner": owner, "abilities": list(abilities), "act_for": list(act_for)}
        made = await self._call("POST", "/api/v1/keys", json=wanted)
        key = Key(made["id"], made["bearer"], made["signing_secret"])
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(key)))
        return key

    async def close(self) -> None:
        """Give up the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def _people(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            query = {"cursor": cursor} if cursor else {}
            page = await self._call("GET", "/api/v1/people", params=query)
            found += page["items"]
            cursor = page["next_cursor"]
        return found

    async def _holds(self, key: Key) -> bool:
        own = {"Authorization": f"Bearer {key.bearer}"}
        return (await self._http.get("/api/v1/me", headers=own)).is_success

    async def _call(self, method: str, path: str, **how: Any) -> Any:
        try:
            answer = await self._http.request(method, path, **how)
        except httpx.TransportError as error:
            raise Trouble(f"Handraise does not answer at {self._http.base_url}: {error}") from error
        if not answer.is_success:
            raise Trouble(f"{method} {path} was refused: {answer.text}")
        return answer.json() if answer.content else None
