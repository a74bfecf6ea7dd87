"""A small Jira: issues, comments and transitions, as the REST API v3 documents them."""

from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from examples.ad_tasks.stand_ins.checked import is_signed_in, unknown_in

_FIELDS: Final = (
    *("project", "issuetype", "summary", "description", "labels", "priority"),
    *("assignee", "duedate", "components", "parent", "reporter"),
)
_REQUIRED: Final = ("project", "issuetype", "summary")
_PRIORITIES: Final = ("Highest", "High", "Medium", "Low", "Lowest")
_STATUSES: Final = {"To Do": "new", "In Progress": "indeterminate", "Done": "done"}
_TRANSITIONS: Final = {"11": "To Do", "21": "In Progress", "31": "Done"}
_SUMMARY_CHARS: Final = 255


class JiraServer:
    """A site with one project."""

    def __init__(self, user: str, token: str, project: str = "OPS") -> None:
        self._user, self._token, self._project = user, token, project
        self.issues: dict[str, dict[str, Any]] = {}

    def app(self) -> FastAPI:
        """Its HTTP interface."""
        app = FastAPI(openapi_url=None)

        @app.middleware("http")
        async def sign_in(request: Request, go_on: Any) -> Response:  # pyright: ignore[reportUnusedFunction]
            if not is_signed_in(request, self._user, self._token):
                return _wrong(401, "Client must be authenticated to access this resource.")
            return await go_on(request)

        app.post("/rest/api/3/issue")(self._create)
        app.post("/rest/api/3/search/jql")(self._search)
        app.get("/rest/api/3/issue/{key}")(self._read)
        app.post("/rest/api/3/issue/{key}/comment")(self._comment)
        app.get("/rest/api/3/issue/{key}/transitions")(self._offered)
        app.post("/rest/api/3/issue/{key}/transitions")(self._transit)
        return app

    async def _create(self, request: Request) -> Response:
        body = await request.json()
        fields = body.get("fields", {})
        errors = _flaws(fields)
        if fields.get("project", {}).get("key") != self._project:
            errors["project"] = "Specify a valid project ID or key"
        if errors:
            return JSONResponse({"errorMessages": [], "errors": errors}, 400)
        key = f"{self._project}-{len(self.issues) + 1}"
        self.issues[key] = {"fields": fields, "status": "To Do", "comments": []}
        made = {"id": str(10_000 + len(self.issues)), "key": key, "self": f"{request.url}/{key}"}
        return JSONResponse(made, 201)

    async def _search(self, request: Request) -> Response:
        body = await request.json()
        _, _, label = body["jql"].partition('labels = "')
        label = label.rstrip('"')
        found = [key for key, one in self.issues.items() if label in one["fields"]["labels"]]
        issues = [{"id": key, "key": key} for key in found[: body["maxResults"]]]
        return JSONResponse({"issues": issues, "isLast": True})

    async def _read(self, key: str) -> Response:
        if key not in self.issues:
            return _no_issue()
        return JSONResponse({"key": key, "fields": {"status": self._status(key)}})

    async def _comment(self, key: str, request: Request) -> Response:
        if key not in self.issues:
            return _no_issue()
        body = (await request.json()).get("body")
        if not _is_document(body):
            return JSONResponse(
                {"errorMessages": [], "errors": {"comment": "Comment body is not valid!"}}, 400
            )
        self.issues[key]["comments"].append(body)
        return JSONResponse({"id": str(len(self.issues[key]["comments"])), "body": body}, 201)

    async def _offered(self, key: str) -> Response:
        if key not in self.issues:
            return _no_issue()
        offered = [
            {
                "id": number,
                "name": name,
                "to": {"name": name, "statusCategory": {"key": _STATUSES[name]}},
            }
            for number, name in _TRANSITIONS.items()
            if name != self.issues[key]["status"]
        ]
        return JSONResponse({"transitions": offered})

    async def _transit(self, key: str, request: Request) -> Response:
        if key not in self.issues:
            return _no_issue()
        wanted = (await request.json()).get("transition", {}).get("id")
        if wanted not in _TRANSITIONS:
            return _wrong(
                400, "It seems that you have tried to perform an illegal workflow operation."
            )
        self.issues[key]["status"] = _TRANSITIONS[wanted]
        return Response(status_code=204)

    def _status(self, key: str) -> dict[str, Any]:
        name = self.issues[key]["status"]
        return {"name": name, "statusCategory": {"key": _STATUSES[name]}}


def _flaws(fields: dict[str, Any]) -> dict[str, str]:
    errors = {
        name: f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
        for name in unknown_in(fields, _FIELDS)
    }
    errors |= {name: f"{name} is required" for name in _REQUIRED if not fields.get(name)}
    if "\n" in fields.get("summary", "") or len(fields.get("summary", "")) > _SUMMARY_CHARS:
        errors["summary"] = "The summary must be one line of less than 255 characters."
    if "description" in fields and not _is_document(fields["description"]):
        errors["description"] = "Operation value must be an Atlassian Document"
    if any(" " in label for label in fields.get("labels", [])):
        errors["labels"] = "The label can't contain spaces."
    if fields.get("priority", {}).get("name", "Medium") not in _PRIORITIES:
        errors["priority"] = "The priority selected is invalid."
    return errors


def _is_document(body: Any) -> bool:
    """Whether it is an Atlassian document of paragraphs of text."""
    if not isinstance(body, dict) or (body.get("type"), body.get("version")) != ("doc", 1):
        return False
    return all(
        paragraph.get("type") == "paragraph"
        and all(one.get("type") == "text" and one.get("text") for one in paragraph["content"])
        for paragraph in body.get("content", [])
    )


def _no_issue() -> Response:
    return _wrong(404, "Issue does not exist or you do not have permission to see it.")


def _wrong(status: int, message: str) -> JSONResponse:
    return JSONResponse({"errorMessages": [message], "errors": {}}, status)
