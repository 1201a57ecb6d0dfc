"""What is said of settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from greennow import Now
from greennow.commands.check import Finding, findings
from greennow.commands.chosen import Chosen

#: Options with which there is nothing to say of a server that everybody can reach.
SAFE: dict[str, Any] = {
    "authenticate": lambda environ: "ann",
    "client_write": ["name"],
    "max_clients": 1_000,
    "max_rate": 50,
    "trusted_proxies": ["127.0.0.1"],
}

FINDINGS: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    ("a demo on this machine", {}, {}, []),
    ("and it may be debugged", {"debug": True}, {"host": "localhost"}, []),
    ("all is said", SAFE, {"host": "0.0.0.0"}, []),
    (
        "nothing is said, and everybody can reach it",
        {},
        {"host": "0.0.0.0"},
        [
            "note: authenticate=None: everybody may connect, and call every function that they see",
            "note: client_write=True: clients may write any name of theirs; list those that are meant",
            "note: max_clients=None: any number of clients may connect; set what the machine carries",
            "note: max_rate=None: one client may keep the server busy; set what an honest one needs",
            "note: no certfile, no trusted_proxies: have a proxy in front that speaks https",
        ],
    ),
    (
        "debugged in public",
        {**SAFE, "debug": True},
        {"host": "::"},
        ["error: debug=True tells everybody who may call lines of the source: leave it out"],
    ),
    (
        "any page, with cookies",
        {**SAFE, "allowed_origins": "*", "session": dict},
        {"host": "::1"},
        [
            "error: allowed_origins='*' beside the option session lets any page act with its visitor's "
            "cookies: list the origins"
        ],
    ),
    (
        "any page, with who knows what",
        {**SAFE, "allowed_origins": "*"},
        {"host": "10.0.0.1"},
        ["note: allowed_origins='*': list the origins, unless authenticate looks at no cookies"],
    ),
    ("a certificate of its own", {**SAFE, "trusted_proxies": []}, {"host": "::", "certfile": "a.pem"}, []),
]


@pytest.mark.parametrize(("name", "options", "where", "lines"), FINDINGS, ids=[case[0] for case in FINDINGS])
def test_it_is_found(name: str, options: dict[str, Any], where: dict[str, Any], lines: list[str]) -> None:
    assert list(map(str, findings(Chosen(Now(**options), None, where)))) == lines


def test_a_key_that_all_can_read(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.touch()
    chosen = Chosen(Now(), None, {"certfile": "a.pem", "keyfile": str(key)})
    os.chmod(key, 0o644)
    assert list(findings(chosen)) == [
        Finding(True, f"every user of this machine can read the key {key}: chmod 600")
    ]
    os.chmod(key, 0o600)
    assert list(findings(chosen)) == []


def test_a_program_in_the_folder_that_is_served(tmp_path: Path) -> None:
    chosen = Chosen(Now(), str(tmp_path), {})
    assert list(findings(chosen)) == []
    source = tmp_path / "lib" / "server.py"
    source.parent.mkdir()
    source.touch()
    assert list(map(str, findings(chosen))) == [
        f"error: {source} lies in the folder that is served, to be read by everybody: move it"
    ]
