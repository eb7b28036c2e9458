"""Is a config right? Specs and shape rules, without starting a framework unless asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rnnkit import backend
from rnnkit.config import find_config, load_config


def check(name: str, overrides: Sequence[str] = (), *, build: bool = False) -> tuple[str, Any]:
    """Checks a config.

    Args:
        name: A config's path, or the name of a shipped one.
        overrides: Assignments such as "train.epochs=3".
        build: Read the data and build the keras model too.

    Returns:
        The config's path and the checked config.

    Raises:
        RnnkitError: With every mistake, each with its file and line.
    """
    path = find_config(name)
    config = load_config(path, overrides)
    if build:
        architecture = config.architecture(config.load_data().codec)
        backend.select()
        from rnnkit.models.build import build_model

        build_model(architecture)
    return str(path), config
