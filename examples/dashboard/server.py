"""A dashboard: bots on machines tell their figures, pages show those of all machines.

Start it with ``DASHBOARD_TOKEN=s3cret python server.py``. Bots show the same token.
"""

import argparse
import hmac
import os
import time
from pathlib import Path
from typing import Any

import greennow
from greennow import Refused, everyone, this

PAGE = Path(__file__).parent / "page"

#: How many of each machine's latest figures are kept for pages that come late.
HISTORY = 300

#: How long a machine is remembered that tells nothing any more, in seconds.
MEMORY = 300

TOKEN = os.environ.get("DASHBOARD_TOKEN", "")

everyone.now.machines = {}  # by name: whether they are online, and their latest figures

#: Which client feeds which machine's figures, by name.
feeders: dict[str, str] = {}

#: When machines went offline, by name.
gone: dict[str, float] = {}


def authenticate(environ: dict[str, Any]) -> str | None:
    """Who shows the token is a bot, who shows none a page. A wrong one is refused."""
    token = environ["greennow.token"]
    if token is None:
        return "page"
    return "bot" if hmac.compare_digest(token.encode(), TOKEN.encode()) else None


def client_write(path: tuple[str | int, ...], value: Any) -> bool:
    """Bots may write their figures, which name the machine, and nobody any other data."""
    if this.user.identity != "bot" or path != ("figures",):
        return False
    name = value.get("machine") if isinstance(value, dict) else None
    if not isinstance(name, str) or not 0 < len(name) <= 40:
        raise Refused("figures name their machine, in 1 to 40 characters")
    return True


@greennow.on("change")
def relay(path: tuple[str | int, ...], figures: Any) -> None:
    """Passes a bot's figures on: to the pages that are here, and to those that will come."""
    if path == ("figures",):
        add(**figures)
        forget_old()


def add(machine: str, **figures: Any) -> None:
    """Adds a machine's newest figures to its history."""
    machines = everyone.now.machines
    if machine not in machines:
        machines[machine] = {"online": True, "history": []}
    if machine not in feeders:
        machines[machine].online = True
    feeders[machine] = this.client_id
    gone.pop(machine, None)
    history = machines[machine].history
    history.append({**figures, "at": time.time()})
    if len(history) > HISTORY:
        del history[:-HISTORY]


@greennow.on("lost")
@greennow.on("disconnect")
def miss(client_id: str) -> None:
    """Tells that a machine is offline, as soon as its bot's line breaks."""
    for name in [name for name, feeder in feeders.items() if feeder == client_id]:
        del feeders[name]
        gone[name] = time.monotonic()
        everyone.now.machines[name].online = False


def forget_old() -> None:
    """Forgets machines that have been offline for long."""
    for name, since in list(gone.items()):
        if time.monotonic() - since > MEMORY:
            del gone[name]
            del everyone.now.machines[name]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    port = parser.parse_args().port
    if not TOKEN:
        parser.error("set DASHBOARD_TOKEN: the secret that bots have to show")
    greennow.serve(PAGE, port=port, authenticate=authenticate, client_write=client_write)
