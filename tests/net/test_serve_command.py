"""`greennow serve` in processes of their own: what is served, with which options, and what goes wrong."""

from __future__ import annotations

import json
import re
import signal
import socket
import ssl
import textwrap
from pathlib import Path

import pytest

from greennow.client import ConnectError, connect

from .commands import ended, line, ran, running, served
from .raw import request

CERTIFICATE = str(Path(__file__).parent.parent / "data" / "localhost.pem")

#: A program that may be served in several ways.
CHAT = """
    import time

    import greennow
    from gevent import monkey
    from greennow import Now, everyone

    was_patched = monkey.is_object_patched("time", "sleep")

    @everyone.expose
    def describe():
        options = greennow.server.default.default.options
        return {
            "patched": was_patched,
            "max_clients": options.max_clients,
            "max_calls": options.max_calls,
            "max_names": options.max_names,
            "max_groups": options.max_groups,
        }

    @greennow.on("stop")
    def stop():
        print("stop", flush=True)

    def site(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"the site"]

    app = greennow.wsgi(site, max_clients=11, max_calls=11, max_names=11, max_groups=11)

    mine = Now(path="/mine")
    mine.everyone.now.whose = "mine"
    mine_app = mine.wsgi(site)
    number = 7

    def check(environ):
        return "ann" if environ["greennow.token"] == "secret" else None

    def may_write(path, value):
        return path == ("name",)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the command is run."""
    (tmp_path / "chat.py").write_text(textwrap.dedent(CHAT))
    return tmp_path


def test_an_application_is_served_with_the_default_now_and_all_is_patched(folder: Path) -> None:
    with running("serve", "chat:site", "--port", "0", cwd=folder) as process:
        url = served(process)
        assert request(url, "/").body == b"the site"
        with connect(url) as client:
            assert client.now.describe().result(timeout=10)["patched"] is True


def test_an_application_that_has_now_is_served_as_it_is(folder: Path) -> None:
    with running("serve", "chat:mine_app", "--port", "0", cwd=folder) as process:
        url = served(process)
        assert request(url, "/").body == b"the site"
        assert json.loads(request(url, "/mine/health").body)["clients"] == 0
        assert request(url, "/nowjs/health").body == b"the site"
        with connect(url.replace("http:", "ws:") + "/mine/ws") as client:
            assert client.now.whose == "mine"


def test_a_now_is_served_without_a_site(folder: Path) -> None:
    with running("serve", "chat:mine", "--port", "0", cwd=folder) as process:
        url = served(process)
        assert b"greennow is running" in request(url, "/").body
        assert request(url, "/mine/health").status == 200


