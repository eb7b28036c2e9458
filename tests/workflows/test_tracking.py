"""`train.trackers`: a user's own here; MLflow, W&B and Trackio where they are installed, without a
network (`make test-trackers`).
"""

from __future__ import annotations

import csv
import importlib.util
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnkit import process
from rnnkit.errors import RnnkitError
from rnnkit.registry import TRACKERS, USER_MODULES, lookup
from rnnkit.run import RunFolder
from rnnkit.storage import read_json
from rnnkit.training.trackers.tracker import TrackerSpec
from rnnkit.workflows.tracking import flat
from rnnkit.workflows.train import resume, train
from tests.cli.invoke import done
from tests.helpers.pages import page
from tests.helpers.waiting import until

CONFIG = {
    "task": {"language_model": {"window": 3}},
    "data": {"dataset": "fable", "split": {"validation": 0.2}},
    "model": {"embedding": 4, "layers": [{"simple_rnn": 4}]},
    "train": {"epochs": 2, "batch_size": 60, "optimizer": "sgd"},
}
FAILS = """
import threading

from rnnkit.training.trackers.tracker import TrackerSpec

ANSWERED = threading.Event()

class Fails(TrackerSpec):
    at: str

    def begin(self, run):
        assert self.at != "begin", "no connection\\nat all"
        return "one", None

    def log(self, opened, values, epoch):
        if self.at == "log" and epoch == 2:
            raise SystemExit("not logged in")

    def end(self, opened, *, succeeded):
        assert self.at != "end"

class Hangs(Fails):
    timeout: float = 0.2

    def begin(self, run):
        self.hang("begin")
        return "one", None

    def log(self, opened, values, epoch):
        self.hang("log")

    def end(self, opened, *, succeeded):
        self.hang("end")

    def hang(self, at):
        if self.at == at:
            threading.Thread(target=ANSWERED.wait).start()  # which the end of Python waits for
            ANSWERED.wait()
"""


@pytest.fixture
def code(tmp_path: Path) -> Iterator[list[str]]:
    """Two trackers in files of the user's, that of docs/extending.md and one that fails."""
    text = page("docs/extending.md").file("my_tracker.py")
    (tmp_path / "my_tracker.py").write_text(text, encoding="utf-8")
    (tmp_path / "my_failing.py").write_text(FAILS, encoding="utf-8")
    (tmp_path / "c.yaml").write_text(json.dumps(CONFIG), encoding="utf-8")
    yield ["--code", "my_tracker.py", "--code", "my_failing.py"]
    for module in ("my_tracker", "my_failing"):
        sys.modules.pop(module, None)
        if module in USER_MODULES:
            USER_MODULES.remove(module)


def column(run: Path, name: str) -> list[float]:
    """Of history.csv."""
    with open(run / "history.csv", encoding="utf-8") as file:
        return [float(row[name]) for row in csv.DictReader(file)]


def test_own_tracker_gets_config_epochs_and_final_scores(code: list[str], runs: Path) -> None:
    done("train", "c.yaml", *code, "train.trackers=['my_tracker:Lines']")
    records = [json.loads(line) for line in Path("tracked.jsonl").read_text().splitlines()]
    begun, first, second, final, ended = records
    assert begun["name"] == "c"
    assert begun["config"]["model.layers.0.simple_rnn.units"] == 4
    assert begun["config"]["parameters"] == 918
    assert begun["config"]["rows.validation"] == 39
    assert begun["config"]["versions.backend"] in ("tensorflow", "jax")
    assert [first["loss"], second["loss"]] == column(runs / "c", "loss")
    assert (first["at"], second["at"], final["at"]) == (1, 2, 2)
    scores = read_json(runs / "c" / "metrics.json")["validation"]
    assert final["validation/accuracy"] == scores["this run"]["accuracy"]
    assert final["validation/unigram/accuracy"] == scores["unigram"]["accuracy"]
    assert ended == {"succeeded": True}

    done("train", "c", "--resume", "train.epochs=3", *code)
    again, third, *_ = (
        json.loads(line) for line in Path("tracked.jsonl").read_text().splitlines()[5:]
    )
    assert again["known"] == begun["key"] and third["at"] == 3
    assert again["key"] == begun["key"]


