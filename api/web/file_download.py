"""A file of a question, for a person who is signed in with a browser: to be saved, or looked at."""

from starlette.requests import Request
from starlette.responses import Response

from api.identity.access import Operation
from api.rest.attachments import file_answer
from api.web.routing import PageRoute, page_for
from api.web.session import Session
from api.web.views.pictures import RASTER
from kernel.errors import NotFound


async def send_file(request: Request, session: Session) -> Response:
    """The file, for saving."""
    return await file_answer(request, session.person.tenant, request.path_params["attachment_id"])


async def show_picture(request: Request, session: Session) -> Response:
    """A picture, to be shown in a page or alone.

    Its bytes were held against its type when it was put in, and the browser may not guess another.

    Raises:
        NotFound: there is no such file, or it is no picture that a browser only paints.
    """
    answer = await send_file(request, session)
    if answer.headers["Content-Type"] not in RASTER:
        raise NotFound("there is no such picture")
    answer.headers["Content-Disposition"] = "inline"
    return answer


PAGES: tuple[PageRoute, ...] = (
    page_for("GET", "/attachments/{attachment_id}", Operation.READ, send_file),
    page_for("GET", "/attachments/{attachment_id}/picture", Operation.READ, show_picture),
)
