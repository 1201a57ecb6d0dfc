"""The site's server where it speaks TLS."""

from __future__ import annotations

import logging
from typing import Any

from gevent.pywsgi import WSGIServer
from gevent.ssl import SSLContext

logger = logging.getLogger("greennow")


class SecureServer(WSGIServer):
    """gevent's, to which a client that breaks the handshake off is no error.

    Browsers do so until somebody trusts the certificate, and scanners all day; gevent prints a traceback for
    each.
    """

    def __init__(self, *args: Any, ssl_context: SSLContext, **options: Any) -> None:
        super().__init__(*args, ssl_context=ssl_context, **options)
        #: The certificate, and how to shake hands.
        self._context = ssl_context

    def wrap_socket_and_handle(self, client_socket: Any, address: Any) -> None:
        """Shake hands, then answer requests; called by gevent for each connection."""
        # Whatever ends the handshake, the socket is closed.
        with self._context.wrap_socket(
            client_socket, server_side=True, do_handshake_on_connect=False
        ) as secure:
            try:
                secure.do_handshake()
            except OSError as error:
                logger.debug("no TLS handshake with %s: %s", address[0], error)
                return
            self.handle(secure, address)
