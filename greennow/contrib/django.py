"""A Django site with `now` beside it.

::

    import greennow.contrib.django

    greennow.serve(greennow.contrib.django.wrap())     # in a module that sets DJANGO_SETTINGS_MODULE
"""

from __future__ import annotations

from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeAlias

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user
from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, reset_queries

from ..server.default import default

if TYPE_CHECKING:
    from ..hub.around import Work
    from ..server.wsgi import NowApplication, WSGIApp

Environ: TypeAlias = dict[str, Any]


def wrap(app: WSGIApp | None = None, **options: Any) -> NowApplication:
    """Return the site with `now` beside it, as `greennow.wsgi` does.

    Around every handler and called function database connections are kept as Django keeps them around a
    request. ``this.user.session`` holds the contents of the session and ``this.user.identity`` the user
    (who may be anonymous), both of the moment when the link was opened; each where the site has that.

    Args:
        app: the site; without one, what Django's `get_wsgi_application` returns.
        options: see ``docs/reference/server.md``; they go over those that this sets.
    """
    site = get_wsgi_application() if app is None else app
    return default.wsgi(site, **{**options_for_site(), **options})


def options_for_site() -> dict[str, Any]:
    """Return the options that `wrap` sets: for a `Now` of your own."""
    options: dict[str, Any] = {"around": around}
    if apps.is_installed("django.contrib.sessions"):
        options["session"] = session
        if apps.is_installed("django.contrib.auth"):
            options["authenticate"] = user
    return options


def around(work: Work) -> Any:
    """Run the work between two looks at the database connections, as Django does with a request."""
    reset_queries()
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()


def session(environ: Environ) -> dict[str, Any]:
    """Return the contents of the request's session; the option ``session``."""
    try:
        return dict(_request(environ).session.items())
    finally:
        close_old_connections()


def user(environ: Environ) -> Any:
    """Return the request's user, who may be anonymous; the option ``authenticate``."""
    try:
        return get_user(_request(environ))
    finally:
        close_old_connections()


def logged_in(environ: Environ) -> Any:
    """Return the request's user, None for one who is not logged in; an option ``authenticate``."""
    known = user(environ)
    return known if known.is_authenticated else None


def _request(environ: Environ) -> Any:
    """Return Django's request, with its session, from a request of which only the head is wanted."""
    request: Any = WSGIRequest({**environ, "wsgi.input": BytesIO()})
    store = import_module(settings.SESSION_ENGINE).SessionStore
    request.session = store(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    return request
