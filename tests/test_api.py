"""What Python users call."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rnnkit
from rnnkit.errors import RnnkitError
from rnnkit.tasks.prepared import Source
from rnnkit.workflows.trained import load_trained

# The fable's own words, up to the first of the two places where a window of three has two
# continuations.
CONTINUED = (
    "had a general council to consider what measures they could take to outwit their common enemy,"
    " the cat"
)


@pytest.fixture
def kept(fable_run: Path, runs: Path) -> Path:
    """The trained run among the runs of this test, so that it is the newest."""
    runs.mkdir()
    return Path(shutil.copytree(fable_run, runs / "fable"))


def test_import_rnnkit_imports_nothing_heavy() -> None:
    script = (
        "import sys, rnnkit; print(rnnkit.__version__, *sorted({'keras', 'numpy', 'tensorflow',"
        " 'pydantic', 'yaml'} & set(sys.modules)))"
    )
    process = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (process.returncode, process.stdout, process.stderr) == (
        0,
        f"{rnnkit.__version__}\n",
        "",
    )


def test_all_lists_every_public_name() -> None:
    from rnnkit import api, errors

    assert sorted(rnnkit.__all__) == rnnkit.__all__
    assert {name: getattr(rnnkit, name) for name in rnnkit.__all__} == {
        "__version__": rnnkit.__version__,
        "RnnkitError": errors.RnnkitError,
        **{name: getattr(api, name) for name in api.__all__},
    }


@pytest.mark.parametrize("name", ["trian", "api_", "np"])
def test_getattr_refuses_other_names(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module 'rnnkit' has no attribute '{name}'"):
        getattr(rnnkit, name)
    with pytest.raises(ImportError, match=name):
        exec(f"from rnnkit import {name}")


def test_load_run_takes_the_newest_or_a_named_one(kept: Path, fable_run: Path) -> None:
    assert rnnkit.load_run().folder.path == kept
    assert rnnkit.load_run("fable").folder.path == kept
    run = rnnkit.load_run(str(fable_run))
    assert isinstance(run, rnnkit.Run)
    assert run.folder.path == fable_run
    assert repr(run) == f"Run('{fable_run}')"


def test_load_run_of_an_unknown_name() -> None:
    for ask in (
        rnnkit.load_run,
        lambda: rnnkit.generate("had a general"),
        lambda: rnnkit.predict("had a general"),
        rnnkit.evaluate,
    ):
        with pytest.raises(RnnkitError, match="no trained") as caught:
            ask()
        assert caught.value.exit_code == 2
    with pytest.raises(RnnkitError, match="nowhere: no such run"):
        rnnkit.load_run("nowhere")


def test_generate_continues_a_seed(kept: Path, fable_run: Path) -> None:
    (text,) = rnnkit.generate("had a general")
    assert text.startswith(CONTINUED)
    assert rnnkit.generate("had a general", run=str(fable_run)) == [text]
    assert rnnkit.load_run().generate("had a general") == [text]
    few = rnnkit.generate("had a general", max_new_tokens=3)
    assert few == ["had a general council to consider"]
    hot: dict[str, Any] = {"temperature": 5.0, "max_new_tokens": 20}
    drawn = [
        rnnkit.load_run().generate("had a general", random_seed=seed, **hot) for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    with pytest.raises(RnnkitError, match="'moose'"):
        rnnkit.generate("had a moose")


def test_generate_several_texts(kept: Path) -> None:
    hot: dict[str, Any] = {"temperature": 5.0, "max_new_tokens": 20, "random_seed": 1}
    samples = rnnkit.generate("had a general", num_samples=3, **hot)
    assert len(set(samples)) == 3
    assert all(sample.startswith("had a general") for sample in samples)
    assert samples == rnnkit.generate("had a general", num_samples=3, **hot)


def test_generate_streams_pieces_of_a_text(kept: Path) -> None:
    run = rnnkit.load_run()
    pieces = list(run.generate("had a general", stream=True, max_new_tokens=3))
    assert pieces[0] == "had a general"
    assert len(pieces) == 4
    assert ["".join(pieces)] == run.generate("had a general", max_new_tokens=3)
    with pytest.raises(RnnkitError, match=r"^seed: .*'moose'"):
        run.generate("had a moose", stream=True)


def test_predict_is_the_softmax_of_the_model(kept: Path) -> None:
    guesses = rnnkit.predict("had a general", top=3)
    assert guesses.equals(rnnkit.load_run().predict("had a general", top=3))
    assert list(guesses.columns) == ["text", "token", "probability"]
    assert guesses.token[0].tolist()[0] == "council"
    probabilities = guesses.probability.tolist()
    assert probabilities == sorted(probabilities, reverse=True)
    assert probabilities[0] > 0.5
    everything = rnnkit.predict("had a general", top=10_000)
    assert everything.probability.sum() == pytest.approx(1, abs=1e-5)
    # The probabilities are the softmax of what the keras model says.
    run = rnnkit.load_run()
    logits = np.asarray(
        run.model(run.config.load_codec(run.folder).tokenizer.encode("had a general")[None])
    )[0].astype(np.float64)
    shares = np.sort(np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum())[::-1]
    np.testing.assert_allclose(everything.probability, shares, rtol=0, atol=1e-5)


def test_predict_answers_each_of_a_list(kept: Path) -> None:
    texts = ["had a general", "the mice had", "a general council"]
    run = rnnkit.load_run()
    alone = pd.concat([run.predict(text, top=2) for text in texts])
    alone.index = pd.Index([0, 0, 1, 1, 2, 2])
    for several in (texts, tuple(texts), np.array(texts), iter(texts)):
        assert run.predict(several, top=2).equals(alone)
    assert rnnkit.predict(texts[:1], top=2, run=run).equals(alone[:2])
    best = run.predict(pd.Series(texts, index=["x", "y", "z"]))
    assert best.token.tolist() == alone.token.tolist()[::2]
    assert best.index.tolist() == ["x", "y", "z"]
    assert len(run.predict([])) == 0
    with pytest.raises(RnnkitError, match=r"data\[1\].*'moose'"):
        run.predict(["had a general", "had a moose"])


NO_RUN = "name, its folder"
WRONG: dict[str, tuple[Callable[[rnnkit.Run], object], str]] = {
    "text": (lambda run: run.predict(3), "data.*found 3.*list of texts"),  # type: ignore[arg-type]
    "item": (lambda run: run.predict(["had a general", 3]), r"data\[1\].*found 3"),
    "long": (
        lambda run: run.predict(["had a general", "b " * 500_001]),
        r"data\[1\].*1,000,002 characters",
    ),
    "long seed": (lambda run: run.generate("b " * 500_001), "seed.*1,000,002 characters"),
    "rows": (lambda run: run.predict({"a": 1}), "data.*'a' is 1"),
    "top": (lambda run: run.predict("had a general", top="5"), "top.*'5'.*whole number"),  # type: ignore[arg-type]
    "no top": (lambda run: rnnkit.predict("had a general", top=0), "top.*found 0"),
    "seed": (lambda run: run.generate(3), "seed.*found 3"),  # type: ignore[arg-type]
    "oov": (lambda run: run.generate("had a general", oov="skp"), "oov.*error, skip, unk"),  # type: ignore[arg-type]
    "samples": (lambda run: rnnkit.generate("had a general", num_samples=1.5), "num_samples.*1.5"),  # type: ignore[arg-type]
    "option": (lambda run: run.generate("had a general", temperature="hot"), "temperature.*'hot'"),
    "run": (lambda run: rnnkit.generate("had a general", run=3), f"run.*{NO_RUN}"),  # type: ignore[arg-type]
    "name": (lambda run: rnnkit.load_run(3), f"name.*{NO_RUN}"),  # type: ignore[arg-type]
    "folder": (lambda run: rnnkit.Run("runs/fable"), "folder.*load_run"),  # type: ignore[arg-type]
    "source": (lambda run: run.predict_file(["a"], "a.csv"), "data.*a path"),  # type: ignore[arg-type]
    "output": (lambda run: run.predict_file("a.csv", None), "output.*nothing"),  # type: ignore[arg-type]
    "flag": (lambda run: run.predict_file("a", "b", overwrite=1), "overwrite.*True or False"),  # type: ignore[arg-type]
    "part": (lambda run: run.evaluate(["train"]), "parts.*a list"),  # type: ignore[arg-type]
    "errors": (lambda run: run.evaluate(errors=-1), "errors.*at least 0"),
    "horizon": (lambda run: run.forecast(output="a.csv", horizon=1.5), "horizon.*1.5"),  # type: ignore[arg-type]
    "config": (lambda run: rnnkit.train(3), "config.*a mapping"),  # type: ignore[arg-type]
    "override": (lambda run: rnnkit.train("fable", 3), "overrides.*found 3"),  # type: ignore[arg-type]
    "callbacks": (lambda run: rnnkit.train("fable", callbacks=print), "callbacks.*a list"),  # type: ignore[arg-type]
    "key": (lambda run: rnnkit.train({(1,): 2}), "config.*the key"),  # type: ignore[dict-item]
    "no task": (lambda run: rnnkit.train({}), "task.*missing"),
}


@pytest.mark.parametrize("what", WRONG)
def test_checked_names_an_argument_of_another_kind(what: str, kept: Path, runs: Path) -> None:
    ask, said = WRONG[what]
    with pytest.raises(RnnkitError, match=said) as caught:
        ask(rnnkit.load_run())
    assert caught.value.exit_code == 2
    assert list(runs.iterdir()) == [kept]


def test_evaluate_a_run_and_a_file(kept: Path, tmp_path: Path) -> None:
    (evaluation,) = rnnkit.evaluate()
    assert evaluation.part == "train"
    scores = {row.who: row.scores for row in evaluation.rows}
    assert scores["this run"]["accuracy"] == pytest.approx(198 / 200)
    assert scores["ceiling (window of 3)"]["accuracy"] == pytest.approx(198 / 200)
    assert evaluation == rnnkit.load_run().evaluate("train")[0]
    text = tmp_path / "other.txt"
    text.write_text("the mice had a general council to consider what measures they could take")
    (of_file,) = rnnkit.evaluate(data=str(text))
    assert of_file.part == "data"
    assert of_file.rows[0].scores["accuracy"] == 1
    with pytest.raises(RnnkitError, match="no part 'tset'"):
        rnnkit.evaluate("tset")


def test_run_model_is_keras_and_equals_the_engine(fable_run: Path) -> None:
    import keras

    run = rnnkit.load_run(str(fable_run))
    assert isinstance(run.model, keras.Model)
    assert run.model is run.model
    assert [layer.name for layer in run.model.layers] == [
        "inputs",
        "embedding",
        "simple_rnn",
        "logits",
    ]
    trained = load_trained(run.folder)
    inputs = trained.task.prepare(Source(), trained.predictor.codec).train.inputs
    logits = trained.predictor.outputs(inputs)
    np.testing.assert_allclose(
        np.asarray(run.model(inputs)),
        logits,
        rtol=0,
        atol=1e-5 * max(1.0, float(np.abs(logits).max())),
    )
    assert (run.config.task.window, run.config.train.epochs) == (3, 150)


def test_train_takes_the_config_as_a_mapping(runs: Path, tmp_path: Path) -> None:
    """With tuples, paths and numbers of NumPy; overrides may be mappings too."""
    (tmp_path / "rhyme.txt").write_text("one two three four five " * 9, encoding="utf-8")
    config = {
        "task": {"language_model": {"window": np.int64(2)}},
        "data": {"dataset": {"text": Path("rhyme.txt")}, "split": 0},
        "model": {"embedding": 3, "layers": ({"simple_rnn": 3},)},
        "train": {"epochs": 5, "batch_size": 50},
    }
    before = repr(config)
    shorter = {"train": {"epochs": 1}, "model.layers.0.simple_rnn": 4}
    run = rnnkit.train(config, shorter, "train.batch_size=25")
    assert repr(config) == before
    assert run.path == runs / "language_model"
    assert (run.config.train.epochs, run.config.train.batch_size) == (1, 25)
    assert run.model.get_layer("simple_rnn").units == 4
    assert rnnkit.load_run(run).path == run.path
    for wrong, said in (
        ({**config, "trian": {}}, "config.*trian.*'train'"),
        ({**config, "model": {"embedding": 3, "layers": [{"gru": "x"}]}}, "config.*gru.units.*'x'"),
    ):
        with pytest.raises(RnnkitError, match=said):
            rnnkit.train(wrong)


def test_train_gives_a_run_that_answers(runs: Path, said: list[str]) -> None:
    """Callbacks are called, overrides arrive, lines are said, and what is wrong is said before
    anything is written.
    """
    import keras

    class Counter(keras.callbacks.Callback):
        epochs = 0

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.epochs += 1

    counter = Counter()
    run = rnnkit.train(
        "fable_simple_rnn",
        "train.epochs=2",
        "model.layers.0.simple_rnn.units=16",
        callbacks=[counter],
    )
    assert run.folder.path == runs / "fable_simple_rnn"
    assert counter.epochs == 2
    assert run.model.get_layer("simple_rnn").units == 16
    assert run.folder.history.read_text().count("\n") == 3
    assert f"{run.model.count_params():,} parameters" in said
    assert run.generate("had a general", max_new_tokens=2)[0].startswith("had a general")
    assert rnnkit.load_run().folder.path == run.folder.path

    before = sorted(runs.iterdir())
    for wrong in (("fabel",), ("fable", "train.epoch=2"), ("fable", "train.epochs=0")):
        with pytest.raises(RnnkitError) as caught:
            rnnkit.train(*wrong)
        assert caught.value.exit_code == 2
    with pytest.raises(RnnkitError, match="device"):
        rnnkit.train("fable", device="tpu")
    with pytest.raises(RnnkitError, match="backend"):
        rnnkit.train("fable", backend="torch")
    assert sorted(runs.iterdir()) == before
