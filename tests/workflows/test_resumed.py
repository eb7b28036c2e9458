"""What may be another on resume, and what is said of it: on checkpoints of one small training."""

from __future__ import annotations

import importlib
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from rnnkit.config import load_config
from rnnkit.errors import RUN_FAILED, USER_MISTAKE, RnnkitError
from rnnkit.run import RunFolder
from rnnkit.tasks.task import task_of
from rnnkit.training.checkpoint import Checkpoint, load_checkpoint
from rnnkit.workflows.circumstances import circumstances, differences
from rnnkit.workflows.resumed import Resumed
from rnnkit.workflows.train import resume, train
from tests.workflows import call

CONFIG = """
task: {language_model: {stream: true, bptt: 5}}
data: {dataset: fable, split: {validation: 0.2}}
model: {embedding: 4, layers: [lstm: 4]}
train:
  batch_size: 4
  epochs: 2
  schedule: cosine
  checkpoint: {every_steps: 5, every_seconds: null, keep: 9}
"""
STEPS = 8  # of an epoch
NOW = circumstances("tensorflow")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = tmp_path_factory.mktemp("resumed")
    (folder / "small.yaml").write_text(CONFIG, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_RUNS", str(folder / "runs"))
        return train(str(folder / "small.yaml")).run


@pytest.fixture
def copy(trained: RunFolder, tmp_path: Path) -> RunFolder:
    return RunFolder(Path(shutil.copytree(trained.path, tmp_path / "copy")))


@pytest.fixture
def within(copy: RunFolder) -> RunFolder:
    """A copy that stopped within its second epoch."""
    shutil.rmtree(max(copy.checkpoints.iterdir()))
    shutil.rmtree(max(copy.checkpoints.iterdir()))
    assert load_checkpoint(copy.checkpoints).state["progress"]["batch"] == 2
    return copy


def resumed(run: RunFolder, *overrides: str, allow: bool = False) -> Resumed:
    checkpoint = load_checkpoint(run.checkpoints)
    return Resumed(run, checkpoint, task_of(run, overrides), overrides, allow)


def edit(run: RunFolder, old: str, new: str) -> None:
    text = run.config.read_text(encoding="utf-8")
    assert old in text
    run.config.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("overrides", "remark"),
    [
        ([], ""),
        (["train.epochs=9", "train.checkpoint.keep=1"], ""),
        (["generate.temperature=0.5"], ""),
        (["train.learning_rate=0.5"], "train.learning_rate: 0.001 -> 0.5: applies from here on"),
        (["train.batch_size=8"], "train.batch_size: 4 -> 8: applies from epoch 3 on"),
        (["train.random_seed=8"], "from epoch 3 on"),
    ],
)
def test_require_allowed_at_the_end_of_an_epoch(
    trained: RunFolder, overrides: list[str], remark: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="rnnkit"):
        resumed(trained, *overrides).require_allowed(NOW)
    assert remark in caplog.text
    assert bool(caplog.text) == bool(remark)


@pytest.mark.parametrize("override", ["train.batch_size=8", "train.random_seed=8"])
def test_require_allowed_refuses_other_rows_within_an_epoch(
    within: RunFolder, override: str
) -> None:
    with pytest.raises(RnnkitError, match=rf"{override}.*within an epoch: 2 of 8") as caught:
        resumed(within, override).require_allowed(NOW)
    assert f"rnnkit train {within} --resume train.epochs=2" in caught.value.hint
    resumed(within, "train.learning_rate=0.5").require_allowed(NOW)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("train.epochs=1", "1 epoch and 2 steps of the next done"),
        ("train.max_steps=9", "10 steps done"),
        ("model.layers.0.lstm.units=5", "model.layers.0.lstm.units=5: cannot be changed"),
        ("train.optimizer=sgd", "--init-from"),
        ("model.layers.0.lstm.dropout=0.5", "--init-from"),
        ("data.tokenizer=char", "vocabulary"),
    ],
)
def test_require_allowed_refuses(within: RunFolder, override: str, words: str) -> None:
    with pytest.raises(RnnkitError) as caught:
        resumed(within, override, allow=True).require_allowed(NOW)
    assert words in str(caught.value)
    assert caught.value.exit_code == USER_MISTAKE


def test_require_allowed_names_an_edited_config(copy: RunFolder) -> None:
    edit(copy, "learning_rate: 0.001", "learning_rate: 0.1")
    with pytest.raises(RnnkitError, match=r"was edited.*learning_rate: 0.001 -> 0.1.*--allow-ch"):
        resumed(copy).require_allowed(NOW)
    resumed(copy, allow=True).require_allowed(NOW)
    resumed(copy, "train.learning_rate=0.1").require_allowed(NOW)  # said on the command line too


def test_require_allowed_takes_an_edit_that_changes_no_number(copy: RunFolder) -> None:
    edit(copy, "epochs: 2", "epochs: 5")
    resumed(copy).require_allowed(NOW)


@pytest.mark.parametrize("key", ["keras", "numpy", "tensorflow", "backend", "kernels", "rnnkit"])
def test_require_allowed_names_other_circumstances(trained: RunFolder, key: str) -> None:
    other = NOW | {key: "another"}
    with pytest.raises(RnnkitError, match=f"{key} {NOW[key]} -> another"):
        resumed(trained).require_allowed(other)
    resumed(trained, allow=True).require_allowed(other)


