import json
import shutil
from pathlib import Path

import pytest

from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder, runs_folder
from rnnkit.tasks.task import load_task
from rnnkit.workflows.compare.cells import with_cell
from rnnkit.workflows.compare.duel import duel
from rnnkit.workflows.compare.plan import CompareOptions, make_plan
from rnnkit.workflows.train import train
from tests.cli.invoke import invoke

TINY = {
    "task": {"language_model": {"window": 3}},
    "data": {"dataset": "fable", "split": {"validation": 0.1, "test": 0.2}},
    "model": {"embedding": 4, "layers": [{"lstm": 3}, {"dropout": 0.1}]},
    "train": {"epochs": 2, "random_seed": 4},
}
ASKED = CompareOptions(TINY, layers=["min_gru", "simple_rnn"], random_seeds=1)


@pytest.fixture(scope="module")
def fought(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs folder of a duel; do not change it."""
    folder = tmp_path_factory.mktemp("duel")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("RNNKIT_RUNS", str(folder / "runs"))
        comparison = duel(ASKED).comparison
        assert comparison is not None
        (folder / "found.json").write_text(json.dumps(comparison.as_json()))
    return folder


@pytest.fixture
def folder(fought: Path, runs: Path) -> Path:
    """A copy of its folder, as that of the runs folder."""
    shutil.copytree(fought / "runs", runs)
    return runs / "language_model-compare"


def test_duel_trains_each_cell_and_tests_them_on_the_test_part(fought: Path) -> None:
    found = json.loads((fought / "found.json").read_text())
    assert found["part"] == "test"
    assert [one["name"] for one in found["contenders"]] == ["min_gru", "simple_rnn"]
    assert all(len(one["chosen_by"]) == 1 for one in found["contenders"])
    assert found["baselines"]
    assert len(found["pairs"]) == 1
    written = {path.name for path in (fought / "runs/language_model-compare").iterdir()}
    assert {"compare.html", "compare.csv", "compare.json", "compare.png"} <= written
    assert {"min_gru-seed4", "simple_rnn-seed4"} <= written


def test_duel_trains_as_train_does(folder: Path) -> None:
    """To the last bit, though it is not the first training of its process."""
    changed = {**TINY, "model": {"embedding": 4, "layers": [{"simple_rnn": 3}, {"dropout": 0.1}]}}
    alone = train(changed).run
    of_duel = RunFolder(folder / "simple_rnn-seed4")
    assert alone.config.read_text() == of_duel.config.read_text()
    assert alone.load_manifest()["sha256"] == of_duel.load_manifest()["sha256"]


def test_duel_again_trains_nothing_that_is_done(folder: Path, fought: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*/weights.npz")}
    cut_off = RunFolder(folder / "min_gru-seed4")  # as a signal leaves it before its end
    content = cut_off.weights.read_bytes()
    for path in (cut_off.weights, cut_off.manifest, cut_off.metrics):
        path.unlink()
    comparison = duel(ASKED).comparison
    assert comparison is not None
    assert comparison.folder == str(folder)
    assert cut_off.weights.read_bytes() == content
    assert before.pop(cut_off.weights) != cut_off.weights.stat().st_mtime_ns
    assert before == {path: path.stat().st_mtime_ns for path in before}
    scores = json.loads((fought / "found.json").read_text())["contenders"]
    assert [one.scores[0] for one in comparison.contenders] == [one["scores"][0] for one in scores]


def test_duel_names_a_run_that_was_changed_or_damaged(folder: Path) -> None:
    run = RunFolder(folder / "simple_rnn-seed4")
    text = run.config.read_text()
    run.config.write_text(text.replace("epochs: 2", "epochs: 3"))
    with pytest.raises(RnnkitError, match=r"simple_rnn-seed4.*train.epochs: 2 -> 3"):
        duel(ASKED)
    run.config.write_text(text)
    run.weights.write_bytes(run.weights.read_bytes()[:-1] + b"x")
    with pytest.raises(RnnkitError, match=r"simple_rnn-seed4.*damaged"):
        duel(ASKED)


def test_plan_of_other_settings_has_a_folder_of_its_own(folder: Path) -> None:
    assert make_plan(ASKED).folder == folder
    assert make_plan(CompareOptions(TINY, layers=["gru"], random_seeds=5)).folder == folder
    base = folder / "compare.yaml"  # as a version without this key writes it
    base.write_text(base.read_text().replace("  kernel: auto\n", ""))
    assert make_plan(ASKED).folder == folder
    other = make_plan(CompareOptions(TINY, ["train.epochs=3"], layers=["gru"]))
    assert other.folder == folder.with_name(f"{folder.name}-2")


def test_plan_of_a_learning_curve() -> None:
    large = {**TINY, "task": {"language_model": {"window": 1}}}
    plan = make_plan(CompareOptions(large, random_seeds=2, learning_curve=True))
    names = [training.run.path.name for training in plan.trainings]
    assert names[:5] == [f"language_model-seed4{part}" for part in ("", "-80", "-40", "-20", "-10")]
    assert len(names) == len(set(names)) == 10
    fractions = {training.task.data.split.train_fraction for training in plan.trainings}  # type: ignore[attr-defined]
    assert fractions == {0.1, 0.2, 0.4, 0.8, 1.0}


@pytest.mark.parametrize("name", ["simple_rnn", "lstm", "gru", "min_gru", "min_lstm"])
def test_with_cell_keeps_units_and_directions(name: str) -> None:
    tree = {
        **TINY,
        "model": {"embedding": 4, "layers": [{"gru": {"units": 3, "recurrent_dropout": 0.2}}]},
    }
    task, lost = with_cell(load_task(tree), name)
    (layer,) = task.model.layers  # type: ignore[attr-defined]
    assert layer.units == 3
    assert lost == (["recurrent_dropout"] if name.startswith("min") else [])
    assert lost or layer.recurrent_dropout == 0.2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fable", "--layers", "grru"], "Did you mean 'gru'"),
        (["fable", "--layers", "dense"], "not a recurrent layer"),
        (["fable", "--layers", "gru,gru"], "twice"),
        (["fable", "--layers", " , "], "names no layer"),
        (["fable", "fable", "--layers", "gru"], "one config"),
        (["fable", "--layers", "gru", "--part", "train"], "--part"),
        (["fable", "--random-seeds", "0"], "--random-seeds"),
        (["fabel", "--layers", "gru"], "Did you mean 'fable'"),
        (["fable", "train.epochs=3"], "KEY=VALUE"),
        (["fable", "--learning-curve"], "nothing is held out"),
        (["fable", "--learning-curve", "task.language_model.window=20"], "10 % of the training"),
        (["fable", "--layers", "gru", "train.epoch=3"], "train.epoch"),
        (
            ["fable", "--layers", "gru", "model.layers=[{conv: 3}, {pool: max}]"],
            "no recurrent layer",
        ),
    ],
)
def test_compare_says_what_is_wrong_with_a_duel(arguments: list[str], message: str) -> None:
    result = invoke("compare", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not list(runs_folder().glob("*"))
