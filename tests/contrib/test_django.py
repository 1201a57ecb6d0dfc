"""A real Django site with its sessions, users and a database, and `now` beside it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import django
import pytest
from django.conf import settings
from django.core.management import call_command
from django.http import HttpResponse
from django.urls import path

from greennow import ConnectError, Now
from greennow.core.context import This
from greennow.testing import Harness


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The site; Django takes its settings once in a process, where other files' tests may come in between."""
    # Playwright leaves an event loop running in this thread, beside which Django would refuse to work.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    folder: Path = tmp_path_factory.mktemp("django")
    settings.configure(
        SECRET_KEY="for tests alone",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "db.sqlite3")}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["*"],
    )
    django.setup()
    call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User  # noqa: PLC0415

    for name in ("ann", "bob"):
        User.objects.create_user(name, password="secret")
    return __import__("greennow.contrib.django", fromlist=["wrap"])


def page(request: Any) -> Any:
    return HttpResponse(f"the site, for {request.user or 'nobody'}")


urlpatterns = [path("", page)]


def cookies(name: str) -> dict[str, str]:
    """The cookies of a browser that has logged in."""
    from django.test import Client  # noqa: PLC0415

    client = Client()
    assert client.login(username=name, password="secret")
    session = client.session
    session["basket"] = ["tea"]
    session.save()
    return {"sessionid": client.cookies["sessionid"].value}


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def h(site: Any, now: Now) -> Iterator[Harness]:
    with Harness(now, **site.options_for_site()) as harness:
        yield harness


def test_the_user_and_the_session_of_the_site_are_those_of_the_client(h: Harness) -> None:
    ann = h.connect(cookies=cookies("ann"))
    stranger = h.connect()
    assert ann.this.user.identity.username == "ann"
    assert ann.this.user.session["basket"] == ["tea"]
    assert stranger.this.user.identity.is_anonymous
    assert stranger.this.user.session == {}


def test_functions_use_the_database_and_connections_are_closed_after_each(h: Harness, now: Now) -> None:
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    this = This(now.context)
    connections: list[Any] = []

    @now.everyone.expose
    def rename(name: str) -> int:
        me = User.objects.get(pk=this.user.identity.pk)
        me.first_name = name
        me.save()
        connections.append(connection.connection)
        return User.objects.filter(first_name=name).count()

    ann, bob = h.connect(cookies=cookies("ann")), h.connect(cookies=cookies("bob"))
    assert ann.now.rename("Ann").result() == 1
    assert bob.now.rename("Ann").result() == 2
    assert len(connections) == 2
    for used in connections:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            used.execute("SELECT 1")


def test_those_who_are_not_logged_in_can_be_refused(site: Any, now: Now) -> None:
    with Harness(now, **{**site.options_for_site(), "authenticate": site.logged_in}) as h:
        assert h.connect(cookies=cookies("ann")).this.user.identity.username == "ann"
        with pytest.raises(ConnectError, match="401"):
            h.connect()
        with pytest.raises(ConnectError, match="401"):
            h.connect(cookies={"sessionid": "forged"})


def test_wrap_serves_djangos_own_application(site: Any) -> None:
    wrapped = site.wrap()
    try:
        statuses: list[str] = []
        body = wrapped(
            {
                "REQUEST_METHOD": "GET",
                "PATH_INFO": "/",
                "SERVER_NAME": "x",
                "SERVER_PORT": "80",
                "wsgi.url_scheme": "http",
                "wsgi.input": BytesIO(),
            },
            lambda status, headers, exc_info=None: statuses.append(status),
        )
        assert (statuses, b"".join(body)) == (["200 OK"], b"the site, for AnonymousUser")
        assert wrapped.hub.options.authenticate is site.user
    finally:
        wrapped.hub.use(Now().options)
