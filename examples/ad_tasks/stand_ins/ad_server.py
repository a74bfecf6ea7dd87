"""A small ad server: line items behind tokens that may do some things and not others."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

ROBOT: Final = "robot-token-4f8a1c2e9b"
TRAFFICKER: Final = "trafficker-token-77d0e1"
NETWORK: Final = "4711"
_ALL: Final = frozenset({"create", "pause", "resume"})


@dataclass(slots=True)
class AdServer:
    """What the ad server holds, and what each token may do there.

    `is_away` lets calls fail; `loses_answers` lets them do what they should, and not tell.
    """

    rights: dict[str, set[str]] = field(
        default_factory=lambda: {ROBOT: {"pause", "resume"}, TRAFFICKER: set(_ALL)}
    )
    items: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    calls: list[str] = field(default_factory=list[str])
    is_away: bool = False
    loses_answers: bool = False
    ids: "count[int]" = field(default_factory=lambda: count(90_001))

    def grant(self, token: str, right: str) -> None:
        """Let a token do something from now on."""
        self.rights.setdefault(token, set()).add(right)

    def app(self) -> FastAPI:
        """Its HTTP interface."""
        app = FastAPI(title="A small ad server", openapi_url=None)

        @app.post("/v1/networks/{network}/lineItems")
        async def create(network: str, request: Request) -> Any:  # pyright: ignore[reportUnusedFunction]
            refusal = self._refusal(network, request, "create")
            made = refusal or self._made(await request.json())
            return {} if self.loses_answers else made

        @app.post("/v1/networks/{network}/lineItems/{verbed}")
        async def act(network: str, verbed: str, request: Request) -> Any:  # pyright: ignore[reportUnusedFunction]
            item_id, _, verb = verbed.partition(":")
            refusal = self._refusal(network, request, verb)
            return refusal or self._changed(item_id, verb)

        @app.get("/v1/networks/{network}/lineItems")
        async def items(network: str) -> Any:  # pyright: ignore[reportUnusedFunction]
            return {"lineItems": list(self.items.values()) if network == NETWORK else []}

        return app

    def _refusal(self, network: str, request: Request, right: str) -> JSONResponse | None:
        self.calls.append(right)
        if self.is_away:
            return _error(503, "UNAVAILABLE", "The service is currently unavailable.")
        _, _, token = request.headers.get("authorization", "").partition(" ")
        if token not in self.rights:
            return _error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        if network != NETWORK:
            return _error(404, "NOT_FOUND", f"Network {network} was not found.")
        if right not in self.rights[token]:
            said = f"Token {token} of robot@ads.example may not {right} line items."
            return _error(403, "PERMISSION_DENIED", said)
        return None

    def _made(self, body: dict[str, Any]) -> dict[str, Any]:
        for item in self.items.values():
            if item["externalId"] == body["externalId"]:
                return item
        made = {**body, "id": str(next(self.ids)), "status": "READY"}
        self.items[made["id"]] = made
        return made

    def _changed(self, item_id: str, verb: str) -> Any:
        if item_id not in self.items:
            return _error(404, "NOT_FOUND", f"Line item {item_id} was not found.")
        self.items[item_id]["status"] = "PAUSED" if verb == "pause" else "READY"
        return self.items[item_id]


def _error(status: int, word: str, message: str) -> JSONResponse:
    body = {"error": {"code": status, "status": word, "message": message}}
    return JSONResponse(body, status)
