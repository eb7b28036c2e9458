from __future__ import annotations

import pytest

from rnnkit.errors import RnnkitError
from rnnkit.ranks.place import Place
from rnnkit.workflows.processes.places import first_node, places_of


def test_all_processes_of_this_machine_share_a_free_port_that_no_other_reaches() -> None:
    first, second = places_of(2, None, None, 9)
    assert first.coordinator == second.coordinator
    assert first.address[0] == "127.0.0.1"
    assert [place.rank for place in (first, second)] == [0, 1]


def test_one_process_by_hand() -> None:
    assert places_of(3, 2, "node:29400", 9) == [Place(3, 2, "node:29400", 9)]
    with pytest.raises(RnnkitError, match="no --coordinator"):
        places_of(3, 2, None, 9)


def test_slurm_says_which_process_this_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SLURM_PROCID": "1",
        "SLURM_STEP_NUM_TASKS": "2",
        "SLURM_JOB_ID": "4097",
        "SLURM_STEP_NODELIST": "gpu[07-09,12],cpu1",
    }.items():
        monkeypatch.setenv(name, value)
    assert places_of(2, None, None, 9) == [Place(2, 1, "gpu07:61441", 9)]
    assert places_of(2, None, "head:29400", 9) == [Place(2, 1, "head:29400", 9)]
    with pytest.raises(RnnkitError, match="SLURM started 2 tasks"):
        places_of(4, None, None, 9)


def test_two_steps_of_a_job_meet_at_different_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_JOB_ID"):
        monkeypatch.setenv(name, "2")
    ports = set()
    for step in ("0", "1", "2"):
        monkeypatch.setenv("SLURM_STEP_ID", step)
        monkeypatch.setenv("SLURM_PROCID", "1")
        (place,) = places_of(2, None, None, 9)
        ports.add(place.coordinator)
    assert len(ports) == 3


@pytest.mark.parametrize(
    "variable", ["SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_JOB_ID", "SLURM_STEP_ID"]
)
@pytest.mark.parametrize("text", ["x", "", "1.5", "-2", "٢", "9" * 5000])
def test_a_variable_of_slurm_that_is_no_number_is_named(
    variable: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_PROCID", "0")
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "2")
    monkeypatch.setenv(variable, text)
    with pytest.raises(RnnkitError, match=f"^{variable}: found .* whole number, as srun"):
        places_of(2, None, None, 9)


def test_a_single_task_of_slurm_starts_its_processes_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLURM_PROCID", "0")
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "1")
    assert len(places_of(2, None, None, 9)) == 2


@pytest.mark.parametrize(
    ("nodes", "first"),
    [
        ("node001", "node001"),
        ("node001,host2", "node001"),
        ("node[001-015],host2", "node001"),
        ("rack1-[3,7]-ib", "rack1-3-ib"),
    ],
)
def test_first_node_of_slurms_list(nodes: str, first: str) -> None:
    assert first_node(nodes) == first
