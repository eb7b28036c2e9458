"""Looks inside a model, before or after training."""

from __future__ import annotations

from pathlib import Path

from rnnkit.architecture import Architecture
from rnnkit.config import find_config, load_config
from rnnkit.run import RunFolder, runs_folder


def load_architecture(name: str) -> Architecture:
    """The resolved list of layers of a run or a config.

    Args:
        name: A run's folder or name, a config's path, or the name of a shipped config.

    Raises:
        RnnkitError: If there is none, or it is not valid.
    """
    folder = next(
        (path for path in (Path(name), runs_folder() / name) if (path / "config.yaml").is_file()),
        None,
    )
    if folder is not None:
        run = RunFolder.open(str(folder))
        config = run.load_config()
        codec = config.load_codec(run)
    else:
        config = load_config(find_config(name))
        codec = config.load_data().codec
    architecture: Architecture = config.architecture(codec)
    return architecture
