"""Audits that were computed before, of the same config and data."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

import numpy as np

from rnnkit import __version__
from rnnkit.audit.audit import Audit
from rnnkit.audit.finding import Finding
from rnnkit.cache import Cache
from rnnkit.config import dump_config
from rnnkit.tasks.prepared import Prepared
from rnnkit.tasks.task import Task


def kept_audit(task: Task, data: Prepared) -> Audit | None:
    """The findings and facts of an audit that is kept; None if there is none."""
    kept = Cache.of_environment().get(_key(task, data))
    if kept is None:
        return None
    content = json.loads(kept["audit"].tobytes())
    findings = [Finding(**one) for one in content["findings"]]
    return Audit(findings, content["facts"], sampled=content["sampled"])


def keep_audit(task: Task, data: Prepared, audited: Audit) -> None:
    """Keeps the findings and facts of an audit; what JSON cannot say, of a user's own task, is
    not.
    """
    content = {
        "findings": [asdict(one) for one in audited.findings],
        "facts": audited.facts,
        "sampled": list(audited.sampled),
    }
    try:
        written = json.dumps(content).encode()
    except (TypeError, UnicodeEncodeError):
        return
    Cache.of_environment().put(_key(task, data), {"audit": np.frombuffer(written, np.uint8)})


def _key(task: Task, data: Prepared) -> str:
    asked = f"{__version__} {data.fingerprint} {dump_config(task)}"
    return f"audit-{hashlib.sha256(asked.encode()).hexdigest()}"
