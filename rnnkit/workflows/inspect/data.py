"""An audit of the data of a config or a run, before a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rnnkit.audit.audit import Audit
from rnnkit.config.overrides import Override
from rnnkit.errors import RnnkitError
from rnnkit.names import CONFIG, find_config
from rnnkit.report.exhibits import Exhibit, Rows
from rnnkit.run import RunFolder
from rnnkit.tasks.audits import besides_embeddings
from rnnkit.tasks.prepared import Prepared, Source
from rnnkit.tasks.task import Task, load_task
from rnnkit.workflows.inspect.kept_audit import keep_audit
from rnnkit.workflows.outputs import output_picture, write_output

SHOWN_ROWS = 5


def audit(config: str | Mapping[str, Any], overrides: Sequence[Override] = ()) -> Audit:
    """The audit of what a config trains on, or of what a run was trained on.

    Args:
        config: A run's folder or name, a config's path, the name of a shipped config, or a mapping.
        overrides: Assignments such as "data.max_length=200".

    Raises:
        RnnkitError: If there is none, it is not valid, or its data cannot be read.
    """
    if not isinstance(config, Mapping):
        path = find_config(config, prefers_run=True)
        if path.name == CONFIG and (run := RunFolder(path.parent)).is_trained:
            task = load_task(path, overrides, environment=False)
            _require_audit(task)
            if task.dataset is not None:
                task.dataset.found_in(run.path)
            source = Source(sample=run.uses_sample)
            return audit_of(task, task.prepare(source, task.load_codec(run)))
        task = load_task(path, overrides)
    else:
        task = load_task(config, overrides)
    _require_audit(task)
    return audit_of(task, task.prepare(Source()))


def _require_audit(task: Task) -> None:
    if type(task).audit is Task.audit:
        got = f"the task {task.kind()}, which does not say what of its data is looked at"
        raise RnnkitError("task", got, "Expected a method audit of its class")


def audit_of(task: Task, data: Prepared) -> Audit:
    """The audit of data that are prepared, such as those of a run's page."""
    audited = task.audit(data, besides_embeddings(task.network(data.codec).architecture))
    keep_audit(task, data, audited)
    return audited


def exhibits(audited: Audit) -> list[Exhibit]:
    """The audit as a section of a run's page: its findings, and what was measured."""
    findings = [
        [one.severity, one.what, one.cure, ", ".join(one.rows[:SHOWN_ROWS])]
        for one in audited.findings
    ]
    header = ["severity", "finding", "what to do", "rows"]
    shown: list[Exhibit] = [Rows("", header, findings)] if findings else []
    if audited.facts:
        names = list(dict.fromkeys(name for facts in audited.facts.values() for name in facts))
        rows = [
            [part, *(facts.get(name, "") for name in names)]
            for part, facts in audited.facts.items()
        ]
        shown.append(Rows("Parts", ["part", *names], rows))
    return shown


def record(audited: Audit) -> dict[str, object]:
    """The audit as JSON has it."""
    return {
        "verdict": audited.verdict,
        "findings": [asdict(finding) for finding in audited.findings],
        "parts": audited.facts,
        "classes": audited.classes,
        "sampled": list(audited.sampled),
    }


def write_picture(
    path: str, audited: Audit, title: str, flag: str = "--output", *, overwrite: bool = False
) -> None:
    """Draws lengths, classes or series, a PNG.

    Args:
        path: The file.
        audited: What was measured.
        title: Whose data they are.
        flag: What the user calls the file.
        overwrite: Whether it may be replaced.

    Raises:
        RnnkitError: If there is nothing to draw, or it cannot be written or replaced.
    """
    from rnnkit.report.audit import draw_audit

    target = output_picture(path, flag, overwrite)
    if not (audited.lengths or audited.classes or audited.series):
        raise RnnkitError(flag, "no lengths, labels or series to draw", "Expected some")
    drawn = draw_audit(
        audited.lengths,
        audited.unit,
        audited.classes,
        audited.series,
        f"{title}: {audited.verdict}",
    )
    write_output(target, drawn, flag)
