"""Reverse proxies that show a site under ``/app``."""

from __future__ import annotations

import os
import re
import shutil
import socket
import socketserver
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

#: What `docs/howto/nginx.md` says of a prefix, and what keeps nginx within one folder.
CONFIGURATION = """
daemon off;
error_log stderr error;
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location /app/ {{
            proxy_pass {url}/;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_set_header Host $http_host;
        }}
    }}
}}
"""


@contextmanager
def nginx(url: str, folder: Path) -> Iterator[str]:
    """nginx in front of the site; gives its address, prefix included."""
    assert NGINX is not None
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, port=port, url=url))
        # It takes over sockets that it inherits so, which is how it upgrades itself.
        process = subprocess.Popen(
            [NGINX, "-p", str(folder), "-c", "nginx.conf"],
            env={**os.environ, "NGINX": f"{listener.fileno()};"},
            pass_fds=[listener.fileno()],
        )
    try:
        yield f"http://127.0.0.1:{port}/app/"
    finally:
        process.terminate()
        process.wait()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = False
    #: Where the site is.
    target = ("", 0)


class _Passing(socketserver.BaseRequestHandler):
    """One request, its prefix taken away; then bytes, both ways, until either end closes."""

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = self.request.recv(1)
            if not byte:
                return
            head += byte
        head = re.sub(rb"^(\w+) /app/", rb"\1 /", head)
        if b"upgrade: websocket" not in head.lower():
            head = re.sub(rb"(?i)connection: keep-alive", b"Connection: close", head)
        assert isinstance(self.server, _Server)
        with socket.create_connection(self.server.target) as far:
            far.sendall(head)
            back = Thread(target=_pass_on, args=(far, self.request))
            back.start()
            _pass_on(self.request, far)
            back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def small(url: str, folder: Path) -> Iterator[str]:
    """A reverse proxy of a few lines in front of the site; gives its address, prefix included."""
    site = urlsplit(url)
    with _Server(("127.0.0.1", 0), _Passing) as server:
        server.target = (site.hostname or "", site.port or 0)
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/app/"
        server.shutdown()
        thread.join()
