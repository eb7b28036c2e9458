"""`rnnkit bench`: the same model, data and steps by rnnkit and by its peers, in turn.

A peer is one file below peers/, written as its users write it, and one line of the registry. It
runs in a process of its own, which waits while another one works.
"""
