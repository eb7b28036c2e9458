"""The data audit in the report of a run: computed if that is quick, else taken from the cache of
`rnnkit inspect data`.
"""

from __future__ import annotations

import numpy as np

from rnnkit.report.page import Section
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Prepared
from rnnkit.tasks.task import Task
from rnnkit.workflows.inspect.audit_cache import cached_audit
from rnnkit.workflows.inspect.data import audit_of, exhibits

QUICK = 1_000_000  # the largest training set, in numbers, that is audited in less than a second
TITLE = "Data"


def audit_section(run: RunFolder, task: Task, data: Prepared) -> Section:
    """Returns the section with the results of the audit of a run's data.

    Args:
        run: The run.
        task: Its config.
        data: Its data.
    """
    audit = cached_audit(task, data)
    if audit is None and _size(data) <= QUICK:
        audit = audit_of(task, data)
    if audit is None:
        remark = f"Not audited: a new report shows the audit after rnnkit inspect data {run}."
        return Section(TITLE, [], [remark])
    return Section(TITLE, exhibits(audit), [audit.verdict, *audit.sampled])


def _size(data: Prepared) -> int:
    train = data.parts.get("train")
    return 0 if train is None else sum(int(np.size(array)) for array in train.arrays())
