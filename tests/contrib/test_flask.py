"""A real Flask site with Flask-Login, and `now` beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import flask
import flask_login
import pytest

import greennow.contrib.flask as contrib
from greennow import ConnectError, Now
from greennow.core.context import This
from greennow.server.wsgi import NowApplication
from greennow.testing import Harness

TORN_DOWN: list[str] = []


class User(flask_login.UserMixin):
    """A member of the site."""

    def __init__(self, name: str) -> None:
        self.id = name


def make_site() -> flask.Flask:
    """A site where `/login/NAME` logs in."""
    app = flask.Flask(__name__)
    app.secret_key = "for tests alone"
    app.config["GREETING"] = "hello"
    logins = flask_login.LoginManager(app)
    logins.user_loader(User)

    @app.get("/login/<name>")
    def login(name: str) -> str:
        flask_login.login_user(User(name))
        flask.session["basket"] = ["tea"]
        return "welcome"

    @app.teardown_appcontext
    def end(error: BaseException | None) -> None:
        TORN_DOWN.append(repr(error))

    return app


def cookies(app: flask.Flask, name: str) -> dict[str, str]:
    """The cookies of a browser that has logged in."""
    client = app.test_client()
    assert client.get(f"/login/{name}").text == "welcome"
    cookie = client.get_cookie("session")
    assert cookie is not None
    return {"session": cookie.value}


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def this(now: Now) -> This:
    return This(now.context)


@pytest.fixture
def app() -> flask.Flask:
    return make_site()


@pytest.fixture
def h(now: Now, app: flask.Flask) -> Iterator[Harness]:
    with Harness(now, app=app, **contrib.options_for(app)) as harness:
        yield harness


def test_the_user_and_the_session_of_the_site_are_those_of_the_client(h: Harness, app: flask.Flask) -> None:
    ann = h.connect(cookies=cookies(app, "ann"))
    stranger = h.connect()
    assert (ann.this.user.identity.id, ann.this.user.session["basket"]) == ("ann", ["tea"])
    assert (stranger.this.user.identity.is_anonymous, stranger.this.user.session) == (True, {})


def test_functions_and_handlers_run_in_contexts_of_the_site(h: Harness, app: flask.Flask, now: Now) -> None:
    seen: list[Any] = []

    @now.on("change")
    def changed(path: Any) -> None:
        seen.append((path, flask_login.current_user.id, flask.request.path))

    @now.everyone.expose
    def greet() -> str:
        flask.g.count = flask.g.get("count", 0) + 1
        words = flask.current_app.config["GREETING"], flask_login.current_user.id, flask.session["basket"][0]
        return f"{' '.join(words)} {flask.g.count}"

    ann, bob = h.connect(cookies=cookies(app, "ann")), h.connect(cookies=cookies(app, "bob"))
    assert ann.now.greet().result() == "hello ann tea 1"
    assert bob.now.greet().result() == "hello bob tea 1"
    assert ann.now.greet().result() == "hello ann tea 1"
    ann.now.x = 1
    h.settle()
    assert seen == [(("x",), "ann", "/nowjs/ws")]


def test_calls_that_wait_keep_their_own_contexts(h: Harness, app: flask.Flask, now: Now, this: This) -> None:
    @now.everyone.expose
    def who() -> list[str]:
        before = flask_login.current_user.id
        answer = this.now.answer().result()
        return [before, answer, flask_login.current_user.id]

    ann, bob = h.connect(cookies=cookies(app, "ann")), h.connect(cookies=cookies(app, "bob"))
    ann.now.answer = lambda: bob.now.who().result()[0]
    bob.now.answer = lambda: "yes"
    h.settle()
    assert ann.now.who().result() == ["ann", "bob", "ann"]


def test_the_app_context_is_torn_down_after_each_call_and_is_told_of_errors(h: Harness, now: Now) -> None:
    def fail() -> None:
        raise ValueError("no")

    now.everyone.expose(fail)
    now.everyone.now.work = lambda: None
    ann = h.connect()
    h.settle()
    TORN_DOWN.clear()
    ann.now.work().result()
    assert TORN_DOWN == ["None"]
    assert ann.now.fail().exception() is not None
    assert TORN_DOWN == ["None", "ValueError('no')"]


def test_handlers_without_a_client_have_the_apps_context(app: flask.Flask, now: Now) -> None:
    seen: list[Any] = []
    now.on("start", lambda: seen.append((flask.current_app.name, flask.has_request_context())))
    with Harness(now, app=app, **contrib.options_for(app)) as h:
        h.connect()
    assert seen == [(app.name, False)]


def test_those_who_are_not_logged_in_can_be_refused(app: flask.Flask, now: Now) -> None:
    options = {**contrib.options_for(app), "authenticate": contrib.logged_in(app)}
    with Harness(now, app=app, **options) as h:
        assert h.connect(cookies=cookies(app, "ann")).this.user.identity.id == "ann"
        with pytest.raises(ConnectError, match="401"):
            h.connect()
        with pytest.raises(ConnectError, match="401"):
            h.connect(cookies={"session": "forged"})


def test_a_site_without_logins_lets_everybody_in() -> None:
    app = flask.Flask(__name__)
    app.secret_key = "for tests alone"
    with Harness(Now(), app=app, **contrib.options_for(app)) as h:
        assert h.connect().this.user.identity is None


def test_wrap_serves_the_site_and_takes_options_of_its_own(app: flask.Flask) -> None:
    wrapped = contrib.wrap(app, path="/shared", session=None)
    try:
        assert isinstance(wrapped, NowApplication)
        assert wrapped.hub.options.path == "/shared"
        assert wrapped.hub.options.session is None
        assert wrapped.hub.options.around is not None
    finally:
        wrapped.hub.use(Now().options)
