"""The server's half of the model: scopes, clients, groups, fan-out.

Rules of this room. No I/O, no greenlet, no thread: what has to be sent goes to a peer, what has to
wait is called back. Nothing imports gevent or a room below (``server``, ``client``).
"""
