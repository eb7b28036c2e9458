"""What checks say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parent.parent.parent
RUNNER = REPO / "scripts" / "gpu_check.py"
LIMIT = "GPU_CHECK_SECONDS"
"""The variable with the seconds that a check has, from its process' start."""

Tell = Callable[[str, Any], None]
Check = Callable[[bool, Tell], None]


class NotCheckedError(Exception):
    """Something that this machine lacks."""


def each(works: Mapping[str, Callable[[], Any]], tell: Tell) -> dict[str, Any]:
    """Does one after the other, and says each result; what fails takes nothing from the others.

    Raises:
        AssertionError: If one failed, when all are done.
    """
    found, failed = {}, []
    for name, work in works.items():
        try:
            found[name] = work()
            tell(name, found[name])
        except Exception as error:  # of the device, or of a library that it needs
            failed.append(name)
            tell(name, {"failed": f"{type(error).__name__}: {error}"[:1000]})
    assert not failed, f"failed: {', '.join(failed)}"
    return found


def in_own_process(cpu: bool, **environment: str) -> dict[str, Any]:
    """One short training (`trainings.once`) in a process with further variables.

    Args:
        cpu: Whether it is a small one.
        environment: The variables; `XLA_FLAGS` adds to those that there are.
    """
    own = dict(os.environ)
    flags = f"{own.get('XLA_FLAGS', '')} {environment.pop('XLA_FLAGS', '')}".strip()
    command = [sys.executable, str(RUNNER), "--check", "once", *(["--cpu"] if cpu else [])]
    done = subprocess.run(
        command,
        env={**own, "XLA_FLAGS": flags, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"a training of its own failed: {done.stderr[-1500:]}")
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer
