import json
import shutil
from pathlib import Path

import pytest

from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.storage import read_json
from rnnkit.storage.schemas import Scores
from rnnkit.tasks.sweep import Search
from rnnkit.workflows.sweep.plan import SweepOptions, make_plan
from rnnkit.workflows.sweep.plan_checks import remark_on_validation
from rnnkit.workflows.sweep.study_folder import make_study
from rnnkit.workflows.sweep.sweep import sweep
from rnnkit.workflows.sweep.worker import work
from tests.cli.invoke import invoke

TINY = {
    "task": {"language_model": {"window": 3}},
    "data": {"dataset": "fable", "split": {"validation": 0.1, "test": 0.2}},
    "model": {"embedding": 4, "layers": [{"simple_rnn": 3}]},
    "train": {"epochs": 1, "learning_rate": 0.01, "optimizer": "sgd"},
    "sweep": {"keys": {"train.learning_rate": [0.01, 1.0e-9]}, "metric": "val_loss"},
}
FAILS = "train.learning_rate=0.01,0.0001,100"


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs folder of a sweep of two trials; do not change it."""
    folder = tmp_path_factory.mktemp("sweep")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("RNNKIT_RUNS", str(folder / "runs"))
        result = sweep(SweepOptions(TINY)).result
        assert result is not None
        (folder / "found.json").write_bytes(result.json())
    return folder


@pytest.fixture
def folder(swept: Path, runs: Path) -> Path:
    """A copy of its folder, as that of the runs folder."""
    shutil.copytree(swept / "runs", runs)
    return runs / "language_model-sweep"


def test_sweep_chooses_on_validation_and_scores_the_winner_alone_on_test(swept: Path) -> None:
    found = json.loads((swept / "found.json").read_text())
    assert found["metric"] == "val_loss"
    best, other = found["outcomes"]
    assert best["score"] < other["score"]
    assert found["test"]["this run"]
    folder = swept / "runs/language_model-sweep"
    for one, parts in [(best, {"validation", "test"}), (other, {"validation"})]:
        run = RunFolder(folder / f"trial-{one['number']:03}")
        assert set(read_json(run.metrics, kind=Scores)) == parts
        assert "sweep" not in run.config.read_text()
    written = {path.name for path in folder.iterdir()}
    assert {"best.yaml", "sweep.csv", "sweep.json", "sweep.png"} <= written
    assert (folder / "best.yaml").read_text() == (Path(best["run"]) / "config.yaml").read_text()


def test_sweep_trains_nothing_twice_and_goes_on_with_more_trials(folder: Path) -> None:
    first = RunFolder(folder / "trial-000")
    written = first.manifest.stat().st_mtime_ns
    shutil.rmtree(folder / "trial-001")
    result = sweep(SweepOptions(TINY)).result
    assert result is not None
    assert {one.number for one in result.outcomes} == {0, 1}
    assert first.manifest.stat().st_mtime_ns == written


def test_make_study_of_a_random_search_is_continued_by_more_trials(runs: Path) -> None:
    few, more = (
        make_study(make_plan(SweepOptions(TINY, (FAILS,), trials=count))) for count in (2, 3)
    )
    assert few.folder == more.folder
    assert [*few.points.known()] == [*more.points.known()][:2]
    other = make_plan(SweepOptions(TINY, (FAILS,), trials=3, random_seed=1))
    assert make_study(other).folder != more.folder


def test_make_plan_takes_the_section_and_the_command_line_over_it() -> None:
    section = {"keys": {"train.batch_size": "8..64"}, "search": "tpe", "prune": True, "jobs": 3}
    tree = {**TINY, "sweep": section | {"name": "mine", "storage": "some.journal", "trials": 5}}
    plan = make_plan(SweepOptions(tree))
    assert (plan.search, plan.trials, plan.name, plan.section.jobs) == ("tpe", 5, "mine", 3)
    assert plan.section.prune and plan.section.storage == "some.journal" and plan.uses_optuna
    over = make_plan(
        SweepOptions(tree, search="random", prune=False, trials=2, jobs=1, name="other")
    )
    assert (over.search, over.trials, over.name, over.section.jobs) == ("random", 2, "other", 1)
    assert not over.section.prune


def test_make_plan_has_no_more_trials_than_points() -> None:
    for search in ("random", "tpe"):
        plan = make_plan(SweepOptions(TINY, ("model.layers.0.simple_rnn.units=3..5",), 9, search))
        assert plan.trials == 6


def test_task_sets_a_layer_before_the_keys_in_it() -> None:
    words = ("model.layers.0.lstm.units=4,8", "model.layers=[{lstm: 2}],[{lstm: 2},{gru: 2}]")
    plan = make_plan(SweepOptions({**TINY, "sweep": None}, words))
    configs = {repr(plan.recipe.task(plan.space.grid_point(number))) for number in range(4)}
    assert len(configs) == 4


def test_make_study_of_a_name_that_another_begins_with(runs: Path) -> None:
    longer, name = (
        make_study(make_plan(SweepOptions(TINY, name=name))) for name in ("sizes", "size")
    )
    assert (longer.folder.name, name.folder.name) == ("sizes", "size")


@pytest.mark.parametrize("verb", ["check", "sweep"])
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("train.epoch: [1, 2]", "'epochs'"),
        ("train.epochs: 9..3", "3..9"),
        ("train.epochs: [1, x]", "found 'x'"),
        ("train.clip_norm: [1, 1.0]", "mean the same"),
        ("generate.temperature: [0, 1]", "changes nothing"),
    ],
)
def test_a_mistake_in_the_section_is_at_its_line(verb: str, line: str, said: str) -> None:
    text = json.dumps({**TINY, "sweep": None}).replace('"sweep": null}', '"sweep": {"keys": {')
    Path("mine.yaml").write_text(f"{text}\n  {line}\n}}}}}}\n")
    done = invoke(verb, "mine.yaml")
    assert done.exit_code == 2
    key = line.partition(":")[0]
    assert f"mine.yaml:2: sweep.keys: {key}: " in done.stderr
    assert said in done.stderr


def test_a_mistake_elsewhere_names_the_values_that_lead_to_it(runs: Path) -> None:
    """Here it is one of the config's own section, which the values turn into a mistake."""
    done = invoke("sweep", "fable", "data.split.test=0.1", "data.split.validation=0.1,0.95")
    assert "sweep: data.split.validation=0.95: " in done.stderr
    assert "data.split: validation and test take everything" in done.stderr


