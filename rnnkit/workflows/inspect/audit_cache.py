"""Audits in the cache, by config and data."""

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


def cached_audit(task: Task, data: Prepared) -> Audit | None:
    """The findings and facts of a cached audit; None if there is none."""
    cached = Cache.of_environment().get(_key(task, data))
    if cached is None:
        return None
    content = json.loads(cached["audit"].tobytes())
    findings = [Finding(**finding) for finding in content["findings"]]
    return Audit(findings, content["facts"], sampled=content["sampled"])


def cache_audit(task: Task, data: Prepared, audited: Audit) -> None:
    """Caches the findings and facts of an audit, unless JSON cannot represent them (of a user's own
    task).
    """
    content = {
        "findings": [asdict(finding) for finding in audited.findings],
        "facts": audited.facts,
        "sampled": list(audited.sampled),
    }
    try:
        written = json.dumps(content).encode()
    except (TypeError, UnicodeEncodeError):
        return
    Cache.of_environment().put(_key(task, data), {"audit": np.frombuffer(written, np.uint8)})


def _key(task: Task, data: Prepared) -> str:
    identity = f"{__version__} {data.fingerprint} {dump_config(task)}"
    return f"audit-{hashlib.sha256(identity.encode()).hexdigest()}"
