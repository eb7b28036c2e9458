"""Several processes that train one model: which one this is, how they meet, and which rows of a
batch each of them reads. Nothing here knows a framework.
"""
