"""The platform as a FastAPI application."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from handraise.fastapi import router as callbacks

from examples.ad_tasks.platform import Platform
from examples.ad_tasks.web import adapters, buying, creatives, secrets_page, watching


def app_of(platform: Platform) -> FastAPI:
    """Its application; the background work goes on as long as `attended` does."""
    app = FastAPI(title="Ad platform", docs_url=None, redoc_url=None)
    app.state.platform = platform
    app.state.callers = platform.callers
    app.add_exception_handler(KeyError, _not_there)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.include_router(callbacks(platform.receiver, "/resume"))
    for one in (creatives, buying, adapters, secrets_page, watching):
        app.include_router(one.router)
    return app


@asynccontextmanager
async def attended(platform: Platform) -> AsyncGenerator[None]:
    """The background work of a platform, while the block runs."""
    watch = asyncio.create_task(platform.watch())
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.wait([watch])
        await platform.receiver.drain()


async def _not_there(_request: Request, missing: Exception) -> JSONResponse:
    return JSONResponse({"detail": f"There is no {missing.args[0]}"}, 404)


async def _not_valid(_request: Request, wrong: Exception) -> JSONResponse:
    """What is wrong and where, without what was sent: it may hold a secret."""
    assert isinstance(wrong, RequestValidationError)
    told = [{"loc": one["loc"], "msg": one["msg"]} for one in wrong.errors()]
    return JSONResponse({"detail": told}, 422)
