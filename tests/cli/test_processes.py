from __future__ import annotations

import pytest

from tests.cli.invoke import invoke


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--num-processes", "2", "--backend", "tensorflow"], "Expected --backend jax"),
        (["--num-processes", "2", "--process-id", "2", "--coordinator", "a:1"], "from 0 to 1"),
        (["--num-processes", "2", "--process-id", "1"], "no --coordinator"),
        (["--num-processes", "2", "--process-id", "0", "--coordinator", "here"], "found 'here'"),
        (["--num-processes", "0"], "1<=x"),
        (["--process-id", "1"], "--process-id goes with --num-processes only"),
        (["--launcher", "ray"], "--launcher goes with --num-processes only"),
        (["--launcher", "ray", "--dry-run"], "--launcher goes with --num-processes only"),
        (["--start-timeout", "9", "--learning-rate-test"], "--start-timeout goes with"),
        (
            ["--num-processes", "2", "--launcher", "ray", "--coordinator", "a:1"],
            "--coordinator does not go with --launcher ray",
        ),
        (["--num-processes", "2", "train.epochz=1"], "Did you mean 'epochs'"),
        (["--num-processes", "2", "train.batch_size=auto"], "Expected a number"),
        (["--num-processes", "2", "--dry-run"], "--dry-run"),
        (["--num-processes", "4096", "train.batch_size=4096"], "of memory for the framework"),
    ],
)
def test_mistakes_are_said_before_any_process_is_started(words: list[str], said: str) -> None:
    backend = [] if "--backend" in words else ["--backend", "jax"]
    result = invoke("train", "fable", *words, *backend)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize(
    "words",
    [[], ["--process-id", "1", "--coordinator", "a:1"], ["--launcher", "ray"], None],
    ids=["local", "by hand", "ray", "slurm"],
)
def test_more_processes_than_rows_are_refused_however_they_are_started(
    words: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if words is None:
        monkeypatch.setenv("SLURM_PROCID", "0")
        monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "5")
    call = ["train", "fable", "train.batch_size=4", "--backend", "jax", "--num-processes", "5"]
    result = invoke(*call, *(words or []))
    assert result.exit_code == 2
    assert result.stderr.count("Error: ") == 1
    assert "5 processes, but a step has 4 rows" in result.stderr
