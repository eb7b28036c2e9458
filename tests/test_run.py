"""The run folder: never overwritten, never half written, never trusted."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rnnkit.errors import USER_MISTAKE, RnnkitError
from rnnkit.run import FORMAT, RunFolder, runs_folder
from rnnkit.storage import read_json

CONFIG = (
    "task: {language_model: {window: 3}}\ndata: {dataset: fable}\nmodel: {embedding: 8, layers:"
    " [{lstm: 8}]}\n"
)
WEIGHTS = {
    "dense/kernel": np.arange(6, dtype=np.float32).reshape(2, 3),
    "dense/bias": np.array([0.1, -0.0, 1e-45], np.float32),
}
SHAPES = {"dense/kernel": (2, 3), "dense/bias": (3,)}


def trained(name: str, task: str = "language_model") -> RunFolder:
    run = RunFolder.create(name, CONFIG)
    run.save_weights(
        WEIGHTS, {"task": task, "best": {"epoch": 3, "monitor": "loss", "value": 0.5}, "steps": 30}
    )
    return run


# Folders


def test_create_never_overwrites_a_run(runs: Path) -> None:
    made = [RunFolder.create("fable", f"config {number}\n") for number in range(3)]
    assert [run.path for run in made] == [runs / "fable", runs / "fable-2", runs / "fable-3"]
    assert [run.config.read_text(encoding="utf-8") for run in made] == [
        "config 0\n",
        "config 1\n",
        "config 2\n",
    ]


def test_create_never_overwrites_a_file(runs: Path) -> None:
    runs.mkdir()
    (runs / "fable").write_text("mine", encoding="utf-8")
    assert RunFolder.create("fable", CONFIG).path == runs / "fable-2"
    assert (runs / "fable").read_text(encoding="utf-8") == "mine"


def test_create_takes_a_free_number_between_runs(runs: Path) -> None:
    (runs / "fable").mkdir(parents=True)
    (runs / "fable-3").mkdir()
    assert RunFolder.create("fable", CONFIG).path == runs / "fable-2"
    assert RunFolder.create("fable", CONFIG).path == runs / "fable-4"


def test_create_in_two_processes_gives_distinct_folders(runs: Path) -> None:
    script = """
        import sys
        from rnnkit.run import RunFolder

        sys.stdin.readline()
        for number in range(25):
            print(RunFolder.create("fable", sys.argv[1]).path)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    processes = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in "ab"
    ]
    for process in processes:  # both have started: now they race
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    made = {
        name: process.communicate(timeout=60)[0].split()
        for name, process in zip("ab", processes, strict=True)
    }
    assert [process.returncode for process in processes] == [0, 0]
    everyone = made["a"] + made["b"]
    assert sorted(everyone) == sorted(
        str(runs / ("fable" if number == 1 else f"fable-{number}")) for number in range(1, 51)
    )
    for name, folders in made.items():
        assert {
            (Path(folder) / "config.yaml").read_text(encoding="utf-8") for folder in folders
        } == {name}


def test_runs_folder_is_that_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNKIT_RUNS", str(tmp_path / "a" / "b"))
    with pytest.raises(RnnkitError, match="in one that exists"):  # such as a disk not there
        RunFolder.create("x", CONFIG)
    (tmp_path / "a").mkdir()
    assert RunFolder.create("x", CONFIG).path == tmp_path / "a" / "b" / "x"
    monkeypatch.delenv("RNNKIT_RUNS")
    assert runs_folder() == Path("runs")


