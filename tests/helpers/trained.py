"""Small runs that several tests ask, each trained once for all processes of a test run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from filelock import FileLock

from rnnkit.run import RunFolder
from rnnkit.workflows.train import train

Trained = Callable[[str, pytest.TempPathFactory], Path]
Copied = Callable[[str, pytest.TempPathFactory, Path], Path]


def shared_run(
    name: str, factory: pytest.TempPathFactory, write: Callable[[Path], None] | None = None
) -> Path:
    """The folder of a trained run, the same for every test of a process; do not change it.

    Args:
        name: Of the run, and of its config.
        factory: Knows the temporary folder of this test run.
        write: Writes NAME.yaml and its data into a folder, that above the run; where None, the
            config is a shipped one.
    """
    root = own = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = own.parent  # that of all workers
    folder = root / "trained" / name
    folder.parent.mkdir(exist_ok=True)
    run = RunFolder(folder / name)
    if root != own and (own / "trained" / name).is_dir():
        return own / "trained" / name / name
    with FileLock(f"{folder}.lock"), pytest.MonkeyPatch.context() as patch:
        if not run.is_trained:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            patch.setenv("RNNKIT_RUNS", str(folder))
            patch.setenv("RNNKIT_DATA", str(folder))
            if write is not None:
                write(folder)
            config = name if write is None else str(folder / f"{name}.yaml")
            assert train(config).run.path == run.path
        if root != own:  # no process sees what another one does to a run
            shutil.copytree(folder, own / "trained" / name)
    return own / "trained" / name / name


def trained_once(writers: Mapping[str, Callable[[Path], None]]) -> tuple[Trained, Copied]:
    """Two functions: one gives the folder of a trained run, the other a copy of it.

    Args:
        writers: For each run's name, what writes NAME.yaml and its data into a folder.
    """

    def trained(name: str, factory: pytest.TempPathFactory) -> Path:
        """The folder of a trained run; its data lie in the folder above."""
        return shared_run(name, factory, writers[name])

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
