"""What the environment and the file set, who wins, and how mistakes are said."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from greennow.commands.errors import CommandError
from greennow.commands.program import Reference
from greennow.commands.settings import SERVING, Setting, read_settings
from greennow.hub.options import Options


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(environ: dict[str, str], file: str | None = None) -> str:
    """The sentence that says what is wrong."""
    with pytest.raises(CommandError) as caught:
        read_settings(environ, file)
    return str(caught.value)


def values(environ: dict[str, str], file: str | None = None) -> dict[str, Any]:
    return {name: setting.value for name, setting in read_settings(environ, file).items()}


def test_nothing_is_set() -> None:
    assert read_settings({"PATH": "/bin", "GREEN": "1"}, None) == {}


def test_the_environment_sets_options_and_where_to_serve_what() -> None:
    assert read_settings({"GREENNOW_MAX_CLIENTS": "100", "GREENNOW_PORT": "0"}, None) == {
        "max_clients": Setting(100, "GREENNOW_MAX_CLIENTS"),
        "port": Setting(0, "GREENNOW_PORT"),
    }


def test_the_file_sets_them_too_and_says_in_which_line(here: Path) -> None:
    (here / "greennow.toml").write_text(
        '# the chat\napp = "chat:app"\nmax_clients = 100\n  "port"=0\n\n[client_options]\nmax_clients = 3\n'
    )
    assert read_settings({}, None) == {
        "app": Setting("chat:app", "greennow.toml, line 2, app"),
        "max_clients": Setting(100, "greennow.toml, line 3, max_clients"),
        "port": Setting(0, "greennow.toml, line 4, port"),
        "client_options": Setting({"max_clients": 3}, "greennow.toml, line 6, client_options"),
    }


def test_another_file_is_read_in_place_of_the_usual_one(here: Path) -> None:
    (here / "greennow.toml").write_text("max_clients = 100")
    (here / "other.toml").write_text("max_calls = 5")
    assert values({}, "other.toml") == {"max_calls": 5}


def test_the_environment_goes_over_the_file(here: Path) -> None:
    (here / "greennow.toml").write_text('max_clients = 100\nmax_calls = 5\nclient_write = "rules:check"')
    assert values({"GREENNOW_MAX_CLIENTS": "none"}, None) == {
        "max_clients": None,
        "max_calls": 5,
        "client_write": Reference("rules", "check"),
    }


WRONG_VARIABLES = [
    (
        "GREENNOW_MAX_CLIENT",
        "1",
        "GREENNOW_MAX_CLIENT in the environment: there is no such option; did you mean GREENNOW_MAX_CLIENTS",
    ),
    (
        "GREENNOW_max_clients",
        "1",
        "GREENNOW_max_clients in the environment: there is no such option; did you mean GREENNOW_MAX_CLIENTS",
    ),
    ("GREENNOW_MAX_CLIENTS", "many", "GREENNOW_MAX_CLIENTS: 'many' is not a whole number or none"),
    ("GREENNOW_MAX_CLIENTS", "-1", "GREENNOW_MAX_CLIENTS: option max_clients=-1 is below 0"),
    ("GREENNOW_PATH", "now", "GREENNOW_PATH: option path='now' is no path such as '/nowjs'"),
    ("GREENNOW_HOST", "", "GREENNOW_HOST: it is empty"),
    ("GREENNOW_PORT", "65536", "GREENNOW_PORT: a port is a number from 0 to 65535, not 65536"),
]


@pytest.mark.parametrize(("name", "value", "sentence"), WRONG_VARIABLES)
def test_a_wrong_variable_is_named(name: str, value: str, sentence: str) -> None:
    assert refused({name: value}).startswith(sentence)


WRONG_FILES = [
    (
        "\nmax_client = 1",
        "greennow.toml, line 2, max_client: there is no such option; did you mean max_clients",
    ),
    ("[x]\na = 1", "greennow.toml, line 1, x: there is no such option; there are: allowed_origins, app, "),
    ("max_clients = '1'", "greennow.toml, line 1, max_clients: '1' is not a whole number or none"),
    ("max_clients = -1", "greennow.toml, line 1, max_clients: option max_clients=-1 is below 0"),
    (
        "client_options.a = 1979-05-27",
        "greennow.toml, line 1, client_options: option client_options.a: date is",
    ),
    ("port = -1", "greennow.toml, line 1, port: a port is a number from 0 to 65535, not -1"),
    ("app = 1", "greennow.toml, line 1, app: 1 is not a text"),
    ("max_clients = ", "greennow.toml: Invalid value (at "),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG_FILES)
def test_what_is_wrong_in_the_file_is_said_with_its_line(text: str, sentence: str, here: Path) -> None:
    (here / "greennow.toml").write_text(text)
    assert refused({}).startswith(sentence)


def test_near_names_are_listed_the_nearest_first() -> None:
    sentence = refused({"GREENNOW_MAX_CALL": "1"})
    assert sentence.endswith(
        "did you mean GREENNOW_MAX_CALLS or GREENNOW_MAX_CALLBACKS or GREENNOW_MAX_CLIENTS?"
    )


def test_a_file_that_cannot_be_read_is_named(here: Path) -> None:
    assert refused({}, "other.toml") == "cannot read other.toml: No such file or directory"
    (here / "greennow.toml").write_bytes(b"\xff")
    assert refused({}).startswith("greennow.toml: 'utf-8' codec can't decode")


DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "command-line.md"
ROWS = re.findall(
    r"^\| (.+?) \| `(GREENNOW_\w+)=(.+?)` \| `(.+?)` \|$", DOCUMENT.read_text("utf-8"), re.MULTILINE
)


@pytest.mark.parametrize(
    ("variable", "text", "toml"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_the_documents_spell_a_setting_as_it_is_read(variable: str, text: str, toml: str, here: Path) -> None:
    (here / "greennow.toml").write_text(toml)
    in_file = values({}, None)
    assert in_file == values({variable: text}, "/dev/null")
    assert list(in_file) == [variable.removeprefix("GREENNOW_").lower()]


def test_the_documents_name_every_setting() -> None:
    options = {field.name for field in dataclasses.fields(Options)}
    assert {row[0].strip("`") for row in ROWS if row[0].startswith("`")} == {*SERVING, *options}


def test_a_function_is_imported_when_it_is_asked_for(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "rules_of_settings.py").write_text("def check(environ): return 7\nlimit = 3\n")
    monkeypatch.syspath_prepend(here)
    setting = Setting(Reference("rules_of_settings", "check"), "GREENNOW_AUTHENTICATE")
    assert setting.loaded()({}) == 7
    wrong = Setting(Reference("rules_of_settings", "limit"), "GREENNOW_AUTHENTICATE")
    sentence = "GREENNOW_AUTHENTICATE: rules_of_settings:limit is 3 and no function"
    with pytest.raises(CommandError, match=f"^{re.escape(sentence)}$"):
        wrong.loaded()
    missing = Setting(Reference("rules_of_settings", "chek"), "GREENNOW_AUTHENTICATE")
    with pytest.raises(
        CommandError, match=r"^GREENNOW_AUTHENTICATE: rules_of_settings:chek: there is no 'chek'"
    ):
        missing.loaded()
