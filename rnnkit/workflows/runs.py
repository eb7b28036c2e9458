"""Summaries of the runs in the runs folder, and the contents of a run."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnnkit.errors import RnnkitError
from rnnkit.names import find_run, list_runs
from rnnkit.registry import name_of
from rnnkit.run import RunFolder
from rnnkit.storage import read_json
from rnnkit.storage.schemas import Environment, Manifest, Scores
from rnnkit.tasks.task import task_of


@dataclass(frozen=True)
class RunSummary:
    """The summary of a run.

    Args:
        name: The name of its folder.
        task: Its task.
        dataset: Its data set.
        score: The monitored score of the best weights as text; else "not trained", "needs --code"
            or "damaged".
        age_seconds: The time since its weights (or its config) were written.
        size_bytes: The size of all its files.
        problem: Why it cannot be read; empty if it can.
    """

    name: str
    task: str
    dataset: str
    score: str
    age_seconds: float
    size_bytes: int
    problem: str = ""


def summarize(run: RunFolder) -> RunSummary:
    """Returns the summary of a run; a damaged run has one too, with its problem."""
    size = sum(_sizes(run.path).values())
    age = time.time() - (run.manifest if run.manifest.exists() else run.config).stat().st_mtime
    try:
        task = task_of(run)
        score = "not trained"
        if run.is_trained:
            best = run.load_manifest()["best"]
            score = (
                f"{best['monitor']} {best['value']:.4f}"
                if best["value"] is not None
                else "no complete epoch"
            )
        dataset = name_of("dataset", type(task.dataset))
        dataset += " (smoke sample)" if run.uses_sample else ""
        return RunSummary(run.path.name, task.kind(), dataset, score, age, size)
    except RnnkitError as error:
        state = "needs --code" if "--code" in str(error) else "damaged"
        return RunSummary(run.path.name, "", "", state, age, size, str(error).splitlines()[0])
    except (KeyError, TypeError, ValueError):
        return RunSummary(
            run.path.name, "", "", "damaged", age, size, f"{run.manifest}: damaged: no best score"
        )


def _sizes(folder: Path) -> dict[str, int]:
    """Returns the size of each file below a folder in bytes. A training may be writing and removing
    files meanwhile.
    """
    sizes = {}
    for parent, _, names in os.walk(folder):
        for path in (Path(parent, name) for name in names):
            with contextlib.suppress(OSError):
                sizes[str(path.relative_to(folder))] = path.stat().st_size
    return sizes


def summarize_all() -> list[RunSummary]:
    """Returns the summary of each run in the runs folder, newest first."""
    return [summarize(run) for run in list_runs()]


def describe(name: str) -> dict[str, Any]:
    """Returns the contents of a run folder: summary, files, manifest, scores and environment.

    Raises:
        RnnkitError: If there is no such run.
    """
    run = find_run(name)
    return {
        "summary": summarize(run),
        "files": {file: size for file, size in sorted(_sizes(run.path).items()) if file != ".lock"},
        "manifest": (
            {
                key: value
                for key, value in read_json(run.manifest, kind=Manifest).items()
                if key != "arrays"
            }
            if run.manifest.exists()
            else {}
        ),
        "metrics": read_json(run.metrics, kind=Scores) if run.metrics.exists() else {},
        "environment": read_json(
            run.environment, "rnnkit", "backend", "python", "started", kind=Environment
        ),
    }