def test_a_trackers_failure_is_said_once_and_stops_nothing(code: list[str], runs: Path) -> None:
    at = ["{'my_failing:Fails': {at: %s}}" % place for place in ("begin", "log", "end")]  # noqa: UP031
    trackers = f"train.trackers=[{', '.join(at)}, 'my_tracker:Lines']"
    result = done("train", "c.yaml", *code, trackers)
    said = [line for line in result.stderr.splitlines() if "my_failing" in line]
    assert len(said) == 3
    assert "no connection" in said[0] and "continues without it" in said[0]
    lines = Path("tracked.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line).get("at") for line in lines[1:3]] == [1, 2]
    assert RunFolder(runs / "c").is_trained
    (runs / "c" / "trackers.json").write_text("[", encoding="utf-8")
    assert "tracked anew" in done("train", "c", "--resume", "train.epochs=3", *code).stderr


def hanging(at: str) -> str:
    return f"train.trackers=[{{'my_failing:Hangs': {{at: {at}}}}}, 'my_tracker:Lines']"


def assert_not_held_up(stdout: str, stderr: str) -> None:
    (said,) = [line for line in stderr.splitlines() if "my_failing" in line]
    assert "gave no answer for 0.2 s; the training continues without it" in said
    assert "saved in" in stdout
    *_, final, ended = Path("tracked.jsonl").read_text(encoding="utf-8").splitlines()
    assert "validation/accuracy" in final and ended == '{"succeeded": true}'


def test_a_tracker_that_never_returns_holds_up_no_training(
    code: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_has_hung", False)
    try:
        result = done("train", "c.yaml", *code, hanging("log"))
    finally:
        sys.modules["my_failing"].ANSWERED.set()
    assert_not_held_up(result.stdout, result.stderr)
    assert process.may_hang_at_exit()


END = """
import threading
from rnnkit import process
from rnnkit.cli import main

threading.Thread(target=threading.Event().wait).start()
process.set_hung()
main()
"""


def test_a_command_does_not_wait_for_what_has_hung() -> None:
    command = [sys.executable, "-c", END, "datasets", "list"]
    subprocess.run(command, stdout=subprocess.DEVNULL, timeout=100, check=True)


SOAK = pytest.mark.soak


@SOAK
@pytest.mark.parametrize("at", ["begin", "log", "end"])
def test_a_tracker_that_never_returns_holds_up_nothing(at: str, code: list[str]) -> None:
    """Neither the training, nor the end of its process."""
    command = [sys.executable, "-m", "rnnkit", "train", "c.yaml", *code, hanging(at)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    assert_not_held_up(result.stdout, result.stderr)


@SOAK
def test_a_signal_does_not_wait_for_a_tracker(code: list[str], runs: Path) -> None:
    """What is trained is saved before a scheduler's patience is over."""
    trackers = "train.trackers=[{'my_failing:Hangs': {at: log, timeout: 500}}]"
    command = [sys.executable, "-m", "rnnkit", "train", "c.yaml", *code, trackers]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        until(lambda: (runs / "c" / "history.csv").exists())
        process.send_signal(signal.SIGTERM)
        until(lambda: (runs / "c" / "checkpoints" / "step-000000003").exists())
        process.send_signal(signal.SIGTERM)  # as its end waits for the tracker
        assert process.wait(60) == 143


def test_a_smoke_run_is_not_tracked(code: list[str]) -> None:
    done("train", "c.yaml", "--smoke", *code, "train.trackers=['my_tracker:Lines']")
    assert not Path("tracked.jsonl").exists()


def test_flat_names_every_leaf_by_its_path() -> None:
    tree = {"a": 1, "b": {"c": [True, {"d": None}], "e": []}, "f": {}}
    assert flat(tree) == {"a": 1, "b.c.0": True, "b.c.1.d": None, "b.e": "[]", "f": "{}"}


def test_a_missing_library_is_named_before_the_training(runs: Path) -> None:
    missing = [name for name in TRACKERS if importlib.util.find_spec(name) is None]
    if not missing:
        pytest.skip("all trackers are installed")
    with pytest.raises(RnnkitError, match=rf"rnnkit\[{missing[0]}\]"):
        train(CONFIG, [f"train.trackers=[{missing[0]}]"])
    assert not runs.exists()


def test_mlflow_holds_config_scores_and_the_resumed_epochs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlflow = pytest.importorskip("mlflow", reason="mlflow-skinny is not installed")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "mlruns").as_uri())
    run = train(CONFIG, ["train.trackers=[{mlflow: birds}]"]).run
    client = mlflow.MlflowClient()
    place = client.get_experiment_by_name("birds").experiment_id
    (tracked,) = client.search_runs([place])
    assert tracked.info.run_name == run.path.name
    assert tracked.info.status == "FINISHED"
    assert tracked.data.params["model.layers.0.simple_rnn.units"] == "4"
    assert tracked.data.params["parameters"] == "918"
    assert "validation/unigram/perplexity" in tracked.data.metrics
    resume(str(run), ["train.epochs=4"])
    (tracked,) = client.search_runs([place])
    steps = client.get_metric_history(tracked.info.run_id, "val_loss")
    assert sorted(point.step for point in steps) == [1, 2, 3, 4]
    assert [point.value for point in sorted(steps, key=lambda one: one.step)] == column(
        run.path, "val_loss"
    )
    assert tracked.data.tags["resumed.train.epochs"] == "4"


def test_wandb_keeps_config_scores_and_the_id_of_a_resumed_run_offline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wandb = pytest.importorskip("wandb", reason="wandb is not installed")
    from wandb.proto.wandb_internal_pb2 import Record

    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_SILENT", "true")
    run = train(CONFIG, ["train.trackers=[{wandb: birds}]"]).run
    resume(str(run), ["train.epochs=3"])
    wandb.teardown()  # until the process that writes them is done
    begun, rows = [], []
    for file in sorted(tmp_path.glob("wandb/offline-run-*/*.wandb")):
        for data in records_of(file.read_bytes()):
            record = Record()
            record.ParseFromString(data)
            if record.HasField("run"):
                begun.append(record.run)
            if record.HasField("history"):
                items = record.history.item
                rows.append({one.key or ".".join(one.nested_key): one.value_json for one in items})
    assert len({one.run_id for one in begun}) == 1
    assert {one.project for one in begun} == {"birds"}
    config = {item.key: item.value_json for item in begun[0].config.update}
    assert config["model.layers.0.simple_rnn.units"] == "4"
    losses = {int(row["epoch"]): float(row["loss"]) for row in rows if "loss" in row}
    assert list(losses.values()) == column(run.path, "loss")
    assert any("validation/unigram/perplexity" in row for row in rows)


def records_of(content: bytes) -> Iterator[bytes]:
    """The records of a .wandb file: LevelDB's log after a header of 7 bytes, blocks of 32 KiB of
    pieces that each have a checksum (4), a length (2) and a type (1): whole, first, middle, last.
    """
    at, record = 7, b""
    while at + 7 <= len(content):
        if 32768 - at % 32768 < 7:  # no piece begins there
            at += 32768 - at % 32768
            continue
        size, kind = int.from_bytes(content[at + 4 : at + 6], "little"), content[at + 6]
        record += content[at + 7 : at + 7 + size]
        at += 7 + size
        if kind in (1, 4):
            yield record
            record = b""


def test_trackio_keeps_the_epochs_on_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackio"))
    pytest.importorskip("trackio", reason="trackio, which brings gradio, is not installed")
    from trackio.sqlite_storage import SQLiteStorage

    run = train(CONFIG, ["train.trackers=[{trackio: birds}]"]).run
    resume(str(run), ["train.epochs=3"])
    (name,) = SQLiteStorage.get_runs("birds")
    rows = SQLiteStorage.get_logs("birds", name)
    losses = [row["loss"] for row in rows if "loss" in row]
    assert losses == column(run.path, "loss")


def test_every_tracker_names_the_library_of_its_extra() -> None:
    for name in TRACKERS:
        spec: type[TrackerSpec] = lookup("tracker", name)
        assert spec.library == name
