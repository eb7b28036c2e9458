"""Exports of trained models: one file for each target, which the registry names."""

from rnnkit.export.target import Model, Target

__all__ = ["Model", "Target"]
