"""The table of all runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rnnkit.api.arguments import checked
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
        in UTC), `bytes` of all its files, and `problem` if it cannot be read.

    Examples:
        >>> rk.runs().set_index("run").loc["fable", "task"]
        'language_model'
    """
    import pandas as pd

    now = time.time()
    rows = [
        (
            *(run.name, run.task, run.dataset, run.score),
            pd.Timestamp(now - run.age_seconds, unit="s", tz="UTC").floor("s"),
            *(run.size_bytes, run.problem),
        )
        for run in summarize_all()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