@pytest.mark.parametrize(
    ("config", "words", "is_said"),
    [
        ("fable", "data.split.validation=0.1,0.2", True),
        ("fable", "data.split.validation=0.1..0.2", True),
        ("fable", "data={dataset: fable},{dataset: fable, tokenizer: char}", True),
        ("fable", "task.language_model.window=3,4", True),
        ("fable", "train.batch_size=20,40", False),
        ("imdb_lstm", "task.classification.class_weight=none,balanced", True),
        ("imdb_lstm", "data.max_length=100,200", False),
        ("imdb_lstm", "data.truncating=pre,post", False),
        ("imdb_lstm", "data.dataset.imdb.path=a,b", True),
    ],
)
def test_what_changes_validation_is_said(
    config: str, words: str, is_said: bool, said: list[str]
) -> None:
    remark_on_validation(make_plan(SweepOptions(config, (words,))))
    lines = [line for line in said if "what validation scores" in line]
    assert len(lines) == is_said
    assert not is_said or f"command line: {words.partition('=')[0]}: varies" in lines[0]


def test_sweep_goes_on_where_a_trial_fails(folder: Path) -> None:
    """A learning rate of 100 takes the loss far above a guess."""
    options = SweepOptions(TINY, ("train.learning_rate=100,0.01", "train.epochs=3"))
    result = sweep(options).result
    assert result is not None
    assert [one.score is None for one in result.outcomes] == [False, True]
    (failed,) = (one for one in result.outcomes if one.score is None)
    assert failed.number == 0  # the other one came after it
    assert "diverged" in failed.problem or "loss" in failed.problem
    run = RunFolder(Path(failed.run))
    tried = run.log.stat().st_mtime_ns
    assert sweep(options).result is not None
    assert run.log.stat().st_mtime_ns == tried


@pytest.mark.parametrize("search", ["random", "tpe"])
def test_sweep_tries_again_what_failed_for_want_of_data(runs: Path, search: Search) -> None:
    """Only a trial that diverged would fail again."""
    tree = {**TINY, "data": {"dataset": {"text": "mine.txt"}, "split": 0}}
    options = SweepOptions(tree, trials=1, search=search)
    with pytest.raises(RnnkitError, match=r"no trial succeeded, of 1 trial;.*mine\.txt"):
        sweep(options)
    Path("mine.txt").write_text("the mice met and the cat met the mice " * 5)
    result = sweep(options).result
    assert result is not None
    assert result.outcomes[0].score is not None


def test_work_chooses_the_backend_before_a_callback_imports_keras(runs: Path) -> None:
    """A wrong one is said once, not for each trial."""
    study = make_study(make_plan(SweepOptions(TINY, prune=True)))
    with pytest.raises(RnnkitError, match="--device"):
        work(study, "tpu", None)
    assert {one.problem for one in study.outcomes()} == {"not trained"}


def test_sweep_refuses_an_edited_trial(folder: Path) -> None:
    config = folder / "trial-000/config.yaml"
    config.write_text(config.read_text().replace("window: 3", "window: 4"))
    with pytest.raises(RnnkitError, match="config was changed"):
        sweep(SweepOptions(TINY))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fable"], "no key that varies"),
        (["nonsuch", "train.epochs=1,2"], "nonsuch"),
        (["fable", "train.epoch=1,2"], "Error: command line: train.epoch: unknown key"),
        (["fable", "train.epochs=1,x"], "Error: command line: train.epochs: found 'x'"),
        (["fable", "train.epochs=1,2", "--metric", "val_f1"], "val_loss"),
        (["fable", "train.learning_rate=0.1..0.2", "--search", "grid"], "random"),
        (["fable", "train.learning_rate=0.2..0.1:log", "--search", "tpe"], "0.1..0.2"),
        (["fable", "train.learning_rate=0.1..200", "--search", "tpe"], "at most 100"),
        (["fable", "train.epochs=1,2", "--trials", "0"], "--trials"),
        (["fable", "train.epochs=1,2", "--name", ""], "sweep.name"),
        (["fable", "train.epochs=1,2", "--random-seed", str(2**40)], "Error: --random-seed: "),
        (["fable", "train.monitor=loss,accuracy"], "--metric"),
        (["fable", "generate.temperature=0,1"], "changes nothing"),
        (["imdb_lstm", "metrics=[],[mcc]"], "changes nothing"),
        (["fable", "train.clip_norm=1,1.0"], "1 and 1.0"),
        (["fable", "train.epochs=1,2", "--jobs", "0"], "--jobs"),
        (["fable", "model.layers.9.lstm.units=1,2"], "item '9'"),
    ],
)
def test_sweep_of_what_is_wrong(words: list[str], said: str, runs: Path) -> None:
    done = invoke("sweep", *words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert not list(runs.glob("*")) if runs.exists() else True
