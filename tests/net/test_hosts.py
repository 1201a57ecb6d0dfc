"""Servers of somebody else's: a `gevent.pywsgi` server of the program's, and gunicorn with either worker."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.event import Event
from gevent.pywsgi import WSGIHandler, WSGIServer

import greennow.client
from greennow import ConnectError, Now
from greennow.core.messages import Call, Ready, Welcome, Write

from .raw import RawClient, request
from .serving import DEADLINE

ROOT = Path(__file__).parent.parent.parent


def site(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"the site, as before"]


# A server of the program's.


def test_now_is_added_to_a_server_of_the_programs_and_lives_with_it() -> None:
    now = Now()
    said: list[str] = []
    started = Event()
    now.on("start", started.set)
    now.on("stop", lambda: said.append("stop"))
    now.on("disconnect", lambda: said.append("disconnect"))
    server = WSGIServer(("127.0.0.1", 0), site, log=None)
    assert now.initialize(server, path="/shared") is now.everyone
    serving = gevent.spawn(server.serve_forever)
    assert started.wait(DEADLINE)
    url = f"http://127.0.0.1:{server.server_port}"
    assert request(url, "/anything").body == b"the site, as before"
    assert request(url, "/shared/health").status == 200
    with RawClient(url, path="/shared/ws") as client:
        client.hello()
        client.message(Welcome)
        client.say(Write(()))
        client.message(Ready)
        stopping = gevent.spawn(server.stop, 5)
        assert client.closed() == (1001, "the server is going away")
        client.socket.close()
        stopping.get()
    serving.get()
    assert said == ["stop", "disconnect"]


def test_several_nows_are_added_to_one_server() -> None:
    a, b = Now(), Now()
    server = WSGIServer(("127.0.0.1", 0), site, log=None)
    a.initialize(server)
    b.initialize(server, path="/b", scope="window.b")
    server.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        with RawClient(url), RawClient(url, path="/b/ws") as second:
            second.hello()
            second.message(Welcome)
            assert (len(a.clients), len(b.clients)) == (0, 1)
        assert request(url, "/x").body == b"the site, as before"
    finally:
        server.stop(timeout=0)


def test_a_server_with_handlers_of_its_own_is_refused() -> None:
    class Mine(WSGIHandler):
        pass

    server = WSGIServer(("127.0.0.1", 0), site, log=None, handler_class=Mine)
    with pytest.raises(TypeError, match=r"a handler of its own .*use wsgi\(\) instead"):
        Now().initialize(server)


# gunicorn.

MODULE = """
    import greennow
    from greennow import everyone, this

    def say(text):
        print(text, flush=True)

    @everyone.expose
    def add(a, b):
        return a + b

    @everyone.expose
    def ask_back():
        return this.now.answer().result()

    @greennow.on("start")
    def start():
        say("start")

    @greennow.on("stop")
    def stop():
        say("stop")

    @greennow.on("disconnect")
    def disconnect():
        say("disconnect")

    def authenticate(environ):
        return environ["greennow.token"]

    app = greennow.wsgi(authenticate=authenticate, allowed_origins=["https://a.example"])
"""

OURS = "greennow.contrib.gunicorn.Worker"
THEIRS = "geventwebsocket.gunicorn.workers.GeventWebSocketWorker"


@contextmanager
def gunicorn(folder: Path, worker: str, *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run gunicorn; gives the process and the address."""
    (folder / "module.py").write_text(textwrap.dedent(MODULE))
    command = [sys.executable, "-m", "gunicorn", "-k", worker, "-b", "127.0.0.1:0"]
    command += ["--pythonpath", f"{folder},{ROOT}", "--graceful-timeout", "2", *more, "module:app"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder
    ) as running:
        try:
            assert running.stderr is not None
            words = next(line for line in running.stderr if "Listening at" in line).split()
            yield running, next(word for word in words if word.startswith("http://"))
        finally:
            running.kill()


def line(running: subprocess.Popen[str]) -> str:
    """Wait for the next line of the program's output."""
    assert running.stdout is not None
    return running.stdout.readline().rstrip("\n")


@pytest.mark.parametrize("worker", [OURS, THEIRS], ids=["ours", "gevent-websocket's"])
def test_gunicorn_serves_now_with_either_worker(worker: str, tmp_path: Path) -> None:
    with gunicorn(tmp_path, worker) as (_, url):
        with greennow.client.connect(url, token="ann") as client:
            client.now.answer = lambda: "yes"
            assert client.now.add(1, 2).result(timeout=10) == 3
            assert client.now.ask_back().result(timeout=10) == "yes"
        assert request(url, "/nowjs/health").status == 200
        with pytest.raises(ConnectError, match="401"):
            greennow.client.connect(url)


def test_our_worker_starts_and_drains_as_serve_does(tmp_path: Path) -> None:
    with gunicorn(tmp_path, OURS) as (running, url):
        assert line(running) == "start"
        with RawClient(url, headers={"Authorization": "Bearer ann"}) as client:
            client.hello()
            client.message(Welcome)
            client.say(Write(()), Call(1, ("add",), [1, 2]))
            client.message(Ready)
            running.send_signal(signal.SIGTERM)
            assert line(running) == "stop"
            assert client.closed() == (1001, "the server is going away")
            client.socket.close()
            assert line(running) == "disconnect"
        assert running.wait() == 0


def test_our_worker_refuses_a_foreign_page_before_the_upgrade(tmp_path: Path) -> None:
    with gunicorn(tmp_path, OURS) as (_, url), pytest.raises(ConnectError, match="403"):
        RawClient(url, headers={"Origin": "https://evil.example"})


def test_the_other_one_closes_it_after_the_upgrade(tmp_path: Path) -> None:
    with gunicorn(tmp_path, THEIRS) as (_, url):
        with pytest.raises(ConnectError, match="this origin is not allowed") as caught:
            greennow.client.connect(url, headers={"Origin": "https://evil.example"})
        assert caught.value.code == 4403
