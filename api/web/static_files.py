"""Serves the files that our pages use from memory; a browser asks for each only once."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from api.problems import problem_of_status
from api.web.assets import DIGEST, FILES, TYPES
from api.web.routing import PageRoute, open_page

FOR_EVER = "public, max-age=31536000, immutable"
NOT_KEPT = "no-store"


async def show_file(request: Request) -> Response:
    """One file.

    Under another release's digest it is what we have now, and nobody keeps it: while releases
    change, a page of the one may ask a server of the other.
    """
    name = request.path_params["name"]
    if name not in FILES:
        return problem_of_status(404, "There is no such file").response(request.url.path)
    ours = request.path_params["digest"] == DIGEST
    headers = {"Cache-Control": FOR_EVER if ours else NOT_KEPT}
    return Response(FILES[name], 200, headers, TYPES[Path(name).suffix])


PAGES: tuple[PageRoute, ...] = (open_page("GET", "/static/{digest}/{name}", show_file),)
