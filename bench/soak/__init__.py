"""A soak: clients of both kinds call both ways and write, while their lines are cut at random.

`clients` and ``clients.mjs`` are the clients, `server` is the server, `cutting` is the network between
them, each in processes of their own; `run` starts them, watches, and compares what the ends say in the end.
"""
