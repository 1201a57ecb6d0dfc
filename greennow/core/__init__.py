"""What both ends share: the model without I/O, greenlets, threads or a clock.

Rules of this room. Nothing here opens, waits, sleeps, spawns or reads the time; nothing
imports gevent or a room below (``hub``, ``server``, ``client``). Names that come off the wire
index our own tables and nothing else.
"""
