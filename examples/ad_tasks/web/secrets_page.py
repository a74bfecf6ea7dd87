"""The page on which technical operations put secrets in; it shows none."""

from pathlib import Path
from typing import Annotated, Final
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, select_autoescape

from examples.ad_tasks.access import may_configure
from examples.ad_tasks.adapter_configs import AdapterConfig, AdapterConfigs
from examples.ad_tasks.callers import KnownCaller

router = APIRouter(prefix="/adapters/{adapter_name}/{principal_id}/secrets")

_PAGES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=select_autoescape()
)
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_BODY_BYTES: Final = 16_384


def _configs(request: Request) -> AdapterConfigs:
    return request.app.state.platform.work.tools.configs


Configs = Annotated[AdapterConfigs, Depends(_configs)]


@router.get("", include_in_schema=False)
async def show(
    adapter_name: str, principal_id: str, configs: Configs, caller: KnownCaller
) -> Response:
    """What is set, and a form for each secret."""
    _check(caller, principal_id)
    return _page(await configs.get(adapter_name, principal_id))


@router.post("", include_in_schema=False)
async def put_in(
    adapter_name: str, principal_id: str, request: Request, caller: KnownCaller
) -> Response:
    """Keep a secret, and show the page anew. Only the page itself may send this."""
    _check(caller, principal_id)
    origin = request.headers.get("origin")
    if origin is None or urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "This form was sent by another site")
    body = await request.body()
    sent = parse_qs(body[:_BODY_BYTES].decode("utf-8", "replace"))
    name, value = sent.get("name", [""])[0], sent.get("value", [""])[0]
    if not value:
        raise HTTPException(422, "A secret is not empty")
    await _configs(request).put_secret(adapter_name, principal_id, name, value, caller.id)
    return RedirectResponse(request.url.path, 303, headers=_HEADERS)


def _check(caller: KnownCaller, principal_id: str) -> None:
    if not may_configure(caller, principal_id):
        raise HTTPException(403, "Only technical operations may put secrets in")


def _page(config: AdapterConfig) -> Response:
    page = _PAGES.get_template("secrets.html").render(shown=config.shown())
    return HTMLResponse(page, headers=_HEADERS)
