"""Small taggers that learn, resume, and start from another run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnkit.config import dump_config, parse_config
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.tasks.predictor import Answers
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.tagging.answers import TaggedStep, TaggedToken
from rnnkit.tasks.task import task_of
from rnnkit.workflows.train import resume, train
from rnnkit.workflows.trained import load_trained
from tests.helpers.tagged import PLAIN, SMALL, copied, small, trained, write_names, write_rows


@pytest.fixture
def names(tmp_path_factory: pytest.TempPathFactory, runs: Path) -> Path:
    return copied("names", tmp_path_factory, runs)


def answers(run: Path, text: str) -> Answers:
    """What a run says to a text."""
    predictor = load_trained(RunFolder(run)).predictor
    query = predictor.parse(text)
    (answer,) = predictor.predict([query])
    return predictor.answers(query, answer, 1)


def test_tagging_learns_names_and_places(names: Path) -> None:
    rows = answers(names, "Anna Smith left Rome")
    assert all(isinstance(row, TaggedToken) and 0.3 < row.probability <= 1 for row in rows)
    assert [(row.token, row.tag) for row in rows if isinstance(row, TaggedToken)] == [
        ("Anna", "B-PER"),
        ("Smith", "I-PER"),
        ("left", "O"),
        ("Rome", "B-LOC"),
    ]
    assert load_trained(RunFolder(names)).answers == "numpy"


def test_tagging_learns_steps_of_numbers(tmp_path_factory: pytest.TempPathFactory) -> None:
    rows = answers(trained("steps", tmp_path_factory), "1 5 1 5, 1 5 0 5 0 5")
    steps = [row for row in rows if isinstance(row, TaggedStep)]
    assert [row.step for row in steps] == [0, 1, 2, 3, 4]
    assert (steps[0].tag, steps[-1].tag) == ("on", "off")


@pytest.mark.soak
def test_tagging_resumed_training_equals_an_uninterrupted_one() -> None:
    write_rows([(f"word{index} runs", "NOUN VERB") for index in range(10)])
    words = "{words: {dim: 3, word_dropout: 0.3, characters: {length: 4, layers: [{pool: max}]}}}"
    config = SMALL.replace("embedding: 3", f"embedding: {words}").replace("gru", "simple_rnn")
    Path("c.yaml").write_text(config, encoding="utf-8")
    whole = train("c.yaml", ["train.epochs=2"]).run
    halved = train("c.yaml", ["train.epochs=2", "train.max_steps=4"]).run
    resume(str(halved), ["train.max_steps=null"])
    with np.load(whole.weights) as expected, np.load(halved.weights) as found:
        assert sorted(expected.files) == sorted(found.files)
        for name in expected.files:
            np.testing.assert_array_equal(found[name], expected[name])


def test_dump_config_of_tagging_reads_back(names: Path) -> None:
    first = task_of(RunFolder(names))
    assert parse_config(dump_config(first)) == first


@pytest.mark.soak
def test_init_from_another_run(names: Path, tmp_path: Path) -> None:
    """Also where it reads more of each word; not where its data are another kind."""
    write_names(tmp_path)
    longer = ["train.max_steps=1", "model.embedding.words.characters.length=9"]
    run = train("names.yaml", longer, init_from=str(names)).run
    assert load_trained(run).architecture.input_shape == (None, 10)
    with pytest.raises(RnnkitError, match=r"--init-from: .*words.*embedding"):
        train("names.yaml", ["model.embedding={embedding: 4}"], init_from=str(names))
    with pytest.raises(RnnkitError, match=r"task\.tagging\.scheme: iob2"):
        train("names.yaml", ["task.tagging.scheme=iob2"], init_from=str(names))


def test_prepare_reads_the_sample_of_sentences_and_of_numbers() -> None:
    sentences = small(PLAIN, ("split: 0", "split: 0, labels: [DET, NOUN]"))
    labels = sentences.prepare(Source(sample=True)).codec.labels.names
    assert "B-PER" in labels  # the sample's own, not those that the config lists
    numbers = small(
        PLAIN, ("conll: t.tsv", "arrays: t.npz"), ("embedding: 3", "embedding: none")
    ).prepare(Source(sample=True))
    assert numbers.codec.labels.names == ("off", "on")
    assert len(numbers.parts["train"]) == 24


def test_next_command_and_sample(names: Path, tmp_path: Path) -> None:
    write_names(tmp_path)
    run = load_trained(RunFolder(names))
    data = run.task.prepare(Source(), run.predictor.codec)
    command = run.task.next_command(run.run, data)
    assert command.endswith("--text 'then Tom left Anna .'")
    assert len(run.task.sample(run.predictor, data).splitlines()) == 3
    assert "/B-PER" in run.task.sample(run.predictor, data)
