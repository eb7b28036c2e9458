"""Several runs: all that there are, and some side by side."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rnnkit.api.arguments import checked, run_name
from rnnkit.api.functions import RunName, load_run
from rnnkit.api.run import Run
from rnnkit.config.mistakes import shown
from rnnkit.errors import RnnkitError
from rnnkit.progress import log
from rnnkit.workflows.runs import summarize_all

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("run", "task", "data", "best", "written", "bytes", "problem")


@checked
def runs() -> pd.DataFrame:
    """The runs of the runs folder (`RNNKIT_RUNS`, or `runs` below the current folder), newest
    first.

    Returns:
        `run` (its name), `task`, `data`, `best` (the monitored score, in words), `written` (a time
        in UTC), `bytes` of all its files, and `problem` where it cannot be read.

    Examples:
        >>> rk.runs().set_index("run").loc["fable", "task"]
        'language_model'
    """
    import pandas as pd

    now = time.time()
    rows = [
        (
            *(one.name, one.task, one.dataset, one.score),
            pd.Timestamp(now - one.age_seconds, unit="s", tz="UTC").floor("s"),
            *(one.size_bytes, one.problem),
        )
        for one in summarize_all()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


@checked
def compare(names: Iterable[RunName]) -> pd.DataFrame:
    """The scores of several runs side by side.

    Args:
        names: Runs: their names, their folders, or what `rnnkit.load_run` gives.

    Returns:
        A column for each run. The rows are the scores that were measured so far, by part and
        metric, below ("training", "parameters"), ("training", "epochs") and ("training",
        "seconds"). Scores of different data are not comparable, which a warning says.

    Examples:
        >>> rk.compare(["fable", run]).loc[("train", "accuracy")].tolist()
        [0.99, 0.99]

    Raises:
        RnnkitError: If there is no such run, or none is named.
    """
    import pandas as pd

    is_list = isinstance(names, Iterable) and not isinstance(names, str)
    each = list(names) if is_list else []
    if not each or not all(isinstance(one, str | os.PathLike | Run) for one in each):
        raise RnnkitError("names", f"found {shown(names)}", "Expected a list of runs")
    opened = [one if isinstance(one, Run) else load_run(run_name(one)) for one in each]
    data = {str(one.folder.load_manifest().get("data")) for one in opened}
    if len(data) > 1:
        log.warning("the runs were trained on different data: their scores are not comparable")
    columns = [pd.Series(_facts(one), name=one.path.name) for one in opened]
    return pd.concat(columns, axis=1).rename_axis(["part", "metric"])


def _facts(run: Run) -> dict[tuple[str, str], Any]:
    history = run.history
    layers = run.trained.architecture.all_layers
    facts: dict[tuple[str, str], Any] = {
        ("training", "parameters"): float(sum(layer.parameters or 0 for layer in layers)),
        ("training", "epochs"): float(len(history)),
        ("training", "seconds"): float(history.seconds.sum()),
    }
    scores = run.metrics
    keys = zip(scores.part, scores.metric, strict=True)
    return facts | dict(zip(keys, scores.value, strict=True))
