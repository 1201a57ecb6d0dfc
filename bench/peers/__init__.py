"""The servers that are measured, each as its own documentation has it, all with the same functions.

``add`` adds two numbers; ``say`` tells all clients a text, so often in one turn of the loop; ``change`` tells
all of them the values of a variable, with a turn after each; ``bounce`` calls a function of the caller's, so
often one after another. A server is started with the key of a scenario, and first prints its port.
"""
