"""Calls ad servers over HTTP, and says in three errors what a person could do about a failure."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import httpx

from examples.ad_tasks.adapter_configs import AdapterConfig
from examples.ad_tasks.media_buys import MediaBuy
from examples.ad_tasks.operations import Operation

_TIMEOUT_SECONDS: Final = 10


class NoCredential(Exception):
    """The ad server does not know the credential: it is missing, wrong or has expired."""


class Away(Exception):
    """The ad server did not answer, or not with sense: trying again may help."""


class NotPossible(Exception):
    """The ad server won't do what was asked, whoever asks."""


class GoogleAdManager:
    """An ad server that speaks as Google's do: bearer tokens, `error.status`, `externalId`.

    Line items bear the media buy's id, so that making one twice makes one.
    """

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self._url = url.rstrip("/")
        self._http = http

    async def call(self, config: AdapterConfig, operation: Operation, buy: MediaBuy) -> str:
        """Do an operation; the line item's id.

        Raises:
            PermissionError: the credential may not do this (403).
            NoCredential: the credential does not hold (401).
            Away: no answer, a server's error (5xx), or too many calls (429).
            NotPossible: any other refusal.
        """
        network = quote(str(config.settings["network_code"]), safe="")
        items = f"{self._url}/v1/networks/{network}/lineItems"
        if operation.operation == "create_line_item":
            said = await self._post(items, config, _line_item(buy))
        elif buy.line_item_id is None:
            raise NotPossible(f"Media buy {buy.media_buy_id} has no line item yet")
        else:
            verb = {"pause_line_item": "pause", "resume_line_item": "resume"}[operation.operation]
            path = f"{items}/{quote(buy.line_item_id, safe='')}:{verb}"
            said = await self._post(path, config, {})
        if not said.get("id"):
            raise Away("The ad server answered without an id")
        return str(said["id"])

    async def _post(
        self, url: str, config: AdapterConfig, body: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {config.secrets['api_token']}"}
        try:
            answer = await self._http.post(
                url, json=dict(body), headers=headers, timeout=_TIMEOUT_SECONDS
            )
            if answer.is_success:
                return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Away(f"The ad server does not answer: {type(error).__name__}") from error
        raise _refusal(answer.status_code, config.without_secrets(_message(answer)))


def _line_item(buy: MediaBuy) -> dict[str, Any]:
    return {
        "externalId": buy.media_buy_id,
        "displayName": buy.name,
        "budgetMicros": buy.budget_cents * 10_000,
        "targeting": dict(buy.targeting),
    }


def _refusal(status: int, message: str) -> Exception:
    said = f"{status}: {message}"
    match status:
        case HTTPStatus.FORBIDDEN:
            return PermissionError(said)
        case HTTPStatus.UNAUTHORIZED:
            return NoCredential(said)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return Away(said)
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Away(said)
        case _:
            return NotPossible(said)


def _message(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"]["message"])[:500]
    except (ValueError, KeyError, TypeError):
        return answer.text[:500]
