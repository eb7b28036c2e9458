"""The process of a peer ends with whoever asks it."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from rnnkit.bench.process import PeerProcess
from rnnkit.registry import lookup


@pytest.mark.skipif(sys.platform == "win32", reason="reads the signal that ended a process")
def test_a_peer_is_not_waited_for_after_a_signal(tmp_path: Path) -> None:
    """It imports a framework, for seconds, before it reads that nothing is asked any more."""
    with (
        pytest.raises(KeyboardInterrupt),
        PeerProcess("keras", lookup("peer", "keras", "--against")(), tmp_path) as peer,
    ):
        raise KeyboardInterrupt
    assert peer._process.returncode == -signal.SIGKILL
