"""A trained model leaves the toolkit: one file for each target, named in the registry."""

from rnnkit.export.target import Model, Target

__all__ = ["Model", "Target"]
