"""Tells the dashboard how this machine is, once a second.

Start it with ``DASHBOARD_TOKEN=s3cret python bot.py http://127.0.0.1:8080``.
"""

import argparse
import os
import socket
import time
from contextlib import suppress
from typing import Any

import psutil

from greennow.client import ConnectError, connect


class Meter:
    """Reads the machine's figures. Rates are those since the reading before, in bytes a second."""

    def __init__(self) -> None:
        psutil.cpu_percent(percpu=True)  # the first call of it tells nothing
        self.before = counters()

    def read(self) -> dict[str, Any]:
        """Return the figures of this moment."""
        before, self.before = self.before, counters()
        seconds = self.before["time"] - before["time"]
        rates = {name: (count - before[name]) / seconds for name, count in self.before.items()}
        memory = psutil.virtual_memory()
        return {
            "cpu": psutil.cpu_percent(percpu=True),
            "memory": {"used": memory.total - memory.available, "total": memory.total},
            "network": {"received": rates["received"], "sent": rates["sent"]},
            "disk": {"read": rates["read"], "written": rates["written"]},
            "load": psutil.getloadavg()[0],
            "temperature": temperature(),
        }


def counters() -> dict[str, float]:
    """Return what only ever grows. A machine may have no network or disk that is counted."""
    network, disk = psutil.net_io_counters(), psutil.disk_io_counters()
    return {
        "time": time.monotonic(),
        "received": network.bytes_recv if network else 0,
        "sent": network.bytes_sent if network else 0,
        "read": disk.read_bytes if disk else 0,
        "written": disk.write_bytes if disk else 0,
    }


def temperature() -> float | None:
    """Return the temperature of the hottest part, in degrees Celsius, if the machine tells any."""
    if not hasattr(psutil, "sensors_temperatures"):
        return None
    sensors = psutil.sensors_temperatures().values()
    return max((part.current for parts in sensors for part in parts), default=None)


def main(url: str, name: str, every: float, token: str) -> None:
    """Feeds the dashboard at this address until Ctrl-C."""
    try:
        client = connect(url, timeout=None, token=token)
    except ConnectError as error:
        raise SystemExit(f"bot.py: {error}") from None
    with client, suppress(KeyboardInterrupt):
        meter = Meter()
        while not client.wait(every):
            client.now.figures = {"machine": name, **meter.read()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--name", default=socket.gethostname(), help="what the machine is called")
    parser.add_argument("--every", type=float, default=1.0, help="seconds between readings")
    arguments = parser.parse_args()
    token = os.environ.get("DASHBOARD_TOKEN")
    if not token:
        parser.error("set DASHBOARD_TOKEN: the secret that the server was started with")
    main(arguments.url, arguments.name, arguments.every, token)
