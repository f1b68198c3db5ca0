"""Serves the consoles: static files that are built elsewhere, and one page that answers for all paths within them."""

import asyncio
import gzip
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import FileResponse, PlainTextResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as NotServed
from starlette.routing import Match
from starlette.types import Scope

_INDEX = "index.html"
_HASHED = "assets/"
"""The build puts a hash of its content into every name there: what is cached is never old."""
_FOR_EVER, _ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"
_PACKED = {".css", ".html", ".js", ".json", ".svg"}
"""What is text: it is sent in a third of its size."""
_MOST_PACKED = 200
_OTHERS = {"api", "health", "metrics"}
_NOT_BUILT = "The consoles are not built. Build them with: make consoles\n"

_POLICY = (
    "default-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "connect-src 'self'",  # the telephone in the page too: its WebSocket is a door of ours
    "worker-src 'self' blob:",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
)
HEADERS = {
    "content-security-policy": "; ".join(_POLICY),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "microphone=(self)",
}


class _Page(APIRoute):
    """Leaves alone what is not the consoles': unknown paths and wrong methods there keep their own answers."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match everything else."""
        if scope["type"] == "http" and scope["path"].split("/")[1] in _OTHERS:
            return Match.NONE, {}
        return super().matches(scope)


router = APIRouter(route_class=_Page, include_in_schema=False)


def consoles_folder() -> Path:
    """Where the built consoles lie."""
    return Path(__file__).resolve().parents[2] / "web" / "dist"


@router.api_route("/{path:path}", methods=["GET", "HEAD"])
async def console(request: Request, path: str, folder: Annotated[Path, Depends(consoles_folder)]) -> Response:
    """A file, or the page that finds its way from the path by itself; 404 for a file that is not there."""
    parts = path.split("/")
    # Also where it would not lead out: a cache between might keep a page under a name for files that never change.
    found = None if ".." in parts else await _file(folder, path or _INDEX, request)
    if found is None and "." not in parts[-1]:
        found = await _file(folder, _INDEX, request) or PlainTextResponse(_NOT_BUILT, status_code=503)
        path = _INDEX
    if found is None:
        raise HTTPException(404, "no such file", headers=HEADERS | {"cache-control": _ASK_AGAIN})
    cache = _FOR_EVER if path.startswith(_HASHED) else _ASK_AGAIN
    found.headers.update(HEADERS | {"cache-control": cache})
    return found


async def _file(folder: Path, name: str, request: Request) -> Response | None:
    """A file within the folder, links that lead out of it left aside; None where there is none."""
    try:
        found = await StaticFiles(directory=folder, check_dir=False).get_response(name, request.scope)
    except NotServed:
        return None
    if isinstance(found, FileResponse) and Path(name).suffix in _PACKED:
        return await _packed(found, request)
    return found


async def _packed(found: FileResponse, request: Request) -> Response:
    """The same file compressed, for whoever takes it so and asks for the whole."""
    found.headers["vary"] = "accept-encoding"
    taken = {one.split(";")[0].strip() for one in request.headers.get("accept-encoding", "").split(",")}
    if "gzip" not in taken or "range" in request.headers:
        return found
    tag = found.headers["etag"]
    content = await asyncio.to_thread(_gzip, Path(found.path), tag)
    headers = {"content-encoding": "gzip", "content-length": str(len(content)), "etag": f"W/{tag}"}
    body = b"" if request.method == "HEAD" else content
    return Response(body, media_type=found.media_type, headers=headers | {"vary": "accept-encoding"})


@lru_cache(maxsize=_MOST_PACKED)
def _gzip(file: Path, tag: str) -> bytes:
    """The content, compressed once for each `tag`: that changes with the file."""
    del tag
    return gzip.compress(file.read_bytes(), mtime=0)
