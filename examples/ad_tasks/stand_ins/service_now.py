"""A small ServiceNow: the incident table behind the Table API, with what its form demands."""

import uuid
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from examples.ad_tasks.stand_ins.checked import is_signed_in, unknown_in

_FIELDS: Final = (
    *("short_description", "description", "urgency", "impact", "state", "work_notes"),
    *("correlation_id", "correlation_display", "close_code", "close_notes", "assignment_group"),
)
_RESOLVED: Final = "6"
_CLOSE_CODES: Final = (
    *("Duplicate", "Known error", "No resolution provided", "Resolved by caller"),
    *("Resolved by change", "Resolved by problem", "Resolved by request", "Solution provided"),
    *("User error", "Workaround provided"),
)


class ServiceNowServer:
    """An instance with its incidents, by sys_id."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password
        self.incidents: dict[str, dict[str, str]] = {}

    def app(self) -> FastAPI:
        """Its HTTP interface."""
        app = FastAPI(openapi_url=None)

        @app.middleware("http")
        async def sign_in(request: Request, go_on: Any) -> Response:  # pyright: ignore[reportUnusedFunction]
            if not is_signed_in(request, self._user, self._password):
                return _wrong(401, "User Not Authenticated", "Required to provide Auth information")
            return await go_on(request)

        app.get("/api/now/table/incident")(self._list)
        app.post("/api/now/table/incident")(self._create)
        app.get("/api/now/table/incident/{sys_id}")(self._read)
        app.patch("/api/now/table/incident/{sys_id}")(self._change)
        return app

    async def _list(self, sysparm_query: str, sysparm_limit: int = 10_000) -> Response:
        name, _, value = sysparm_query.partition("=")
        found = [one for one in self.incidents.values() if one.get(name) == value]
        return JSONResponse({"result": found[:sysparm_limit]})

    async def _create(self, request: Request) -> Response:
        body: dict[str, str] = await request.json()
        refused = _refusal(body)
        if refused is not None:
            return refused
        number = f"INC{10_001 + len(self.incidents):07}"
        made = {"state": "1", **body, "sys_id": uuid.uuid4().hex, "number": number}
        self.incidents[made["sys_id"]] = made
        return JSONResponse({"result": made}, 201)

    async def _read(self, sys_id: str) -> Response:
        if sys_id not in self.incidents:
            return _no_record()
        return JSONResponse({"result": self.incidents[sys_id]})

    async def _change(self, sys_id: str, request: Request) -> Response:
        if sys_id not in self.incidents:
            return _no_record()
        body: dict[str, str] = await request.json()
        refused = _refusal(body) or _refused_close(body)
        if refused is not None:
            return refused
        self.incidents[sys_id] |= body
        return JSONResponse({"result": self.incidents[sys_id]})


def _refusal(body: dict[str, str]) -> Response | None:
    unknown = unknown_in(body, _FIELDS)
    if unknown:
        return _wrong(400, "Invalid field", ", ".join(unknown))
    if any(not isinstance(value, str) for value in body.values()):  # pyright: ignore[reportUnnecessaryIsInstance]
        return _wrong(400, "Invalid value", "values are texts")
    return None


def _refused_close(body: dict[str, str]) -> Response | None:
    """What the data policy of incidents demands of a resolved one."""
    if body.get("state") != _RESOLVED:
        return None
    if body.get("close_code") in _CLOSE_CODES and body.get("close_notes"):
        return None
    detail = "Data Policy Exception: The following fields are mandatory: Close code, Close notes"
    return _wrong(403, "Operation Failed", detail)


def _no_record() -> Response:
    return _wrong(404, "No Record found", "Record doesn't exist or ACL restricts its retrieval")


def _wrong(status: int, message: str, detail: str) -> JSONResponse:
    body = {"error": {"message": message, "detail": detail}, "status": "failure"}
    return JSONResponse(body, status)
