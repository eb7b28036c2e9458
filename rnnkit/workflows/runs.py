"""What runs there are, and what one of them holds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from rnnkit.errors import RnnkitError
from rnnkit.registry import name_of
from rnnkit.run import RunFolder, list_runs, read_json


@dataclass(frozen=True)
class RunSummary:
    """A run in one line.

    Args:
        name: Its folder's name.
        task: Its task.
        dataset: Its data set.
        score: The monitored score of the best weights, in words; "not trained" without weights, "needs --code" or "damaged".
        age_seconds: Since its weights (or its config) were written.
        size_bytes: Of all its files.
        problem: Why it cannot be read, where it cannot.
    """

    name: str
    task: str
    dataset: str
    score: str
    age_seconds: float
    size_bytes: int
    problem: str = ""


def summarize(run: RunFolder) -> RunSummary:
    """A run in one line; a damaged one says so instead of failing."""
    size = sum(path.stat().st_size for path in run.path.rglob("*") if path.is_file())
    age = time.time() - (run.manifest if run.manifest.exists() else run.config).stat().st_mtime
    try:
        config = run.load_config()
        score = "not trained"
        if run.is_trained:
            best = run.load_manifest()["best"]
            score = f"{best['monitor']} {best['value']:.4f}" if best["value"] is not None else "no whole epoch"
        return RunSummary(run.path.name, config.name(), name_of("dataset", type(config.data.dataset)), score, age, size)
    except RnnkitError as error:
        state = "needs --code" if "--code" in str(error) else "damaged"
        return RunSummary(run.path.name, "", "", state, age, size, str(error).splitlines()[0])
    except KeyError as error:
        return RunSummary(run.path.name, "", "", "damaged", age, size, f"{run.manifest}: no key {error}")


def summarize_all() -> list[RunSummary]:
    """Every run of the runs folder, newest first."""
    return [summarize(run) for run in list_runs()]


def describe(name: str) -> dict[str, Any]:
    """Everything that a run folder says about itself: summary, files, scores, environment.

    Raises:
        RnnkitError: If there is no such run.
    """
    run = RunFolder.open(name)
    return {
        "summary": summarize(run),
        "files": {
            str(path.relative_to(run.path)): path.stat().st_size for path in sorted(run.path.rglob("*")) if path.is_file() and path.name != ".lock"
        },
        "manifest": {key: value for key, value in read_json(run.manifest).items() if key != "arrays"} if run.manifest.exists() else {},
        "metrics": read_json(run.metrics) if run.metrics.exists() else {},
        "environment": read_json(run.environment, "rnnkit", "backend", "python", "started"),
    }
