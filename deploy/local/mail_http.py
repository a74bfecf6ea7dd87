"""The mail sink's little HTTP interface."""

from dataclasses import asdict

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from deploy.local.mail_store import MailStore, readable


def mail_app(store: MailStore) -> Starlette:
    """`GET /messages?to=` lists mails as JSON; `GET /messages/{id}` shows one as plain text.

    One message is JSON too for a client that accepts `application/json`.
    """

    def messages(request: Request) -> Response:
        found = store.mails(request.query_params.get("to"))
        return JSONResponse({"items": [asdict(mail) for mail in found]})

    def message(request: Request) -> Response:
        mail = store.mail(request.path_params["id"])
        if not mail:
            return PlainTextResponse("There is no message of this id.\n", status_code=404)
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse(asdict(mail))
        return PlainTextResponse(readable(mail))

    def well(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    return Starlette(
        routes=[
            Route("/messages", messages),
            Route("/messages/{id}", message),
            Route("/healthz", well),
            Route("/readyz", well),
        ]
    )
