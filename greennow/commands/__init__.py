"""The commands of the command line: each a module with ``run``, imported when it is asked for.

So ``greennow call`` loads no gevent, and ``greennow serve`` nothing that gevent would have to patch first.
"""
