"""Tagging: parts and tags of the data, the objective, legal answers, scores, and small taggers that
learn.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rnnkit.workflows.answer import load_trained

from rnnkit import api
from rnnkit.config import dump_config, parse_config
from rnnkit.data.encode.codecs import WordCodec
from rnnkit.data.encode.labels import Labels
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.tasks.tagging.task import TaggedToken
from rnnkit.workflows.train import resume, train
from tests.engine.test_crf import random_potentials
from tests.tagged import column_text, copied, sentences, write_names
from tests.tagged import trained as trained_run

SMALL = """\
task: tagging
data: {dataset: {conll: t.tsv}, split: 0}
model: {embedding: 3, layers: [gru: 3]}
train: {epochs: 1, batch_size: 4}
"""

CONDITIONED = "task: {language_model: {condition: label}}\ndata: {dataset: {csv: t.csv}}"

Rows = list[tuple[str, str]]
SPANS: Rows = [("a b c", "O I-PER I-PER"), ("d e", "I-LOC B-LOC"), ("f", "O")]
PLAIN: Rows = [("the mouse", "DET NOUN"), ("it squeaks", "PRON VERB"), ("the", "DET")]


def silent(line: str) -> None:
    pass


def written(rows: Rows, path: str = "t.tsv") -> None:
    Path(path).write_text(
        column_text([(tokens.split(), tags.split()) for tokens, tags in rows]), encoding="utf-8"
    )


def config(rows: Rows, *replacements: tuple[str, str]) -> Any:
    """A config whose data set is these rows."""
    written(rows)
    text = SMALL
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    return parse_config(text, "c.yaml")


# The data.


def test_spans_are_iob2_outside_and_bioes_inside() -> None:
    data = config(SPANS).load_data()
    assert data.codec.labels.names == (
        "O",
        *(f"{prefix}-{kind}" for kind in ("LOC", "PER") for prefix in "BIES"),
    )
    part = data.parts["train"]
    assert part.examples.labels == [("O", "B-PER", "I-PER"), ("B-LOC", "B-LOC"), ("O",)]
    inside = [[data.codec.labels.names[label] for label in row] for row in part.targets]
    assert inside == [["O", "B-PER", "E-PER"], ["S-LOC", "S-LOC"], ["O"]]
    assert data.codec.labels.counts[0] == 2
    assert data.notes == []  # IOB1, as nearly all of it is, allows each


def test_the_models_own_scheme_may_be_iob2_and_tags_may_be_plain() -> None:
    assert config(
        SPANS, ("task: tagging", "task: {tagging: {scheme: iob2}}")
    ).load_data().codec.labels.names == (
        "O",
        "B-LOC",
        "I-LOC",
        "B-PER",
        "I-PER",
    )
    assert config(SPANS, ("split: 0", "split: 0, tags: plain")).load_data().codec.labels.names == (
        "B-LOC",
        "I-LOC",
        "I-PER",
        "O",
    )
    assert config(PLAIN).load_data().codec.labels.names == ("DET", "NOUN", "PRON", "VERB")


def test_illegal_sentences_are_counted_named_and_read_as_conlleval_does() -> None:
    rows = [("a b", "B-PER I-PER"), ("c d", "B-LOC O"), ("e f", "O I-PER"), ("g h", "B-PER I-LOC")]
    data = config(rows).load_data()
    assert data.notes == [
        "train: 2 sentences are no legal IOB2 and are read as conlleval reads them: t.tsv:7,"
        " t.tsv:10"
    ]
    assert data.parts["train"].examples.labels[2:] == [("O", "B-PER"), ("B-PER", "B-LOC")]
    (note,) = config(SPANS, ("split: 0", "split: 0, tags: iob2")).load_data().notes
    assert note.startswith("train: 2 sentences are no legal IOB2")


def test_what_the_model_reads() -> None:
    words = config(PLAIN).load_data()
    assert words.codec.tokenizer.tokens(words.parts["train"].texts[0]) == ["the", "mouse"]
    characters = config(
        PLAIN, ("embedding: 3", "embedding: {words: {dim: 3, characters: {length: 4}}}")
    ).load_data()
    packed = characters.parts["train"].texts[1]
    assert packed.shape == (2, 5)
    assert packed[0].tolist() == [
        words.parts["train"].texts[1][0],
        1 + ord("i"),
        1 + ord("t"),
        0,
        0,
    ]
    (batch,) = characters.batches("train", 4).in_order()
    assert batch.inputs.shape == (3, 8, 5)  # three sentences, steps to a multiple of eight
    assert batch.weights.sum(axis=1).tolist() == [2, 2, 1]
    assert (batch.inputs[batch.weights == 0] == 0).all()


def test_parts_of_files_and_a_seeded_split_that_keeps_equal_sentences_together() -> None:
    written(PLAIN[:1], "v.tsv")
    data = config(
        PLAIN, ("conll: t.tsv", "conll: {path: t.tsv, validation_path: v.tsv}")
    ).load_data()
    assert {name: len(part.examples) for name, part in data.parts.items()} == {
        "train": 3,
        "validation": 1,
    }
    assert "1 of 1 validation sentences stand in the training part too" in data.describe()
    many = [(f"word{index % 15} runs", "NOUN VERB") for index in range(30)]
    split = config(many, ("split: 0", "split: {validation: 0.2, test: 0.2}")).load_data()
    parts = {
        name: {tuple(tokens) for tokens in part.examples.texts}
        for name, part in split.parts.items()
    }
    assert {name: len(found) for name, found in parts.items()} == {
        "train": 9,
        "validation": 3,
        "test": 3,
    }
    assert split.notes == []


def test_what_is_told_of_the_data() -> None:
    written([("the cat", "DET NOUN")], "v.tsv")
    lines = (
        config(PLAIN, ("conll: t.tsv", "conll: {path: t.tsv, validation_path: v.tsv}"))
        .load_data()
        .describe()
    )
    assert lines == [
        "train 3 sentences of 5 tokens, validation 1 sentences of 2 tokens; vocabulary of 6",
        "4 tags in training: DET 2, NOUN 1, PRON 1, VERB 1",
        "validation: 1 tokens (50.0%) are words that the training part lacks",
    ]


# The objective.


def sums_of(
    crf: bool, outputs: np.ndarray, targets: np.ndarray, weights: np.ndarray
) -> dict[str, float]:
    from keras import ops

    task = config(PLAIN, ("task: tagging", f"task: {{tagging: {{crf: {str(crf).lower()}}}}}"))
    codec = WordCodec(None, Labels(("A", "B", "C"), (1, 1, 1), 3), None)  # type: ignore[arg-type]  # the objective asks the labels alone
    sums = task.objective(codec)(
        ops.convert_to_tensor(outputs),
        ops.convert_to_tensor(targets),
        ops.convert_to_tensor(weights),
    )
    return {name: float(value) for name, value in sums.items()}


def test_the_objective_of_steps_by_the_equation() -> None:
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(3, 5, 3)).astype(np.float32)
    targets = generator.integers(0, 3, (3, 5)).astype(np.int32)
    weights = (np.arange(5) < np.array([[5], [2], [0]])).astype(np.float32)
    shares = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    nats = -np.log(np.take_along_axis(shares, targets[..., None], axis=-1)[..., 0])
    expected = {
        "loss": (nats * weights).sum(),
        "weight": 7.0,
        "correct": ((logits.argmax(axis=-1) == targets) * weights).sum(),
    }
    assert sums_of(False, logits, targets, weights) == pytest.approx(expected, rel=1e-5)


def test_the_objective_of_a_chain_counts_tokens_and_the_best_labels() -> None:
    """The loss itself is held in tests/models/test_crf.py."""
    from rnnkit.engine.crf import decode

    potentials, lengths = random_potentials(1, 2, 5, 3), np.array([5, 3])
    targets = np.zeros((2, 5), np.int32)
    for row, (labels, _) in enumerate(decode(potentials, lengths)):
        targets[row, : lengths[row]] = labels
    targets[0, 2] = (targets[0, 2] + 1) % 3
    found = sums_of(True, potentials, targets, (np.arange(5) < lengths[:, None]).astype(np.float32))
    assert (found["weight"], found["correct"]) == (8.0, 7.0)
    assert found["loss"] > 0


# Answers.


@pytest.mark.parametrize("crf", [False, True])
def test_spans_of_an_answer_are_legal_whatever_the_model_says(crf: bool) -> None:
    """Scores drawn by chance: without the rules most sentences would not be BIOES."""
    from rnnkit.data.encode.spans import converted, is_legal

    task = config(SPANS, ("task: tagging", f"task: {{tagging: {{crf: {str(crf).lower()}}}}}"))
    codec = task.load_data().codec
    labels = len(codec.labels)
    generator = np.random.default_rng(0)

    def outputs(inputs: np.ndarray) -> np.ndarray:
        return generator.normal(
            0, 3, (*inputs.shape, labels, labels) if crf else (*inputs.shape, labels)
        ).astype(np.float32)

    for tokens, (tags, probabilities) in zip(TEXTS, task.tag(codec, outputs, TEXTS), strict=True):
        assert is_legal(tags, "iob2")
        assert len(tags) == len(probabilities) == len(tokens)
        assert converted(tags, "bioes")
        assert ((probabilities > 0) & (probabilities <= 1)).all()


TEXTS = [["a"] * length for length in (1, 2, 3, 9, 17, 4, 30)]


def test_a_softmax_of_plain_tags_takes_the_likeliest_at_each_step() -> None:
    task = config(PLAIN)
    codec = task.load_data().codec
    logits = np.log(np.array([[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1]], np.float32))

    def outputs(inputs: np.ndarray) -> np.ndarray:
        return np.resize(logits, (*inputs.shape, 4))

    ((tags, probabilities),) = task.tag(codec, outputs, [["x", "y"]])
    assert tags == ("VERB", "DET")
    assert probabilities == pytest.approx([0.4, 0.7])


# Small taggers.


@pytest.fixture
def names(tmp_path_factory: pytest.TempPathFactory, runs: Path) -> Path:
    return copied("names", tmp_path_factory, runs)


def test_it_learns_names_and_places(names: Path) -> None:
    found = api.load_run(str(names)).predict("Anna Smith left Rome")
    assert [(row.token, row.tag) for row in found] == [
        ("Anna", "B-PER"),
        ("Smith", "I-PER"),
        ("left", "O"),
        ("Rome", "B-LOC"),
    ]
    assert all(isinstance(row, TaggedToken) and 0.3 < row.probability <= 1 for row in found)


def test_numpy_answers_as_keras_does(names: Path) -> None:
    from rnnkit.workflows.answer import KerasAnswers

    run = load_trained(RunFolder.open(str(names)), silent)
    assert run.answers == "numpy"
    texts = [tokens for tokens, _ in sentences()]
    by_keras = run.config.tag(
        run.codec,
        KerasAnswers(
            run.architecture,
            RunFolder.open(str(names)).load_weights(run.architecture.weight_shapes(), []),
        ),
        texts,
    )
    for (tags, probabilities), (tags_too, probabilities_too) in zip(
        run.config.tag(run.codec, run.outputs, texts), by_keras, strict=True
    ):
        assert tags == tags_too
        np.testing.assert_allclose(probabilities, probabilities_too, atol=1e-4)


def test_an_answer_does_not_depend_on_what_stands_beside_it(names: Path) -> None:
    run = load_trained(RunFolder.open(str(names)), silent)
    texts = [tokens for tokens, _ in sentences()]
    together = run.config.tag(run.codec, run.outputs, texts)
    for index in (0, 7, 19):
        ((tags, probabilities),) = run.config.tag(run.codec, run.outputs, [texts[index]])
        assert tags == together[index][0]
        np.testing.assert_allclose(probabilities, together[index][1], atol=1e-5)


def test_evaluation(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seqeval.metrics import classification_report

    from rnnkit.workflows.evaluate import evaluate

    folder = trained_run("names", tmp_path_factory)
    monkeypatch.setenv("RNNKIT_DATA", str(folder.parent))
    (evaluation,) = evaluate(str(folder), ["test"], errors=5, warn=silent)
    own, frequent = evaluation.rows
    assert (own.who, frequent.who) == ("this run", "most frequent tag")
    assert {
        "accuracy",
        "correct",
        "tokens",
        "sentence_accuracy",
        "unknown_accuracy",
        "precision",
        "recall",
        "f1",
    } == own.scores.keys()
    run = load_trained(RunFolder.open(str(folder)), silent)
    data = run.config.load_data(codec=run.codec)
    examples = data.parts["test"].examples
    answers = [list(tags) for tags, _ in run.config.tag(run.codec, run.outputs, examples.texts)]
    expected = classification_report(
        [list(tags) for tags in examples.labels], answers, output_dict=True, zero_division=0
    )
    assert own.scores["f1"] == pytest.approx(expected["micro avg"]["f1-score"])
    spans, mistakes = evaluation.tables
    assert [row[0] for row in spans.rows] == ["LOC", "PER", "micro", "macro"]
    assert evaluation.confusion is None
    assert [row[1:3] for row in mistakes.rows if "mouse" in row[4]] == [["B-PER", "O"]]
    assert mistakes.rows[0][3].endswith(("names_test.tsv:1", "names_test.tsv:6"))
    probabilities = [row[0] for row in mistakes.rows]
    assert probabilities == sorted(probabilities, reverse=True)


def test_plain_tags_have_a_confusion_table() -> None:
    written(PLAIN)
    Path("c.yaml").write_text(SMALL, encoding="utf-8")
    training = train("c.yaml", say=silent)
    (evaluation,) = training.evaluations
    assert [table.title for table in evaluation.tables] == [
        "each tag",
        "true tag (rows) and answer (columns)",
    ]
    assert evaluation.confusion is not None
    assert np.sum(evaluation.confusion.counts) == 5
    assert training.run.confusion("train").is_file()


def test_a_resumed_training_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    write_names(tmp_path)
    settings = ["train.epochs=2", "model.embedding.words.word_dropout=0.3"]
    whole = train("names.yaml", settings, say=silent).run
    halved = train("names.yaml", [*settings, "train.max_steps=3"], say=silent).run
    resume(str(halved), ["train.max_steps=null"], say=silent)
    with np.load(whole.weights) as expected, np.load(halved.weights) as found:
        assert sorted(expected.files) == sorted(found.files)
        for name in expected.files:
            np.testing.assert_array_equal(found[name], expected[name])


def test_the_resolved_config_reads_back(names: Path) -> None:
    first = RunFolder.open(str(names)).load_config()
    assert parse_config(dump_config(first)) == first


def test_steps_of_numbers(
    tmp_path_factory: pytest.TempPathFactory, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = trained_run("steps", tmp_path_factory)
    monkeypatch.setenv("RNNKIT_DATA", str(folder.parent))
    scores = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["validation"]
    assert scores["this run"]["accuracy"] > 0.8
    assert scores["this run"].keys() == {"accuracy", "correct", "steps"}
    assert "logistic regression of each step alone" in scores
    rows = api.load_run(str(folder)).predict("1 5 1 5, 1 5 0 5 0 5")
    assert [row.step for row in rows] == [0, 1, 2, 3, 4]
    assert (rows[0].tag, rows[-1].tag) == ("on", "off")


def test_a_training_may_start_from_another_run(names: Path, tmp_path: Path) -> None:
    """Also where it reads more of each word; not where its data are another kind."""
    write_names(tmp_path)
    run = train(
        "names.yaml",
        ["train.epochs=1", "model.embedding.words.characters.length=9"],
        init_from=str(names),
        say=silent,
    ).run
    assert load_trained(run, silent).architecture.input_shape == (None, 10)
    with pytest.raises(
        RnnkitError, match=r"--init-from: .* reads its data by words, the config by embedding"
    ):
        train("names.yaml", ["model.embedding={embedding: 4}"], init_from=str(names), say=silent)
    with pytest.raises(
        RnnkitError,
        match=r"task.tagging.scheme: iob2, but the run that is taken over writes spans otherwise",
    ):
        train("names.yaml", ["task.tagging.scheme=iob2"], init_from=str(names), say=silent)


# What is wrong with a config.


@pytest.mark.parametrize(
    ("replacements", "message"),
    [
        ([("embedding: 3", "embedding: none")], "model.embedding: found 'none'"),
        (
            [("layers: [gru: 3]", "layers: [gru: 3, pool: max]")],
            "model.layers.1: a pool leaves one vector",
        ),
        (
            [("layers: [gru: 3]", "layers: [gru: {units: 3, unroll: true}]")],
            "model.layers.0.gru.unroll: true over sequences of any length",
        ),
        ([("layers: [gru: 3]", "layers: [crf: 3]")], "model.layers.0: unknown layer 'crf'"),
        (
            [("split: 0", "split: {validation: 0.5, test: 0.5}")],
            "data.split: validation and test take everything",
        ),
        ([("split: 0", "split: 0, labels: [a, a]")], "data.labels: 2 labels"),
        (
            [("conll: t.tsv", "csv: t.tsv")],
            (
                "data.dataset: 'csv' is no dataset that fits here. Expected one of: arrays, conll,"
                " conllu, "
            ),
        ),
        ([("conll: t.tsv", "arrays: t.npz")], "model.embedding: found 'embedding'. Expected none"),
        (
            [
                ("conll: t.tsv", "arrays: t.npz"),
                ("embedding: 3", "embedding: none"),
                ("split: 0", "split: 0, tags: plain"),
            ],
            "data.tags: set, but",
        ),
        ([("epochs: 1", "epochs: 1, monitor: f1")], "train.monitor: found 'f1'"),
    ],
)
def test_mistakes_in_a_config(replacements: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(RnnkitError) as caught:
        config(PLAIN, *replacements)
    assert message in str(caught.value)


@pytest.mark.parametrize("task", ["task: {language_model: 3}\ndata: {dataset: fable}", CONDITIONED])
def test_words_beside_characters_are_not_for_texts_that_are_written(task: str) -> None:
    with pytest.raises(RnnkitError, match=r"model.embedding: found 'words'"):
        parse_config(f"{task}\nmodel: {{embedding: {{words: 4}}, layers: [lstm: 4]}}", "c.yaml")


@pytest.mark.parametrize(
    "embedding", ["3", "one_hot", "{words: {dim: 3, characters: {length: 4, layers: [{lstm: 2}]}}}"]
)
def test_whatever_reads_tokens_trains(embedding: str) -> None:
    written(PLAIN)
    Path("c.yaml").write_text(
        SMALL.replace("embedding: 3", f"embedding: {embedding}"), encoding="utf-8"
    )
    assert train("c.yaml", ["train.max_steps=1"], say=silent).evaluations


def test_one_mistyped_tag_among_spans_is_told() -> None:
    notes = config([("Anna runs", "B-PER O"), ("Ben sleeps", "Z-PER O")]).load_data().notes
    assert (
        "tags are read as they stand: Z-PER write no span, though B-PER do; `tags: iob2` names the"
        " line" in notes
    )
