"""A process that waits, in code that hears nothing, for one that is gone."""

from __future__ import annotations

import threading

import pytest

from rnnkit.ranks.meeting import Meeting
from rnnkit.workflows.processes import member as module
from rnnkit.workflows.processes.member import ending_after
from tests.helpers.meetings import meet, places


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.2)


def test_it_ends_and_names_the_other() -> None:
    ends: list[str] = []

    def wait(meeting: Meeting) -> bool:
        if meeting.rank == 2:
            return True
        ended = threading.Event()

        def end(lost: str) -> None:
            ends.append(lost)
            ended.set()

        with ending_after(meeting, end):
            return ended.wait(20)

    assert meet(places(3), wait) == [True] * 3
    assert ends[0] == "process 2 of 3 is gone"


def test_it_does_not_where_all_went_on_alone() -> None:
    """Nor takes anything of what another one says."""
    ends: list[str] = []

    def leave(meeting: Meeting) -> list[str]:
        with ending_after(meeting, ends.append):
            threading.Event().wait(0.2)
            said = meeting.exchange(f"{meeting.rank}")
            meeting.close()
            threading.Event().wait(0.5)
            return said

    assert meet(places(2), leave) == [["0", "1"]] * 2
    assert ends == []