def test_own_code_differs_where_a_file_that_is_used_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"own_helped": "HALF = 0.5\n\ndef half(): return HALF\n", "own_unused": "x = 1\n"}
    files["own_layer"] = "from own_helped import half\n\nclass Mine:\n    share = half()\n"
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.import_module("own_unused")
    importlib.import_module("own_layer")
    config = "model: {layers: [{own_layer:Mine: {}}, lstm: 4]}\ntask: json:dumps\n"
    before = circumstances("tensorflow", config)
    assert [name for name in before if name not in NOW] == [
        "code own_helped.py",
        "code own_layer.py",
    ]
    assert circumstances("tensorflow", config) == before
    for name in ("own_helped", "own_layer"):
        with open(tmp_path / f"{name}.py", "a", encoding="utf-8") as file:
            file.write("# another line\n")
        (named,) = differences(before, after := circumstances("tensorflow", config))
        assert named.startswith(f"code {name}.py ")
        before = after


def test_require_allowed_names_changed_code(trained: RunFolder) -> None:
    checkpoint = load_checkpoint(trained.checkpoints)
    kept = {**checkpoint.state, "circumstances": NOW | {"code own.py": "1"}}
    old = Checkpoint(checkpoint.arrays, kept)
    changed = NOW | {"code own.py": "2"}
    with pytest.raises(RnnkitError, match=r"code own\.py 1 -> 2.*--allow-changes"):
        Resumed(trained, old, task_of(trained), [], allow=False).require_allowed(changed)
    Resumed(trained, old, task_of(trained), [], allow=True).require_allowed(changed)


def test_require_allowed_of_an_earlier_version_compares_what_it_kept(trained: RunFolder) -> None:
    checkpoint = load_checkpoint(trained.checkpoints)
    names = ("identity", "progress")
    old = Checkpoint(checkpoint.arrays, {name: checkpoint.state[name] for name in names})
    Resumed(trained, old, task_of(trained), [], allow=False).require_allowed(NOW)
    with pytest.raises(RnnkitError, match="keras"):
        other = NOW | {"keras": "2.0"}
        Resumed(trained, old, task_of(trained), [], allow=False).require_allowed(other)


def test_keep_config_is_no_edit_after_a_kill(copy: RunFolder) -> None:
    """The config is written before the first checkpoint that has it."""
    resumed(copy, "train.learning_rate=0.1", "train.epochs=5").keep_config()
    assert task_of(copy).train.epochs == 5
    resumed(copy).require_allowed(NOW)
    edit(copy, "learning_rate: 0.1", "learning_rate: 0.2")
    with pytest.raises(RnnkitError, match="edited"):
        resumed(copy).require_allowed(NOW)


def history(run: RunFolder) -> Sequence[str]:
    return run.history.read_text(encoding="utf-8").splitlines()[1:]


def test_resume_with_another_batch_size_and_monitor(copy: RunFolder, said: list[str]) -> None:
    training = resume(
        str(copy.path), ["train.batch_size=8", "train.epochs=4", "train.monitor=accuracy"]
    )
    assert [row.split(",")[0] for row in history(copy)] == ["1", "2", "3", "4"]
    progress = load_checkpoint(copy.checkpoints).state["progress"]
    assert (progress["epoch"], progress["batch"]) == (4, 0)
    assert progress["step"] == 2 * STEPS + 2 * 4
    assert "of 4, val_accuracy 0." in training.best
    assert any("the cosine schedule now ends at epoch 4" in line for line in said)
    assert load_config(copy.config).train.batch_size == 8  # type: ignore[attr-defined]


def test_resume_refuses_parts_that_are_divided_otherwise(copy: RunFolder) -> None:
    """All tokens are there, in the same order."""
    edit(copy, "validation: 0.2", "validation: 0.3")
    with pytest.raises(RnnkitError, match="division of the data"):
        resume(str(copy.path), ["train.epochs=3"], allow_changes=True)


def test_train_that_diverges_keeps_its_best_weights(tmp_path: Path) -> None:
    path = tmp_path / "wild.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    layers = "model.layers=[]"
    result = call("train", path, "train.optimizer=sgd", "train.learning_rate=100", layers)
    assert result.exit_code == RUN_FAILED
    assert "diverged: the loss of epoch 2" in result.stderr
    assert "--resume" not in result.stderr
    assert call("evaluate", "wild").exit_code == 0


def test_train_without_a_number_keeps_what_it_has(tmp_path: Path) -> None:
    """Epoch 1 is whole; in epoch 2 or 3 the loss overflows."""
    path = tmp_path / "nan.yaml"
    path.write_text(
        "task: {forecasting: {timesteps: 4}}\n"
        f"data: {{dataset: {{numbers: {[*range(9), *range(9, 0, -1)] * 2}}}}}\n"
        "model: {embedding: none, layers: [{dense: 3}, {pool: last}]}\n"
        "train: {batch_size: 8, optimizer: sgd, learning_rate: 0.5, epochs: 30}\n",
        encoding="utf-8",
    )
    result = call("train", path)
    assert result.exit_code == RUN_FAILED
    assert "Expected a number" in result.stderr
    assert "weights of epoch" in result.stderr
    assert call("evaluate", "nan").exit_code == 0


def test_before_of_an_earlier_checkpoint_outlasts_the_new_config(copy: RunFolder) -> None:
    """One that holds no config has that of the run, which a resumed training writes anew."""
    checkpoint = load_checkpoint(copy.checkpoints)
    del checkpoint.state["config"]
    override = "train.learning_rate=0.5"
    resumption = Resumed(copy, checkpoint, task_of(copy, [override]), [override], False)
    resumption.require_allowed(NOW)
    resumption.keep_config()
    assert task_of(copy).train.learning_rate == 0.5
    assert resumption.before.train.learning_rate != 0.5
