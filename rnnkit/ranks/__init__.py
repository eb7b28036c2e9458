"""Several processes that train one model: the rank of this one, how they connect, and
which rows of a batch each of them reads. Independent of the framework.
"""
