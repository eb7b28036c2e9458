import time
from pathlib import Path

from rnnkit.run import RunFolder
from rnnkit.workflows.sweep.claims import MAX_KILLS, Claims


def test_take_gives_a_trial_to_one_process_at_a_time(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "trial-000")
    first, second = Claims(tmp_path), Claims(tmp_path)
    give_back = first.take(run)
    assert give_back is not None
    assert second.take(run) is None
    give_back()
    again = second.take(run)
    assert again is not None
    again()
    assert not list((tmp_path / "claims").glob("*.json"))


def test_problem_holds_for_the_call_that_saw_it(tmp_path: Path) -> None:
    """The next call tries a failed trial again, unless it would fail again."""
    Claims(tmp_path).fail("trial-000", "no such file", is_final=False)
    Claims(tmp_path).fail("trial-001", "the loss is nan", is_final=True)
    later = Claims(tmp_path)
    assert later.problem("trial-000") == ""
    assert later.problem("trial-001") == "the loss is nan"
    joined = Claims(tmp_path, later.earlier)  # another process of the same call
    time.sleep(0.001)
    later.fail("trial-000", "no such file", is_final=False)
    assert later.problem("trial-000") == joined.problem("trial-000") == "no such file"


def test_take_of_a_trial_that_kills_its_process_ends(tmp_path: Path) -> None:
    """A process that is killed leaves its note: too little memory would kill all in turn."""
    run, claims = RunFolder(tmp_path / "trial-000"), Claims(tmp_path)
    note = tmp_path / "claims/trial-000.json"
    for _ in range(MAX_KILLS + 1):
        give_back = claims.take(run)
        assert give_back is not None
        content = note.read_bytes()
        give_back()
        note.write_bytes(content)  # as a killed process leaves it
    assert claims.take(run) is None
    assert "killed" in claims.problem("trial-000")
    assert Claims(tmp_path).take(run) is not None


def test_take_counts_kills_since_the_newest_checkpoint(tmp_path: Path) -> None:
    """A machine that is taken away again and again still finishes."""
    run, claims = RunFolder(tmp_path / "trial-000"), Claims(tmp_path)
    note = tmp_path / "claims/trial-000.json"
    for step in range(2 * MAX_KILLS):
        (run.checkpoints / f"step-{step:09}").mkdir(parents=True)
        give_back = claims.take(run)
        assert give_back is not None
        content = note.read_bytes()
        give_back()
        note.write_bytes(content)
