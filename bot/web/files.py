"""The pages and what they load, out of the installed package."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from aiohttp import web
from aiohttp.typedefs import Handler

__all__ = ["File", "Files"]

#: Said here, because what the machine's own table says differs from one to the next.
TYPES = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "png": "image/png",
    "webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to be served; the tag changes with its content."""

    body: bytes
    content_type: str
    tag: str


class Files:
    """Files by name. What is not in the list does not exist, whatever a path says."""

    def __init__(self, files: Mapping[str, File]) -> None:
        self._files = dict(files)

    @classmethod
    def of_package(cls) -> "Files":
        """Read the files that came with the program."""
        files = {}
        for entry in (resources.files("bot.web") / "static").iterdir():
            kind = TYPES.get(entry.name.rpartition(".")[2])
            if kind is not None:
                body = entry.read_bytes()
                tag = hashlib.sha256(body).hexdigest()[:16]
                files[entry.name] = File(body=body, content_type=kind, tag=tag)
        return cls(files)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer `/static/{name}`."""
        return self._answer(request, request.match_info["name"])

    def page(self, name: str) -> Handler:
        """A handler that serves one file."""

        async def answer(request: web.Request) -> web.StreamResponse:
            return self._answer(request, name)

        return answer

    def _answer(self, request: web.Request, name: str) -> web.Response:
        file = self._files.get(name)
        if file is None:
            raise web.HTTPNotFound(text="There is nothing here.\n")
        known = {tag.value for tag in request.if_none_match or ()}
        fresh = file.tag in known or "*" in known
        response = web.Response(
            status=304 if fresh else 200,
            body=None if fresh else file.body,
            headers={"Cache-Control": "no-cache"},
        )
        response.etag = file.tag
        if not fresh:
            response.content_type = file.content_type
            response.charset = "utf-8" if file.content_type != "image/png" else None
        return response