def test_a_page_a_folder_and_nothing_are_served(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    for name in ("page.html", "site/index.html"):
        (tmp_path / name).write_text(f"this is {name}")
    for given, said in [("page.html", b"this is page.html"), ("site", b"this is site/index.html")]:
        with running("serve", given, "--port", "0", cwd=tmp_path) as process:
            assert request(served(process), "/").body == said
    with running("serve", "--port", "0", cwd=tmp_path) as process:
        assert b"greennow is running" in request(served(process), "/").body


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_drains_and_exits_with_0(number: signal.Signals, folder: Path) -> None:
    with running("serve", "chat:app", "--port", "0", cwd=folder) as process:
        served(process)
        assert ended(process, number) == (0, "stop\n", "")


def test_the_command_line_goes_over_the_environment_over_the_file_over_the_program(folder: Path) -> None:
    (folder / "greennow.toml").write_text(
        'app = "chat:app"\nhost = "256.0.0.1"\nport = 1\nmax_calls = 22\nmax_names = 22\nmax_groups = 22\n'
    )
    environ = {"GREENNOW_HOST": "127.0.0.1", "GREENNOW_PORT": "2", "GREENNOW_MAX_NAMES": "33"}
    environ["GREENNOW_MAX_GROUPS"] = "33"
    with (
        running("serve", "--port", "0", cwd=folder, environ=environ) as process,
        connect(served(process)) as client,
    ):
        described = client.now.describe().result(timeout=10)
    del described["patched"]
    assert described == {"max_clients": 11, "max_calls": 22, "max_names": 33, "max_groups": 33}


def test_the_path_may_be_set_from_outside(folder: Path) -> None:
    environ = {"GREENNOW_PATH": "/elsewhere"}
    with running("serve", "chat:mine_app", "--port", "0", cwd=folder, environ=environ) as process:
        url = served(process)
        assert json.loads(request(url, "/elsewhere/health").body)["clients"] == 0
        assert request(url, "/mine/health").body == b"the site"


def test_functions_are_named_as_module_and_function(folder: Path) -> None:
    (folder / "other.toml").write_text('authenticate = "chat:check"\nclient_write = "chat:may_write"\n')
    with running("serve", "--config", "other.toml", "--port", "0", cwd=folder) as process:
        url = served(process)
        with pytest.raises(ConnectError, match="401"):
            connect(url, token="wrong")
        with connect(url, token="secret") as client:
            client.now.name = "ann"
            client.now.age = 7
            client.flush(timeout=10)
            assert (client.now.name, "age" in client.now) == ("ann", False)


def test_a_certificate_makes_it_https(folder: Path) -> None:
    with running("serve", "--port", "0", "--certfile", CERTIFICATE, cwd=folder) as process:
        url = served(process)
        assert url.startswith("https://")
        trusting = ssl.create_default_context(cafile=CERTIFICATE)
        with connect(url.replace("127.0.0.1", "localhost"), ssl=trusting) as client:
            assert client.online


REFUSED = [
    ("a module", ["nothing_here:app"], "there is no module 'nothing_here', neither here nor installed"),
    ("a name", ["chat:ap"], "chat:ap: there is no 'ap'; did you mean 'app'?"),
    ("no application", ["chat:number"], "chat:number is 7: neither a WSGI application nor a Now"),
    (
        "a page",
        ["page.html"],
        "'page.html' is no folder or page here; the application of a program is written as module:app",
    ),
    ("a program", ["chat.py"], "'chat.py' is a program; name its application, as in chat:app"),
    ("a key alone", ["--keyfile", "a.pem"], "a keyfile goes with a certfile, and there is none"),
    ("a certificate", ["--certfile", "a.pem"], "cannot use the certificate a.pem: No such file or directory"),
    ("a file of settings", ["--config", "a.toml"], "cannot read a.toml: No such file or directory"),
]


@pytest.mark.parametrize(
    ("arguments", "sentence"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_cannot_be_served_is_said_in_a_sentence(
    arguments: list[str], sentence: str, folder: Path
) -> None:
    assert ran("serve", "--port", "0", *arguments, cwd=folder) == (1, "", f"greennow: {sentence}\n")


def test_a_wrong_setting_is_said_with_its_place(folder: Path) -> None:
    (folder / "greennow.toml").write_text('\nauthenticate = "chat:chek"')
    sentence = "greennow.toml, line 2, authenticate: chat:chek: there is no 'chek'; did you mean 'check'?"
    assert ran("serve", cwd=folder) == (1, "", f"greennow: {sentence}\n")
    environ = {"GREENNOW_APP": "chat:ap"}
    sentence = "GREENNOW_APP: chat:ap: there is no 'ap'; did you mean 'app'?"
    (folder / "greennow.toml").unlink()
    assert ran("serve", cwd=folder, environ=environ) == (1, "", f"greennow: {sentence}\n")


def test_what_the_program_raises_is_shown_with_its_traceback(folder: Path) -> None:
    (folder / "broken.py").write_text("1 / 0\n")
    status, output, errors = ran("serve", "broken:app", cwd=folder)
    assert (status, output) == (1, "")
    assert re.search(r'File ".*broken\.py", line 1', errors)
    assert "ZeroDivisionError: division by zero" in errors
    assert errors.endswith("greennow: importing the module 'broken' failed, as said above\n")


def test_a_port_that_is_in_use_is_said_in_a_sentence(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        # gevent leaves the socket that it could not bind to the garbage collector, which warns.
        ahead = "import warnings; warnings.simplefilter('ignore')"
        status, output, errors = ran("serve", "--port", str(port), cwd=folder, ahead=ahead)
    assert (status, output) == (1, "")
    assert re.fullmatch(f"greennow: cannot listen at 127.0.0.1:{port}: Address already in use.*\n", errors)


# Reloading.

VERSION = """
import greennow
from greennow import everyone

everyone.now.version = {}
app = greennow.wsgi()
"""


def put(file: Path, text: str) -> None:
    """Write a file as editors do: it changes once."""
    beside = file.with_suffix(".new")
    beside.write_text(text)
    beside.rename(file)


def test_a_change_starts_it_again(tmp_path: Path) -> None:
    program = tmp_path / "version.py"
    put(program, VERSION.format(1))
    with running("serve", "version:app", "--port", "0", "--reload", cwd=tmp_path) as process:
        with connect(served(process)) as client:
            assert client.now.version == 1
        put(program, VERSION.format(22))
        assert line(process.stdout) == "greennow starts again: version.py changed"
        with connect(served(process)) as client:
            assert client.now.version == 22
        put(tmp_path / "greennow.toml", "max_clients = 0")
        assert line(process.stdout) == "greennow starts again: greennow.toml changed"
        url = served(process)
        assert request(url, "/nowjs/health").status == 200
        assert ended(process, signal.SIGINT) == (0, "", "")
        with pytest.raises(OSError, match="cannot connect"):
            request(url, "/nowjs/health")


def test_a_program_that_fails_is_started_again_when_it_has_changed(tmp_path: Path) -> None:
    program = tmp_path / "version.py"
    put(program, "1 / 0")
    with running("serve", "version:app", "--port", "0", "--reload", cwd=tmp_path) as process:
        while line(process.stderr) != "greennow waits for a change: the program has ended":
            """The traceback."""
        put(program, VERSION.format(1))
        assert line(process.stdout) == "greennow starts again: version.py changed"
        served(process)
        assert ended(process, signal.SIGTERM) == (0, "", "")


def test_reloading_without_watchfiles_says_what_to_install(tmp_path: Path) -> None:
    ahead = "sys.modules['watchfiles'] = None"
    sentence = "greennow: --reload needs watchfiles: pip install 'greennow[reload]'\n"
    assert ran("serve", "--reload", ahead=ahead, cwd=tmp_path) == (1, "", sentence)
