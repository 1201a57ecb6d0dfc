"""A client outside the browser, for scripts: `greennow.client`, and the same now.js in Node.

The commands of the command line have no test here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

import greennow
from greennow import Now

from ..chromium import Pages
from .site import Heard, Site, run, waits_for

#: Scripts that take part: each writes a name, has functions, calls one with a callback, and is ended.
IN_PYTHON = """
import sys
from greennow.client import connect

with connect(sys.argv[1]) as client:
    now = client.now
    now.name = "a script"
    now.add = lambda a, b: a + b
    now.hear = lambda text: client.close() if text == "goodbye" else None
    now.tell(now.greeting, lambda text: now.tell(text.upper(), None))
    client.wait()
"""

IN_NODE = """
const { connect } = await import(process.argv[3]);
const now = connect(process.argv[2]);
now.name = 'a script';
now.add = (a, b) => a + b;
now.hear = (text) => { if (text === 'goodbye') now.core.close(); };
await now.ready();
now.tell(now.greeting, (text) => { now.tell(text.toUpperCase(), null); });
"""


@contextmanager
def in_python(url: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The script in a process without gevent's server."""
    environment = {**os.environ, "PYTHONPATH": str(Path(greennow.__file__).parent.parent)}
    program = [sys.executable, "-W", "error", "-c", IN_PYTHON, url]
    with subprocess.Popen(program, env=environment, stderr=subprocess.PIPE, text=True) as process:
        yield process


@contextmanager
def in_node(url: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The script in Node, with the module that pages load."""
    node = shutil.which("node")
    assert node is not None, "Node is needed to test now.js"
    (folder / "script.mjs").write_text(IN_NODE)
    module = resources.files("greennow") / "static" / "now.mjs"
    # Node 20 has a WebSocket only if it is asked for.
    flags = ["--no-warnings", "--experimental-websocket"]
    program = [node, *flags, str(folder / "script.mjs"), url, f"file://{module}"]
    with subprocess.Popen(program, stderr=subprocess.PIPE, text=True) as process:
        yield process


@pytest.mark.parametrize("script", [in_python, in_node], ids=["greennow.client", "Node"])
def test_a_script_takes_part_as_pages_do(
    now: Now, pages: Pages, tmp_path: Path, script: Callable[..., Any]
) -> None:
    told = Heard()
    now.everyone.now.greeting = "hello"

    @now.everyone.expose
    def tell(text: str, answer: Callable[[str], Any] | None) -> None:
        told(text)
        if answer is not None:
            answer("answered")

    @now.everyone.expose
    def ask_all(a: int, b: int) -> list[Any]:
        return [client.now.add(a, b).result() for client in now.everyone if "add" in client.now]

    @now.on("change")
    def introduce(path: Any) -> None:
        if path == ("name",):
            now.everyone.now.newest = now.context.get().now.name

    now.on("disconnect", lambda: told("gone"))
    with Site(now) as site:
        page = pages.open(site.url)
        with script(site.url, tmp_path) as process:
            assert [told.next(), told.next()] == ["hello", "ANSWERED"]
            waits_for(page, "now.newest === 'a script'")
            assert run(page, "return await now.ask_all(1, 2)") == [3]
            site.run(lambda: now.everyone.now.hear("goodbye"))
            assert told.next() == "gone"
            _, errors = process.communicate(timeout=30)
            assert (process.returncode, errors) == (0, "")


def test_the_client_for_scripts_loads_no_gevent() -> None:
    program = "import sys, json, greennow.client; print(json.dumps('gevent' in sys.modules))"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=60).stdout
    assert json.loads(said) is False
