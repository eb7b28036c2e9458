"""Keras' optimizers and their arguments.

Each spec carries the name of its keras class; a contract test compares fields and defaults with
keras itself.
"""