def test_create_reports_a_folder_that_cannot_be_created(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("RNNKIT_RUNS", str(tmp_path / "file"))
    with pytest.raises(RnnkitError, match=r"file: cannot create.*RNNKIT_RUNS"):
        RunFolder.create("x", CONFIG)


# Weights


def test_load_weights_bit_for_bit() -> None:
    run = trained("fable")
    loaded = run.load_weights(SHAPES)
    assert {name: array.tobytes() for name, array in loaded.items()} == {
        name: array.tobytes() for name, array in WEIGHTS.items()
    }
    with np.load(run.weights, allow_pickle=False) as archive:
        assert sorted(archive.files) == sorted(WEIGHTS)
        np.testing.assert_array_equal(archive["dense/kernel"], WEIGHTS["dense/kernel"])


def test_save_weights_describes_them_in_the_manifest() -> None:
    run = trained("fable")
    manifest = read_json(run.manifest)
    assert manifest == {
        "format": FORMAT,
        "sha256": hashlib.sha256(run.weights.read_bytes()).hexdigest(),
        "arrays": {
            "dense/kernel": {"shape": [2, 3], "dtype": "float32"},
            "dense/bias": {"shape": [3], "dtype": "float32"},
        },
        "task": "language_model",
        "best": {"epoch": 3, "monitor": "loss", "value": 0.5},
        "steps": 30,
    }
    # a public contract: who changes the folder's layout changes this number and README
    assert FORMAT == 1


@pytest.mark.parametrize("position", [0.0, 0.3, 0.6, 1.0])
def test_load_weights_detects_a_flipped_bit(position: float) -> None:
    run = trained("fable")
    content = bytearray(run.weights.read_bytes())
    content[int(position * (len(content) - 1))] ^= 0x10
    run.weights.write_bytes(content)
    with pytest.raises(
        RnnkitError,
        match=r"weights.npz: damaged.*checksum.*--resume",
    ):
        run.load_weights(SHAPES)


def save_arrays(run: RunFolder, **arrays: np.ndarray) -> None:
    run.save_weights(
        {name.replace("__", "/"): array for name, array in arrays.items()},
        {"task": "language_model", "best": {}},
    )


KERNEL, BIAS = WEIGHTS["dense/kernel"], WEIGHTS["dense/bias"]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"dense__kernel": KERNEL}, "no array 'dense/bias'"),
        ({"dense__kernel": KERNEL, "dense__Bias": BIAS}, "dense/[Bb]ias"),
        (
            {"dense__kernel": KERNEL, "dense__bias": BIAS, "dense_2__bias": BIAS},
            "'dense_2/bias'",
        ),
        (
            {"dense__kernel": KERNEL.T, "dense__bias": BIAS},
            r"dense/kernel.*float32\[3, 2\].*float32\[2, 3\]",
        ),
        ({"dense__kernel": KERNEL.ravel(), "dense__bias": BIAS}, r"dense/kernel.*float32\[6\]"),
        (
            {"dense__kernel": KERNEL.astype(np.float64), "dense__bias": BIAS},
            r"dense/kernel.*float64",
        ),
        (
            {"dense__kernel": KERNEL.astype(np.int32), "dense__bias": BIAS},
            r"dense/kernel.*int32",
        ),
        (
            {"dense__kernel": KERNEL.astype(">f4"), "dense__bias": BIAS},
            r"dense/kernel.*>f4",
        ),
        (
            {"dense__kernel": KERNEL * np.float32(np.nan), "dense__bias": BIAS},
            "dense/kernel.*finite",
        ),
        (
            {"dense__kernel": KERNEL, "dense__bias": np.array([0, np.inf, 0], np.float32)},
            "dense/bias.*finite",
        ),
    ],
)
def test_load_weights_refuses_those_of_another_config(
    arrays: dict[str, np.ndarray], message: str
) -> None:
    run = RunFolder.create("fable", CONFIG)
    save_arrays(run, **arrays)
    with pytest.raises(RnnkitError, match=message) as caught:
        run.load_weights(SHAPES)
    assert caught.value.exit_code == USER_MISTAKE


def test_load_weights_accepts_unlisted_weights_of_a_users_layer() -> None:
    run = RunFolder.create("fable", CONFIG)
    save_arrays(run, dense__kernel=KERNEL, dense__bias=BIAS, mine__0_kernel=BIAS)
    assert sorted(run.load_weights(SHAPES, ["mine"])) == [
        "dense/bias",
        "dense/kernel",
        "mine/0_kernel",
    ]


def test_load_weights_refuses_a_later_format() -> None:
    run = trained("fable")
    run.manifest.write_text(json.dumps(read_json(run.manifest) | {"format": 2}), encoding="utf-8")
    with pytest.raises(
        RnnkitError,
        match=r"manifest.json: format 2.*format 1",
    ):
        run.load_weights(SHAPES)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", '"x"', "null", "{}", '{"format": 1}', "[" * 100_000, "\udcff"]
)
def test_load_weights_reports_a_damaged_manifest(text: str) -> None:
    run = trained("fable")
    run.manifest.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(RnnkitError, match=r"manifest\.json"):
        run.load_weights(SHAPES)


