"""HTTP around `now`: the files under ``path``, ``health``, and who may have a WebSocket.

`NowApplication` stands in front of the site as WSGI middleware.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib import resources
from typing import Any, TypeAlias

import gevent

from ..hub.hub import Hub
from ..hub.user import User
from ..version import __version__
from .bag import Bag
from .declared import Declared
from .handshake import HandshakeError
from .link import Link
from .opening import Opening
from .origin import is_origin_allowed, offered_token
from .readers import Readers

logger = logging.getLogger("greennow")

StartResponse: TypeAlias = Callable[..., Any]
WSGIApp: TypeAlias = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

SUBPROTOCOL = "greennow.1"

#: What is served beside the WebSocket, and as what.
_FILES = {
    "now.js": "text/javascript; charset=utf-8",
    "now.mjs": "text/javascript; charset=utf-8",
    "now.d.ts": "text/plain; charset=utf-8",
    "now.js.map": "application/json",
}

#: Stands in now.js for the option ``scope``.
_SCOPE_MARK = b"__GREENNOW_SCOPE__"


class NowApplication:
    """The site with `now` beside it, as a WSGI application."""

    def __init__(self, hub: Hub, app: WSGIApp, serving: Serving) -> None:
        self.hub = hub
        #: The site.
        self.app = app
        #: What runs links on the loop.
        self._serving = serving
        self._path = hub.options.path
        #: What pages of this `now` may import as types.
        self._declared = Declared(hub)

    # What servers call.

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request: ours, or the site's."""
        path = environ.get("PATH_INFO", "")
        if not path.startswith(self._path + "/"):
            return self.app(environ, start_response)
        answer = self._answer_ours(path[len(self._path) + 1 :], environ, start_response)
        # Of a body that HEAD does not ask for, the next one on the way would make an answer.
        return [b""] if environ["REQUEST_METHOD"] == "HEAD" else answer

    def _answer_ours(
        self, name: str, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            allow = [("Allow", "GET, HEAD")]
            return _answer(start_response, "405 Method Not Allowed", b"only GET and HEAD\n", allow)
        if name == "ws":
            return self._answer_ws(environ, start_response)
        if name == "health":
            return self._answer_health(start_response)
        if name in _FILES and self.hub.options.serve_client:
            return self._answer_file(name, environ, start_response)
        if name == "api.d.ts" and self.hub.options.serve_client:
            return self._answer_declarations(environ, start_response)
        return _answer(start_response, "404 Not Found", b"there is no such file of greennow's\n")

    def app_protocol(self, path: str) -> str:
        """Which subprotocol gevent-websocket's own handler is to select for a path."""
        if path == self._path + "/ws":
            return SUBPROTOCOL
        inner = getattr(self.app, "app_protocol", None)
        return inner(path) if inner is not None else ""

    def nested(self) -> Iterator[NowApplication]:
        """Yield this one, and those that it stands in front of."""
        yield self
        if isinstance(self.app, NowApplication):
            yield from self.app.nested()

    def owns(self, path: str) -> bool:
        """Is what is asked for there ours, or that of a `now` which this one stands in front of?"""
        return any(path.startswith(found._path + "/") for found in self.nested())

    def find(self, path: str) -> NowApplication | None:
        """Return the application, this one or one that it stands in front of, whose WebSocket the path is."""
        return next((found for found in self.nested() if path == found._path + "/ws"), None)

    # Routes.

    def _answer_file(
        self, name: str, environ: Mapping[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        data, tag = self._serving.file(name, self.hub.options.scope)
        headers = [("Content-Type", _FILES[name]), *self._cors(environ)]
        return _answer_unless_known(environ, start_response, data, tag, headers)

    def _answer_declarations(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """What `now` holds is for those who may connect."""
        try:
            self.check(environ)
        except HandshakeError as error:
            start_response(error.status, error.headers)
            return [error.body]
        data, tag = self._declared.file()
        headers = [("Content-Type", _FILES["now.d.ts"]), ("Vary", "Authorization, Cookie, Origin")]
        return _answer_unless_known(environ, start_response, data, tag, headers)

    def _cors(self, environ: Mapping[str, Any]) -> list[tuple[str, str]]:
        """An ES module of another origin is loaded only with the server's consent."""
        origin = environ.get("HTTP_ORIGIN")
        if origin and is_origin_allowed(environ, self.hub.options):
            return [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
        return [("Vary", "Origin")]

    def _answer_health(self, start_response: StartResponse) -> Iterable[bytes]:
        is_draining = self._serving.is_draining
        known = {"clients": len(self.hub.clients), "version": __version__, "draining": is_draining}
        status = "503 Service Unavailable" if is_draining else "200 OK"
        return _answer(
            start_response, status, json.dumps(known).encode(), [("Content-Type", "application/json")]
        )

    def _answer_ws(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """A request for the WebSocket that no handler of ours has upgraded."""
        upgraded = environ.get("wsgi.websocket")
        if upgraded is not None:
            self._take_over_upgraded(upgraded, environ)
            return [b""]
        body = b"this is greennow's WebSocket; it needs a server with gevent-websocket's handler\n"
        return _answer(start_response, "426 Upgrade Required", body, [("Upgrade", "websocket")])

    # Upgrades.

    def check(self, environ: dict[str, Any], opening: Opening | None = None) -> Callable[[], User]:
        """Judge a request for a link; return what makes the client's bag.

        Args:
            environ: the request.
            opening: what it can be made of again.

        Raises:
            HandshakeError: it is refused.
        """
        options = self.hub.options
        if self._serving.is_draining:
            raise HandshakeError("503 Service Unavailable", "the server is going away", ("Retry-After", "1"))
        if not is_origin_allowed(environ, options):
            self.hub.complaints.log(
                environ.get("REMOTE_ADDR"),
                "refused a page of origin '%s' at host '%s'; see allowed_origins",
                environ.get("HTTP_ORIGIN"), environ.get("HTTP_HOST", ""),
            )  # fmt: skip
            raise HandshakeError("403 Forbidden", "this origin is not allowed")
        environ["greennow.token"] = offered_token(environ)
        identity = self._authenticate(environ)
        session = self._session(environ)
        if self.asks_program:
            opening = None  # the program has seen the environ, and may have written into it
        return partial(Bag, identity, session, environ if opening is None else {}, opening)

    @property
    def asks_program(self) -> bool:
        """Has the program a say in who is let in, or in what is known of them?"""
        options = self.hub.options
        return options.authenticate is not None or options.session is not None

    def _authenticate(self, environ: dict[str, Any]) -> Any:
        authenticate = self.hub.options.authenticate
        if authenticate is None:
            return None
        try:
            identity = authenticate(environ)
        except Exception as error:
            identity = None
            self._complain_of(environ, "authenticate raised; the client is refused", logging.ERROR, error)
        else:
            if identity is None:
                self._complain_of(environ, "authenticate refused a client", logging.INFO)
        if identity is None:
            raise HandshakeError("401 Unauthorized", "authenticate refused")
        return identity

    def _session(self, environ: dict[str, Any]) -> Any:
        session = self.hub.options.session
        if session is None:
            return None
        try:
            return session(environ)
        except Exception as error:
            self._complain_of(environ, "the option session raised", logging.ERROR, error)
            raise HandshakeError("500 Internal Server Error", "the session cannot be read") from None

    def _complain_of(
        self, environ: Mapping[str, Any], what: str, level: int, error: Exception | None = None
    ) -> None:
        self.hub.complaints.log(environ.get("REMOTE_ADDR"), what, level=level, error=error)

    def take_over(self, socket: Any, make: Callable[[], User]) -> Link:
        """Go on with an upgraded connection's socket."""
        return self._serving.open_link(self.hub, socket, make)

    def refuse(self, socket: Any, error: HandshakeError) -> Link:
        """Close an upgraded connection with the code that stands for the HTTP status."""
        link = self.take_over(socket, User)
        link.close({"401": 4401, "403": 4403}.get(error.status[:3], 1013), error.body.decode().strip())
        return link

    def _take_over_upgraded(self, upgraded: Any, environ: dict[str, Any]) -> None:
        """gevent-websocket's own handler (gunicorn's worker) has upgraded: checks come after the 101."""
        upgraded.closed = True  # or its destructor would write a close frame of its own
        socket = upgraded.handler.socket
        try:
            make = self.check(environ)
        except HandshakeError as error:
            link = self.refuse(socket, error)
        else:
            link = self.take_over(socket, make)
        link.closed.wait()


class Serving:
    """What all links of one `Now` share on the loop: their flushes, the built files."""

    def __init__(self) -> None:
        #: Are no new clients taken?
        self.is_draining = False
        #: What handles what links receive.
        self.readers = Readers()
        #: Links with something to send at the end of this turn of the loop.
        self._awake: list[Link] = []
        #: The links that are open.
        self.links: set[Link] = set()
        #: The files served, with their tags, by name and scope.
        self._files: dict[tuple[str, str], tuple[bytes, str]] = {}

    def open_link(self, hub: Hub, socket: Any, make: Callable[[], User]) -> Link:
        """Begin to speak over an upgraded socket."""
        link = Link(hub, socket, make, self)
        self.links.add(link)
        link.open()
        return link

    def closed(self, link: Link) -> None:
        """The link is closed. Who stops waits for the last one."""
        self.links.discard(link)

    def flush_soon(self, link: Link) -> None:
        """Have the link flushed at the end of this turn of the loop."""
        if not self._awake:
            gevent.get_hub().loop.run_callback(self._flush)
        self._awake.append(link)

    def _flush(self) -> None:
        awake, self._awake = self._awake, []
        for link in awake:
            try:
                link.flush()
            except Exception:
                logger.exception("the server failed to write to %s", link)
                link.lost("a fault of the server's")

    def file(self, name: str, scope: str) -> tuple[bytes, str]:
        """Return a built file and its tag."""
        key = (name, scope)
        if key not in self._files:
            data = (resources.files("greennow") / "static" / name).read_bytes()
            data = data.replace(_SCOPE_MARK, scope.encode()) if name == "now.js" else data
            self._files[key] = (data, f'"{hashlib.sha256(data).hexdigest()[:32]}"')
        return self._files[key]


def _answer_unless_known(
    environ: Mapping[str, Any],
    start_response: StartResponse,
    body: bytes,
    tag: str,
    headers: list[tuple[str, str]],
) -> Iterable[bytes]:
    """Answer with what the other end may keep, and asks for by its tag the next time."""
    headers = [*headers, ("ETag", tag), ("Cache-Control", "no-cache")]
    if environ.get("HTTP_IF_NONE_MATCH") == tag:
        start_response("304 Not Modified", headers)
        return [b""]
    return _answer(start_response, "200 OK", body, headers)


def _answer(
    start_response: StartResponse, status: str, body: bytes, headers: Iterable[tuple[str, str]] = ()
) -> Iterable[bytes]:
    given = list(headers)
    if not any(name == "Content-Type" for name, _ in given):
        given.append(("Content-Type", "text/plain; charset=utf-8"))
    start_response(
        status, [*given, ("Content-Length", str(len(body))), ("X-Content-Type-Options", "nosniff")]
    )
    return [body]
