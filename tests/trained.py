"""Small runs that several tests ask, each trained once in a process."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rnnkit.workflows.train import train

Trained = Callable[[str, pytest.TempPathFactory], Path]
Copied = Callable[[str, pytest.TempPathFactory, Path], Path]


def trained_once(writers: Mapping[str, Callable[[Path], None]]) -> tuple[Trained, Copied]:
    """Two functions: one gives the folder of a trained run, the other a copy of it.

    Args:
        writers: For each run's name, what writes NAME.yaml and its data into a folder.
    """
    found: dict[str, Path] = {}

    def trained(name: str, factory: pytest.TempPathFactory) -> Path:
        """The folder of a trained run, the same for every test; do not change it. Its data lie in
        the folder above.
        """
        if name not in found:
            folder = factory.mktemp(name)
            writers[name](folder)
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("RNNKIT_RUNS", str(folder))
                patch.setenv("RNNKIT_DATA", str(folder))
                found[name] = train(str(folder / f"{name}.yaml")).run.path
        return found[name]

    def copied(name: str, factory: pytest.TempPathFactory, runs: Path) -> Path:
        """A copy of such a run, in the runs folder; its data are not at hand."""
        return Path(
            shutil.copytree(
                trained(name, factory),
                runs / name,
                ignore=shutil.ignore_patterns("checkpoints", "tensorboard", "model.keras"),
            )
        )

    return trained, copied
