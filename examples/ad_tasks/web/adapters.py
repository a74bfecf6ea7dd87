"""Adapters' configurations: settings are told, secrets are put in and never told."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from examples.ad_tasks.access import may_configure
from examples.ad_tasks.adapter_configs import AdapterConfigs
from examples.ad_tasks.callers import KnownCaller

router = APIRouter(prefix="/adapters/{adapter_name}/{principal_id}", tags=["adapters"])


class SecretInput(BaseModel):
    """A secret and its name; nothing ever shows it again."""

    model_config = ConfigDict(extra="forbid")

    name: str
    value: Annotated[SecretStr, Field(min_length=1, max_length=4096)]


def _configs(request: Request) -> AdapterConfigs:
    return request.app.state.platform.work.tools.configs


Configs = Annotated[AdapterConfigs, Depends(_configs)]


@router.get("")
async def read(
    adapter_name: str, principal_id: str, configs: Configs, _caller: KnownCaller
) -> dict[str, Any]:
    """What an adapter has: its settings, and which secrets are set."""
    return (await configs.get(adapter_name, principal_id)).shown()


@router.put("/secrets")
async def put_secret(
    adapter_name: str,
    principal_id: str,
    secret: SecretInput,
    configs: Configs,
    caller: KnownCaller,
) -> dict[str, Any]:
    """Put a secret in, as technical operations may."""
    if not may_configure(caller, principal_id):
        raise HTTPException(403, "Only technical operations may put secrets in")
    await configs.put_secret(
        adapter_name, principal_id, secret.name, secret.value.get_secret_value(), caller.id
    )
    return (await configs.get(adapter_name, principal_id)).shown()
