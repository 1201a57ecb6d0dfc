"""The servers that are measured, each as its own documentation would have it, and all with the same functions.

``add`` adds two numbers; ``say`` tells all clients a text, so often in one turn of the loop; ``change`` tells
all of them the values of a variable, with a turn after each; ``bounce`` calls a function of the caller's, so
often one after another. A server's first line of output is its port.
"""
