"""A Flask site with `now` beside it.

::

    import greennow.contrib.flask

    app = Flask(__name__)
    greennow.serve(greennow.contrib.flask.wrap(app))
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeAlias

import flask

from ..server.default import default

if TYPE_CHECKING:
    from ..hub.around import Around, Work
    from ..server.wsgi import NowApplication

Environ: TypeAlias = dict[str, Any]


def wrap(app: flask.Flask, **options: Any) -> NowApplication:
    """Return the site with `now` beside it, as `greennow.wsgi` does.

    Every handler and called function runs in the app's context and in a context of the request that
    opened the client's link, so `flask.session`, `flask.g` and extensions work there.
    ``this.user.session`` holds the session's contents and, if the app uses Flask-Login,
    ``this.user.identity`` its `current_user`, both of the moment when the link was opened.

    Args:
        app: the site.
        options: see ``docs/reference/server.md``; they go over those that this sets.
    """
    return default.wsgi(app, **{**options_for(app), **options})


def options_for(app: flask.Flask) -> dict[str, Any]:
    """Return the options that `wrap` sets: for a `Now` of your own, ``now.wsgi(app, **options_for(app))``."""
    options: dict[str, Any] = {"around": around(app), "session": session(app)}
    if hasattr(app, "login_manager"):
        options["authenticate"] = current_user(app)
    return options


def around(app: flask.Flask) -> Around:
    """Return the option ``around``: in the app's context, and for a client in its request's context."""

    def run(work: Work) -> Any:
        with app.app_context() if work.client is None else _request(app, work.client.user.environ):
            return work()

    return run


def session(app: flask.Flask) -> Callable[[Environ], dict[str, Any]]:
    """Return the option ``session``: reads the contents of Flask's session."""

    def read(environ: Environ) -> dict[str, Any]:
        with _request(app, environ):
            return dict(flask.session)

    return read


def current_user(app: flask.Flask) -> Callable[[Environ], Any]:
    """Return the option ``authenticate``: Flask-Login's user, who may be anonymous."""
    import flask_login  # noqa: PLC0415  # not every Flask site has it

    def read(environ: Environ) -> Any:
        with _request(app, environ):
            return flask_login.current_user._get_current_object()  # what the proxy stands for, now

    return read


def logged_in(app: flask.Flask) -> Callable[[Environ], Any]:
    """Return an option ``authenticate`` that refuses whoever is not logged in."""
    read = current_user(app)

    def read_if_known(environ: Environ) -> Any:
        user = read(environ)
        return user if user.is_authenticated else None

    return read_if_known


def _request(app: flask.Flask, environ: Environ) -> Any:
    """Return a request context of a request like this one, with nothing to be read from it any more."""
    return app.request_context({**environ, "wsgi.input": BytesIO()})
