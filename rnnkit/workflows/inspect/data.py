"""An audit of the data of a config or a run."""

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
from rnnkit.workflows.inspect.audit_cache import cache_audit
from rnnkit.workflows.outputs import output_picture, write_output

SHOWN_ROWS = 5


def audit(config: str | Mapping[str, Any], overrides: Sequence[Override] = ()) -> Audit:
    """Audits the data of a config, or those that a run was trained on.

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
            source = Source(sample=run.uses_sample)
            return audit_of(task, task.prepare(source, task.load_codec(run)))
        task = load_task(path, overrides)
    else:
        task = load_task(config, overrides)
    _require_audit(task)
    return audit_of(task, task.prepare(Source()))


def _require_audit(task: Task) -> None:
    if type(task).audit is Task.audit:
        got = f"the task {task.kind()}, which does not define what to audit"
        raise RnnkitError("task", got, "Expected its class to have a method audit")


def audit_of(task: Task, data: Prepared) -> Audit:
    """Audits prepared data, and caches the result."""
    audited = task.audit(data, besides_embeddings(task.network(data.codec).architecture))
    cache_audit(task, data, audited)
    return audited


def exhibits(audited: Audit) -> list[Exhibit]:
    """The findings and facts of an audit as the section of a report."""
    findings = [
        [finding.severity, finding.what, finding.cure, ", ".join(finding.rows[:SHOWN_ROWS])]
        for finding in audited.findings
    ]
    header = ["severity", "finding", "what to do", "rows"]
    sections: list[Exhibit] = [Rows("", header, findings)] if findings else []
    if audited.facts:
        names = list(dict.fromkeys(name for facts in audited.facts.values() for name in facts))
        rows = [
            [part, *(facts.get(name, "") for name in names)]
            for part, facts in audited.facts.items()
        ]
        sections.append(Rows("Parts", ["part", *names], rows))
    return sections


def record(audited: Audit) -> dict[str, object]:
    """An audit as plain data, for JSON."""
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
    """Draws lengths, classes or series in a PNG file.

    Args:
        path: The file.
        audited: The audit.
        title: The config or run that the data belong to.
        flag: The option that names the file, for messages.
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
