"""Two steps to install: one package on the server, one script tag on the page."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

import greennow

from ..chromium import Pages
from .site import html

PROGRAM = """
import greennow
from greennow import everyone

@everyone.expose
def add(a, b):
    return a + b

greennow.serve("index.html", port=0)
"""

SCRIPTS = """
<script src="/nowjs/now.js"></script>
<script>
  now.ready(async () => {
    document.title = `1 and 2 are ${await now.add(1, 2)}`;
  });
</script>
"""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The program and its page, in a folder and a process of their own."""
    (tmp_path / "site.py").write_text(PROGRAM)
    (tmp_path / "index.html").write_text(html(SCRIPTS))
    # The package that these tests import, wherever it is from.
    environment = {**os.environ, "PYTHONPATH": str(Path(greennow.__file__).parent.parent)}
    program = [sys.executable, "-W", "error", "site.py"]
    with subprocess.Popen(
        program, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().removeprefix("greennow serves ").strip()
        process.terminate()
        _, errors = process.communicate(timeout=30)
        assert (process.returncode, errors) == (0, "")


def test_a_program_of_a_few_lines_and_a_page_with_one_script_tag_are_enough(url: str, pages: Pages) -> None:
    page = pages.open(url)
    expect(page).to_have_title("1 and 2 are 3")
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.reload()
    expect(page).to_have_title("1 and 2 are 3")
    assert requested == [f"{url}/", f"{url}/nowjs/now.js"]
