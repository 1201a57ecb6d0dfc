"""What a site is when it is no WSGI application: a folder, one page, or nothing."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_EXPLANATION = """<!doctype html><meta charset="utf-8"><title>greennow</title>
<body style="font: 1rem/1.5 system-ui; max-width: 40rem; margin: 3rem auto; padding: 0 1rem">
<h1>greennow is running</h1>
<p>There is no site here yet. Pages of this origin share <code>now</code> with the server by
<pre>&lt;script src="{path}/now.js"&gt;&lt;/script&gt;</pre>
<p>Serve one with <code>greennow.serve("folder")</code>, <code>greennow.serve("page.html")</code>
or <code>greennow.serve(wsgi_app)</code>.
"""


def site_of(app: WSGIApp | str | Path | None, path: str) -> WSGIApp:
    """Return the WSGI application that ``app`` stands for.

    Raises:
        FileNotFoundError: the path leads nowhere.
        TypeError: it is neither an application nor a path.
    """
    if app is None:
        page = _EXPLANATION.format(path=path).encode()
        return _Files({"/": (lambda: page, "text/html; charset=utf-8")}.get)
    if isinstance(app, (str, Path)):
        place = Path(app).resolve()
        if place.is_dir():
            return _Files(lambda name: _in_folder(place, name))
        if place.is_file():
            return _Files({"/": (place.read_bytes, _type_of(place))}.get)
        raise FileNotFoundError(f"there is no folder or page {str(app)!r} to serve")
    if not callable(app):
        raise TypeError(f"app is a WSGI application, or the path of a folder or page, not {app!r}")
    return app


class _Files:
    """Answers GET and HEAD with files."""

    def __init__(self, find: Callable[[str], tuple[Callable[[], bytes], str] | None]) -> None:
        #: Gives what reads the file of a request's path, and its type.
        self._find = find

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = self._answer(environ, start_response)
        # Of a body that HEAD does not ask for, the next one on the way would make an answer.
        return [b""] if environ["REQUEST_METHOD"] == "HEAD" else body

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        found = self._find(environ.get("PATH_INFO") or "/")
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _say(start_response, "405 Method Not Allowed", b"only GET and HEAD\n")
        if found is None:
            return _say(start_response, "404 Not Found", b"there is nothing here\n")
        read, kind = found
        return _say(start_response, "200 OK", read(), kind)


def _in_folder(folder: Path, name: str) -> tuple[Callable[[], bytes], str] | None:
    """Return what reads the file that a URL's path names; never one outside the folder, nor a hidden one."""
    if "\0" in name or any(part.startswith(".") for part in name.split("/")):
        return None
    try:
        place = (folder / name.lstrip("/")).resolve()
        if place.is_dir():
            place = place / "index.html"
        if not place.is_relative_to(folder) or not place.is_file():
            return None
    except OSError:  # a name that is longer than names of files are
        return None
    return place.read_bytes, _type_of(place)


def _type_of(place: Path) -> str:
    kind = mimetypes.guess_type(place.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") or kind == "application/javascript" else kind


def _say(
    start_response: Callable[..., Any], status: str, body: bytes, kind: str = "text/plain; charset=utf-8"
) -> Iterable[bytes]:
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
