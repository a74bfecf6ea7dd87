"""What each principal's adapters need: settings that may be read, and secrets that never are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from examples.ad_tasks.applying import applied_once
from examples.ad_tasks.decided import Decided
from examples.ad_tasks.masking import MASK
from examples.ad_tasks.sealing import Seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """The names that an adapter needs: `settings` with their titles, and secrets."""

    settings: Mapping[str, str]
    secrets: tuple[str, ...]


NEEDS: Final[Mapping[str, Needs]] = {
    "google_ad_manager": Needs(settings={"network_code": "Network code"}, secrets=("api_token",)),
}
"""The adapters there are, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterConfig:
    """An adapter's configuration for a principal; the secrets stay out of what is printed."""

    adapter_name: str
    principal_id: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]

    def __repr__(self) -> str:
        return f"AdapterConfig({self.adapter_name}, {self.principal_id})"

    @property
    def missing_settings(self) -> list[str]:
        """The settings that it lacks."""
        return [one for one in NEEDS[self.adapter_name].settings if not self.settings.get(one)]

    @property
    def missing_secrets(self) -> list[str]:
        """The secrets that it lacks."""
        return [one for one in NEEDS[self.adapter_name].secrets if one not in self.secrets]

    def without_secrets(self, text: str) -> str:
        """The text with every secret in it hidden: what others say may repeat one."""
        for secret in self.secrets.values():
            text = text.replace(secret, MASK)
        return text

    def shown(self) -> dict[str, Any]:
        """What may be told of it."""
        needed = NEEDS[self.adapter_name].secrets
        return {
            "adapter_name": self.adapter_name,
            "principal_id": self.principal_id,
            "settings": dict(self.settings),
            "secrets": {name: "set" if name in self.secrets else "missing" for name in needed},
        }


class AdapterConfigs:
    """Reads and changes configurations."""

    def __init__(self, pool: Any, seal: Seal) -> None:
        self._pool = pool
        self._seal = seal

    async def get(self, adapter_name: str, principal_id: str) -> AdapterConfig:
        """The configuration, empty where there is none. Raises KeyError for no such adapter."""
        NEEDS[adapter_name]
        row = await self._pool.fetchrow(
            "SELECT settings, secrets FROM adapter_configs"
            " WHERE adapter_name = $1 AND principal_id = $2",
            adapter_name,
            principal_id,
        )
        sealed: Mapping[str, str] = row["secrets"] if row else {}
        place = _place(adapter_name, principal_id)
        return AdapterConfig(
            adapter_name=adapter_name,
            principal_id=principal_id,
            settings=row["settings"] if row else {},
            secrets={
                name: self._seal.opened(one, f"{place}/{name}") for name, one in sealed.items()
            },
        )

    async def put_secret(
        self, adapter_name: str, principal_id: str, name: str, secret: str, by: str
    ) -> None:
        """Keep a secret. Raises KeyError for one that the adapter does not know."""
        if name not in NEEDS[adapter_name].secrets:
            raise KeyError(name)
        place = f"{_place(adapter_name, principal_id)}/{name}"
        await self._pool.execute(
            _MERGE.format(column="secrets"),
            adapter_name,
            principal_id,
            {name: self._seal.closed(secret, place)},
            by,
        )

    async def drop_secrets(self, adapter_name: str, principal_id: str) -> None:
        """Forget secrets that no longer hold."""
        await self._pool.execute(
            "UPDATE adapter_configs SET secrets = '{}', updated_at = now()"
            " WHERE adapter_name = $1 AND principal_id = $2",
            adapter_name,
            principal_id,
        )

    async def fill_in(self, adapter_name: str, principal_id: str, decided: Decided) -> None:
        """Take over the settings that a person filled in, once; unknown names are left out."""
        known = NEEDS[adapter_name].settings
        filled = {name: value for name, value in decided.data.items() if name in known and value}
        async with applied_once(self._pool, decided) as connection:
            if connection is not None:
                await connection.execute(
                    _MERGE.format(column="settings"), adapter_name, principal_id, filled, decided.by
                )


_MERGE: Final = (
    "INSERT INTO adapter_configs AS known (adapter_name, principal_id, {column}, updated_by)"
    " VALUES ($1, $2, $3, $4) ON CONFLICT (adapter_name, principal_id) DO UPDATE"
    " SET {column} = known.{column} || excluded.{column}, updated_by = excluded.updated_by,"
    " updated_at = now()"
)


def _place(adapter_name: str, principal_id: str) -> str:
    return f"{adapter_name}/{principal_id}"
