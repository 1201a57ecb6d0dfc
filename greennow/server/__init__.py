"""The gevent server: sockets, frames, HTTP routes, greenlets around the hub.

The only room, with ``testing`` and ``contrib``, that may import gevent.
"""
