"""What ``module:name`` stands for, and what is said where it stands for nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from greennow.commands.errors import CommandError
from greennow.commands.program import Reference, is_path, load_app


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def refused(text: str) -> str:
    """The sentence that says what is wrong."""
    with pytest.raises(CommandError) as caught:
        load_app(text)
    return str(caught.value)


def test_a_name_of_a_module_is_found(here: Path) -> None:
    (here / "found_one.py").write_text("class Site:\n    app = 7\n")
    assert load_app("found_one:Site.app") == 7


def test_a_module_of_a_package_is_found(here: Path) -> None:
    (here / "found_two").mkdir()
    (here / "found_two" / "site.py").write_text("app = 7\n")
    assert load_app("found_two.site:app") == 7


REFUSED = [
    ("no_such_module_here:app", "there is no module 'no_such_module_here', neither here nor installed"),
    ("json.no_such:app", "there is no module 'json.no_such', neither here nor installed"),
    ("json:dump.nothing", "json:dump.nothing: there is no 'nothing'"),
    ("json:dmp", "json:dmp: there is no 'dmp'; did you mean 'dump'?"),
    (
        "page.htm",
        "'page.htm' is no folder or page here; the application of a program is written as module:app",
    ),
    (
        "json:app()",
        "'json:app()' is no folder or page here; the application of a program is written as module:app",
    ),
]


@pytest.mark.parametrize(("text", "sentence"), REFUSED)
def test_what_is_not_there_is_said_in_a_sentence(text: str, sentence: str) -> None:
    assert refused(text) == sentence


RAISING = [
    ("an error", "1 / 0", "ZeroDivisionError: division by zero"),
    ("an import of its own", "import no_such_module_here", "No module named 'no_such_module_here'"),
    ("a system's error", "open('no such file')", "FileNotFoundError"),
    ("its syntax", "def", "SyntaxError"),
]


@pytest.mark.parametrize(("code", "said"), [case[1:] for case in RAISING], ids=[case[0] for case in RAISING])
def test_what_a_program_raises_is_shown_with_its_traceback(
    code: str, said: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "raising_one.py").write_text(code)
    assert refused("raising_one:app") == "importing the module 'raising_one' failed, as said above"
    shown = capsys.readouterr().err
    assert re.search(r'File ".*raising_one.py", line 1', shown)
    assert said in shown


def test_a_program_may_end_itself(here: Path) -> None:
    (here / "ending_one.py").write_text("raise SystemExit(3)")
    with pytest.raises(SystemExit, match=r"^3$"):
        load_app("ending_one:app")


@pytest.mark.parametrize("text", ["", "app", ":app", "site:", "a b:c", "site:app:more", ".site:app", "1:2"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not written as module:name"):
        Reference.parse(text)


def test_folders_and_pages_are_paths(here: Path) -> None:
    (here / "page.html").touch()
    assert [is_path(text) for text in (".", "page.html", "other.html", "site:app", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize("text", ["chat.py", "chat.py:app"])
def test_a_program_is_no_page(text: str, here: Path) -> None:
    (here / "chat.py").touch()
    sentence = f"'{text}' is a program; name its application, as in chat:app"
    with pytest.raises(CommandError, match=f"^{re.escape(sentence)}$"):
        is_path(text)
