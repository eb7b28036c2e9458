"""The checks of scripts/gpu_check.py, in the order of what is most worth knowing.

A check is a function of whether it runs shortened, on a CPU, and of `tell(name, value)`, by which
it says each result as soon as it has it. What it cannot check it raises as NotCheckedError; what
is wrong, as AssertionError.
"""
