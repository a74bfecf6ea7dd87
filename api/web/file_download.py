"""A file of a question, for a person who is signed in with a browser."""

from starlette.requests import Request
from starlette.responses import Response

from api.identity.access import Operation
from api.rest.attachments import file_answer
from api.web.routing import PageRoute, page_for
from api.web.session import Session


async def send_file(request: Request, session: Session) -> Response:
    """The file, for saving."""
    return await file_answer(request, session.person.tenant, request.path_params["attachment_id"])


PAGES: tuple[PageRoute, ...] = (
    page_for("GET", "/attachments/{attachment_id}", Operation.READ, send_file),
)
