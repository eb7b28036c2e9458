"""`rnnkit bench`: compares the speed of rnnkit and of its peers on the same model, data and steps.

A peer is one file below peers/, written as users of that library would write it, and one line of
the registry. It runs in a process of its own, which is idle while another contender works.
"""
