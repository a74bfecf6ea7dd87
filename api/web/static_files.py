"""The style sheet and the picture that our pages use, read once and served from memory."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from api.problems import problem_of_status
from api.web.routing import PageRoute, open_page

STATIC = Path(__file__).parent / "static"
MAX_AGE_SECONDS = 300
_types = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_files = {path.name: path.read_bytes() for path in STATIC.iterdir() if path.suffix in _types}


async def show_file(request: Request) -> Response:
    """One file."""
    name = request.path_params["name"]
    if name not in _files:
        return problem_of_status(404, "There is no such file").response(request.url.path)
    headers = {"Cache-Control": f"public, max-age={MAX_AGE_SECONDS}"}
    return Response(_files[name], 200, headers, _types[Path(name).suffix])


PAGES: tuple[PageRoute, ...] = (open_page("GET", "/static/{name}", show_file),)
