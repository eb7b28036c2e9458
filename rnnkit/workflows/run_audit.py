"""The audit of a run's data on its page: computed where that takes no time, else as it was kept
when it was asked for.
"""

from __future__ import annotations

import numpy as np

from rnnkit.report.page import Section
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Prepared
from rnnkit.tasks.task import Task
from rnnkit.workflows.inspect.audit_cache import cached_audit
from rnnkit.workflows.inspect.data import audit_of, exhibits

QUICK = 1_000_000  # numbers of a training set, up to which an audit takes no second
TITLE = "Data"


def audit_section(run: RunFolder, task: Task, data: Prepared) -> Section:
    """What the audit of a run's data found.

    Args:
        run: The run.
        task: Its config.
        data: Its data.
    """
    audited = cached_audit(task, data)
    if audited is None and _size(data) <= QUICK:
        audited = audit_of(task, data)
    if audited is None:
        why = f"Not audited: rnnkit inspect data {run} does it, and a new report then shows it."
        return Section(TITLE, [], [why])
    return Section(TITLE, exhibits(audited), [audited.verdict, *audited.sampled])


def _size(data: Prepared) -> int:
    train = data.parts.get("train")
    return 0 if train is None else sum(int(np.size(array)) for array in train.arrays())
