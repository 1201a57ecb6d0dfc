"""``python -m tests.autobahn``: greennow's frames, judged by Autobahn|Testsuite; ``--record`` keeps that.

The first time it installs the suite in ``.autobahn``, which takes a minute; a run takes half of one.
"""

from __future__ import annotations

import logging
import platform
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import gevent

from greennow.version import __version__

from . import suite
from .server import EchoServer

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / ".autobahn"
RECORD = ROOT / "docs" / "reference" / "autobahn.md"

#: The largest message of the suite's cases, in bytes.
MAX_MESSAGE = 16 * 1024 * 1024

#: What each group of cases is about.
SUBJECTS = {
    "1": "messages, text and binary, of all lengths",
    "2": "pings and pongs",
    "3": "reserved bits",
    "4": "reserved opcodes",
    "5": "fragments, and control frames between them",
    "6": "UTF-8",
    "7": "the closing handshake, codes and reasons",
    "9": "large messages, up to 16 MiB, and many fragments",
    "10": "fragments of what is sent as one message",
}

_ABOUT = """\
# Autobahn|Testsuite

What [Autobahn|Testsuite](https://github.com/crossbario/autobahn-testsuite), the conformance suite of
WebSocket, says of greennow's server. Its fuzzing client talks to an endpoint made of greennow's own links and
frames that sends every message back (`tests/autobahn/server.py`); so texts are tried too, which greennow's
protocol refuses. The Python client's frames are tried by `tests/unit/client/test_websocket.py`.

A case is good if the suite calls what happened OK, NON-STRICT or INFORMATIONAL, and how it closed OK or
INFORMATIONAL. The groups 12 and 13 are about compression, which greennow
[does not speak](protocol.md#the-link).

```text
python -m tests.autobahn
```

installs the suite, runs it, and fails if a case is not good or missing; with `--record` it writes this page.
It needs CPython 2.7, for which the suite is written, and a C compiler.

"""


def main(arguments: list[str]) -> int:
    """Run the suite; return 1 if a case failed, 2 if nothing could be run."""
    try:
        verdicts = judged()
    except suite.CannotRun as error:
        sys.stderr.write(f"{error}\n")
        return 2
    table = "".join(rows(verdicts))
    sys.stdout.write(table)
    wrong = list(suite.faults(verdicts))
    if "--record" in arguments:
        RECORD.write_text(f"{_ABOUT}{table}\n{conditions()}", "utf-8")
    for fault in wrong:
        sys.stderr.write(f"{fault}\n")
    return 1 if wrong else 0


def judged() -> list[suite.Verdict]:
    """Serve the endpoint, and return what the suite says of it."""
    command = suite.set_up(FOLDER)
    logging.getLogger("greennow").setLevel(logging.ERROR)  # each bad frame is a warning
    server = EchoServer(MAX_MESSAGE)
    server.start()
    try:
        return suite.run(command, f"ws://127.0.0.1:{server.server_port}", FOLDER)
    finally:
        server.stop()


def rows(verdicts: list[suite.Verdict]) -> Iterator[str]:
    """Yield the table's lines, a group each."""
    yield "| group | about | cases | verdicts |\n| --- | --- | ---: | --- |\n"
    for group, subject in SUBJECTS.items():
        said = Counter(verdict.words for verdict in verdicts if verdict.group == group)
        counts = ", ".join(f"{count} {words}" for words, count in said.most_common())
        yield f"| {group} | {subject} | {said.total()} | {counts} |\n"
    yield f"| all | | {len(verdicts)} | {sum(verdict.is_good for verdict in verdicts)} good |\n"


def conditions() -> str:
    """Say with what the table was made."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return (
        f"Autobahn|Testsuite {suite.VERSION}, greennow {__version__}, {python}, gevent {gevent.__version__},"
        f" {platform.system()} {platform.machine()}.\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
