"""`greennow check`, as it is run at a command line."""

from __future__ import annotations

from pathlib import Path

from .commands import ran

PROGRAM = """
import greennow

app = greennow.wsgi(debug=True)

if __name__ == "__main__":
    greennow.serve(app)
"""


def test_it_tells_what_is_unsafe_and_serves_nothing(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    assert ran("check", "program:app", cwd=tmp_path) == (0, "nothing found\n", "")
    (tmp_path / "greennow.toml").write_text('host = "0.0.0.0"\nmax_rate = 50\nmax_clients = 100\n')
    status, output, errors = ran("check", "program:app", cwd=tmp_path)
    assert (status, errors) == (1, "")
    assert output.splitlines() == [
        "error: debug=True tells everybody who may call lines of the source: leave it out",
        "note: authenticate=None: everybody may connect, and call every function that they see",
        "note: client_write=True: clients may write any name of theirs; list those that are meant",
        "note: no certfile, no trusted_proxies: have a proxy in front that speaks https",
    ]
    assert ran("check", "program:other", cwd=tmp_path)[0] == 1