def test_load_weights_of_an_unfinished_run_suggests_resume() -> None:
    run = RunFolder.create("fable", CONFIG)
    with pytest.raises(
        RnnkitError,
        match=(r"not trained.*`rnnkit train .*fable/config.yaml`"),
    ):
        run.load_weights(SHAPES)  # without a checkpoint there is nothing to resume
    (run.checkpoints / "step-00000003").mkdir(parents=True)
    with pytest.raises(
        RnnkitError,
        match=r"not trained.*`rnnkit train .*fable --resume`",
    ):
        run.load_weights(SHAPES)


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_load_weights_never_unpickles(tmp_path: Path) -> None:
    """Not even where the checksum fits: who made the folder made the checksum too."""
    run = trained("fable")
    np.savez(
        run.weights,
        **{"dense/kernel": np.array([Trap(tmp_path / "trapped")], dtype=object)},
        allow_pickle=True,
    )
    manifest = read_json(run.manifest) | {
        "sha256": hashlib.sha256(run.weights.read_bytes()).hexdigest()
    }
    run.manifest.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(RnnkitError, match=r"weights.npz: damaged: .*pickle"):
        run.load_weights(SHAPES)
    assert not (tmp_path / "trapped").exists()
    with pytest.raises(ValueError, match="allow_pickle=False"):
        run.save_weights({"dense/kernel": np.array([Trap(tmp_path)], dtype=object)}, {})


# Records


def test_create_writes_environment_json() -> None:
    from importlib.metadata import version

    environment = read_json(RunFolder.create("fable", CONFIG).environment)
    for library in ("keras", "tensorflow", "numpy", "tokenizers", "pydantic"):
        assert environment["libraries"][library] == version(library)
    assert environment["rnnkit"] == version("rnnkit")
    assert environment["python"] == ".".join(map(str, sys.version_info[:3]))
    assert environment["backend"] == os.environ["KERAS_BACKEND"]
    assert environment["cpus"] == os.cpu_count()
    assert environment["command"] == sys.argv[1:]
    assert environment["git_commit"] is None  # the current folder is no checkout
    assert environment["sample"] is False
    started = pd.Timestamp(environment["started"])
    assert started.tzinfo is not None
    assert abs((pd.Timestamp.now(tz="UTC") - started).total_seconds()) < 3600


def test_create_keeps_the_sample_of_a_smoke_run() -> None:
    assert RunFolder.create("fable", CONFIG, sample=True).uses_sample
    assert not RunFolder.create("fable", CONFIG).uses_sample


def test_save_history_has_a_row_per_epoch_for_pandas() -> None:
    run = RunFolder.create("fable", CONFIG)
    rows = [
        {"epoch": 1, "loss": 0.1 + 0.2, "seconds": 1.5},
        {"epoch": 2, "loss": 1e-9, "seconds": 0.25},
    ]
    run.save_history(rows[:1])
    run.save_history(rows)
    table = pd.read_csv(run.history)
    assert table.to_dict("records") == rows
    assert table.dtypes["epoch"] == np.int64


# The lock


def test_lock_refuses_a_second_process() -> None:
    run = RunFolder.create("fable", CONFIG)
    script = """
        import sys
        from pathlib import Path
        from rnnkit.run import RunFolder

        with RunFolder(Path(sys.argv[1])).lock():
            print("held", flush=True)
            sys.stdin.readline()
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), run.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with (
        pytest.raises(RnnkitError, match=r"fable: another process"),
        run.lock(),
    ):
        pytest.fail("both hold the lock")
    process.kill()  # a killed process holds nothing any more
    process.communicate(timeout=30)
    with run.lock():
        pass


def test_lock_is_released_after_an_error() -> None:
    run = RunFolder.create("fable", CONFIG)
    with pytest.raises(ZeroDivisionError), run.lock():
        raise ZeroDivisionError
    with run.lock():
        pass
