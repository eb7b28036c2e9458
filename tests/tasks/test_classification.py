"""Classification: the objective by its equations, parts and labels of the data, small classifiers
that learn, and what is wrong with a config.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rnnkit.workflows.answer import Trained, load_trained

from rnnkit import api
from rnnkit.config import load_config, parse_config, shipped_configs
from rnnkit.data.encode.codecs import TextCodec
from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.words import subwords
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.tasks.classification.data import LONGEST
from rnnkit.workflows.train import resume, train
from tests.classified import VERDICT, copied, csv_text, trained, write_verdict

SMALL = """\
task: classification
data: {dataset: {labelled: {texts: {good: [one two, three, one three], bad: [four, five four, four six]}}}, split: 0}
model: {embedding: 3, layers: [simple_rnn: 3]}
train: {epochs: 1, batch_size: 4}
"""  # noqa: E501


def silent(line: str) -> None:
    pass


def small(*replacements: tuple[str, str]) -> Any:
    text = SMALL
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    return parse_config(text, "c.yaml")


def table(rows: list[tuple[str, str]], *replacements: tuple[str, str]) -> Any:
    """A config whose data set is these rows."""
    Path("t.csv").write_text(csv_text(rows), encoding="utf-8")
    dataset = (
        "{labelled: {texts: {good: [one two, three, one three], bad: [four, five four, four six]}}}"
    )
    return small((dataset, "{csv: t.csv}"), *replacements)


def rows(count: int, labels: str = "ab") -> list[tuple[str, str]]:
    return [(f"text number {index}", labels[index % len(labels)]) for index in range(count)]


@pytest.fixture
def verdict(tmp_path_factory: pytest.TempPathFactory, runs: Path) -> Path:
    return copied("verdict", tmp_path_factory, runs)


@pytest.fixture
def moods(tmp_path_factory: pytest.TempPathFactory, runs: Path) -> Path:
    return copied("moods", tmp_path_factory, runs)


@pytest.fixture
def tongues(tmp_path_factory: pytest.TempPathFactory, runs: Path) -> Path:
    return copied("tongues", tmp_path_factory, runs)


def opened(run: Path) -> Trained:
    return load_trained(RunFolder.open(str(run)), silent)


def answers(run: Path, texts: list[str]) -> list[Any]:
    trained_run = opened(run)
    return trained_run.config.answer_all(trained_run.codec, trained_run.outputs, texts)  # type: ignore[no-any-return]


# The objective, against the equations in NumPy.


WEIGHT_POWERS = {"none": 0.0, "sqrt": 0.5, "balanced": 1.0}


def objective_of(
    labels: Labels, class_weight: str, outputs: np.ndarray, targets: np.ndarray, weights: np.ndarray
) -> dict[str, float]:
    from keras import ops

    config = small(
        ("task: classification", f"task: {{classification: {{class_weight: {class_weight}}}}}")
    )
    codec = TextCodec(None, labels, None)  # type: ignore[arg-type]  # the objective asks the labels alone
    sums = config.objective(codec)(
        ops.convert_to_tensor(outputs),
        ops.convert_to_tensor(targets),
        ops.convert_to_tensor(weights),
    )
    return {name: float(np.asarray(value)) for name, value in sums.items()}


@pytest.mark.backend
@pytest.mark.parametrize("class_weight", WEIGHT_POWERS)
@pytest.mark.parametrize("count", [2, 4])
@settings(max_examples=15, deadline=None)
@given(random_seed=st.integers(0, 2**32 - 1))
def test_the_loss_of_one_label(count: int, class_weight: str, random_seed: int) -> None:
    """Negative log of the true label's probability: a sigmoid tells two apart, a softmax more."""
    generator = np.random.default_rng(random_seed)
    counts = generator.integers(1, 50, count)
    labels = Labels(tuple("abcd"[:count]), tuple(counts.tolist()), int(counts.sum()))
    targets = generator.integers(0, count, 6).astype(np.int32)
    outputs = (3 * generator.normal(size=(6, labels.outputs))).astype(np.float32)
    weights = np.array([1, 1, 1, 1, 0, 0], np.float32)  # the last two rows fill up the batch
    if count == 2:
        second = 1 / (1 + np.exp(-outputs[:, 0].astype(np.float64)))
        probabilities = np.stack([1 - second, second], axis=1)
    else:
        odds = np.exp(outputs.astype(np.float64))
        probabilities = odds / odds.sum(axis=1, keepdims=True)
    nats = -np.log(probabilities[np.arange(6), targets])
    of_label = (counts.sum() / (count * counts)) ** WEIGHT_POWERS[class_weight]
    counted = weights * of_label[targets]
    assert objective_of(labels, class_weight, outputs, targets, weights) == pytest.approx(
        {
            "loss": (nats * counted).sum(),
            "weight": counted.sum(),
            "correct": ((probabilities.argmax(axis=1) == targets) * weights).sum(),
            "texts": 4,
        },
        rel=1e-4,
        abs=1e-6,
    )


@pytest.mark.backend
@pytest.mark.parametrize("class_weight", WEIGHT_POWERS)
@pytest.mark.parametrize("count", [1, 3])
@settings(max_examples=15, deadline=None)
@given(random_seed=st.integers(0, 2**32 - 1))
def test_the_loss_of_several_labels(count: int, class_weight: str, random_seed: int) -> None:
    """The mean over the labels of each one's binary cross-entropy."""
    generator = np.random.default_rng(random_seed)
    counts, texts = generator.integers(1, 50, count), 60
    labels = Labels(
        tuple("abc"[:count]), tuple(counts.tolist()), texts, several=True, thresholds=(0.5,) * count
    )
    targets = generator.integers(0, 2, (6, count)).astype(np.float32)
    outputs = (3 * generator.normal(size=(6, count))).astype(np.float32)
    weights = np.array([1, 1, 1, 1, 0, 0], np.float32)
    probabilities = 1 / (1 + np.exp(-outputs.astype(np.float64)))
    nats = -np.where(targets > 0, np.log(probabilities), np.log(1 - probabilities))
    nats *= (
        np.where(targets > 0, texts / (2 * counts), texts / (2 * (texts - counts)))
        ** WEIGHT_POWERS[class_weight]
    )
    given_labels = probabilities > 0.5
    real = weights > 0
    assert objective_of(labels, class_weight, outputs, targets, weights) == pytest.approx(
        {
            "loss": nats[real].mean(axis=1).sum(),
            "weight": 4,
            "correct": (given_labels == (targets > 0))[real].all(axis=1).sum(),
            "texts": 4,
            "true_positives": (given_labels & (targets > 0))[real].sum(),
            "given": given_labels[real].sum(),
            "wanted": targets[real].sum(),
        },
        rel=1e-4,
        abs=1e-6,
    )


def test_balanced_weights_are_those_of_scikit_learn() -> None:
    from sklearn.utils.class_weight import compute_class_weight

    targets = np.array([0] * 7 + [1] * 2 + [2])
    labels = Labels(("a", "b", "c"), (7, 2, 1), 10)
    np.testing.assert_allclose(
        labels.weights(),
        compute_class_weight("balanced", classes=np.arange(3), y=targets),
        rtol=1e-6,
    )
    assert (targets == 0).sum() * labels.weights()[0] == pytest.approx(
        (targets == 2).sum() * labels.weights()[2]
    )


def test_the_scores_of_an_epoch() -> None:
    sums = {"loss": 6.0, "weight": 4.0, "correct": 3.0, "texts": 5.0}
    assert small().epoch_metrics(sums) == {"loss": 1.5, "accuracy": 0.6}
    several = {**sums, "true_positives": 2.0, "given": 3.0, "wanted": 5.0}
    assert small().epoch_metrics(several)["f1"] == 0.5
    assert (
        small().epoch_metrics({**several, "true_positives": 0.0, "given": 0.0, "wanted": 0.0})["f1"]
        == 0
    )


def test_two_labels_need_one_output_and_more_as_many() -> None:
    config = small()
    for names, several, outputs in (
        ("ab", False, 1),
        ("abc", False, 3),
        ("ab", True, 2),
        ("a", True, 1),
    ):
        labels = Labels(
            tuple(names), (1,) * len(names), 9, several, (0.5,) * len(names) if several else ()
        )
        architecture = config._resolve(9, labels.outputs)
        assert architecture.weight_shapes()["logits/bias"] == (outputs,)


def test_the_sizes_of_the_shipped_models() -> None:
    def parameters(name: str, vocabulary: int) -> int:
        shapes = load_config(shipped_configs()[name])._resolve(vocabulary, 1).weight_shapes()
        return sum(
            int(np.prod(shape))
            for path, shape in shapes.items()
            if name != "tweets_simple_rnn" or path.startswith("simple_rnn")
        )

    assert parameters("imdb_simple_rnn", 10_000) == 322_113
    assert parameters("tweets_simple_rnn", 10_000) == 34


# The data: parts, labels, and what becomes of odd texts.


def test_a_test_file_of_its_own_stays_whole_and_validation_comes_out_of_training(
    tmp_path: Path,
) -> None:
    write_verdict(tmp_path)
    data = load_config(tmp_path / "verdict.yaml").load_data()
    assert {part: len(data.parts[part].examples) for part in data.parts} == {
        "train": 36,
        "test": 9,
        "validation": 12,
    }
    everything = [*data.parts["train"].examples.texts, *data.parts["validation"].examples.texts]
    assert sorted(everything) == sorted(
        line.split(",")[0] for line in (tmp_path / "verdict.csv").read_text().splitlines()[1:]
    )
    assert data.parts["test"].examples.place(0) == "verdict_test.csv: row 2"


def test_parts_have_every_labels_share_and_do_not_hang_on_the_trainings_seed() -> None:
    rare = [(f"text number {index}", "rare" if index % 5 == 0 else "often") for index in range(100)]
    split = ("split: 0", "split: {validation: 0.2, test: 0.1}")
    data = table(rare, split).load_data()
    assert {part: data.parts[part].targets.tolist().count(1) for part in data.parts} == {
        "train": 14,
        "validation": 4,
        "test": 2,
    }
    assert {part: len(data.parts[part].targets) for part in data.parts} == {
        "train": 70,
        "validation": 20,
        "test": 10,
    }
    again = table(rare, split, ("epochs: 1", "epochs: 1, random_seed: 7")).load_data()
    assert again.fingerprint == data.fingerprint
    other = table(
        rare, ("split: 0", "split: {validation: 0.2, test: 0.1, random_seed: 1}")
    ).load_data()
    assert other.fingerprint != data.fingerprint


def test_the_last_texts_as_they_come() -> None:
    data = table(
        rows(20), ("split: 0", "split: {validation: 0.2, test: 0.1, method: last}")
    ).load_data()
    assert data.parts["validation"].examples.texts == [
        f"text number {index}" for index in range(14, 18)
    ]
    assert data.parts["test"].examples.place(1) == "t.csv: row 21"


def test_texts_of_which_nothing_is_left_are_read_as_unknown_and_told() -> None:
    data = table(
        [*rows(8), ("!!!", "a"), ("...", "b")], ("split: 0", "tokenizer: {word: removed}, split: 0")
    ).load_data()
    assert data.parts["train"].whole.lengths.tolist()[-2:] == [1, 1]
    assert (
        "train: nothing is left of 2 texts, which are read as <unk>: t.csv: row 10, t.csv: row 11"
        in data.notes
    )


@pytest.mark.parametrize(("side", "kept"), [("pre", "last"), ("post", "first")])
def test_what_is_cut_of_a_long_text(side: str, kept: str) -> None:
    data = table(
        [("a b c d e", "x"), ("f", "y")],
        ("split: 0", f"max_length: 2, truncating: {side}, split: 0"),
    ).load_data()
    part = data.parts["train"]
    words = data.codec.tokenizer.tokens(part.texts[0])
    assert words == (["d", "e"] if kept == "last" else ["a", "b"])
    assert part.whole.lengths[0] == 5  # the baseline reads all of it
    assert "1 texts cut" in data.describe()[2]


def test_a_text_beyond_all_bounds_is_cut_and_told() -> None:
    data = table([("word " * (LONGEST + 1), "x"), ("f", "y")]).load_data()
    assert data.parts["train"].texts.lengths[0] == LONGEST
    assert any(
        "1 texts of more than 10,000 tokens are cut" in note and "t.csv: row 2" in note
        for note in data.notes
    )


def test_texts_that_stand_in_two_parts_are_counted(tmp_path: Path) -> None:
    write_verdict(tmp_path)
    first = (tmp_path / "verdict.csv").read_text().splitlines()[1].split(",")[0]
    with open(tmp_path / "verdict_test.csv", "a", encoding="utf-8") as file:
        file.write(f"{first},good\n" * 2)
    data = load_config(tmp_path / "verdict.yaml", ["data.split.validation=0"]).load_data()
    assert "2 of 11 test texts stand in the training part too" in data.notes


def test_a_label_of_one_text_is_told_with_its_place() -> None:
    data = table([*rows(20), ("a slip of the pen", "7")]).load_data()
    assert "1 labels have one training text only: '7' (t.csv: row 22)" in data.notes


def test_labels_may_be_named_beforehand() -> None:
    data = table(rows(8), ("split: 0", "labels: [b, a, c], split: 0")).load_data()
    assert (data.codec.labels.names, data.codec.labels.counts) == (("b", "a", "c"), (4, 4, 0))
    assert data.parts["train"].targets.tolist() == [1, 0] * 4
    with pytest.raises(
        RnnkitError,
        match=(
            r"t\.csv: row 3: the label 'b', which `data.labels` does not have\. Expected one of:"
            r" a, c"
        ),
    ):
        table(rows(8), ("split: 0", "labels: [a, c], split: 0")).load_data()


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (
            [("x", "a"), ("y", "a")],
            (
                "the training part has one label only: 'a', 2 times. Expected at least two. Is it"
                " the right column?"
            ),
        ),
        (
            [(f"x{n}", f"0.{n}") for n in range(40)],
            (
                "40 different labels for 40 texts, such as '0.0', '0.1', '0.2'. Expected labels"
                " that texts have"
            ),
        ),
    ],
)
def test_labels_that_tell_nothing_apart(texts: list[tuple[str, str]], said: str) -> None:
    with pytest.raises(RnnkitError) as caught:
        table(texts, ("split: 0", "split: 0.25")).load_data()
    assert str(caught.value).startswith("data.dataset: ")
    assert said in str(caught.value)


def test_too_few_texts_for_a_part() -> None:
    with pytest.raises(
        RnnkitError,
        match=(
            r"data\.split: 4 texts leave the validation part empty\. .* data\.split\.validation, or"
            r" 0 for none"
        ),
    ):
        table(rows(4), ("split: 0", "split: 0.1")).load_data()


@pytest.mark.parametrize("several", [False, True])
def test_a_smoke_run_has_its_parts_however_small_the_shares(several: bool) -> None:
    label = "label: [a, b]" if several else "multi_label: false"
    config = small(
        (
            (
                "{labelled: {texts: {good: [one two, three, one three], bad: [four, five four, four"
                " six]}}}"
            ),
            f"{{csv: {{path: nosuch.csv, {label}}}}}",
        ),
        ("split: 0", "split: {validation: 0.01, test: 0.02}"),
    )
    data = config.load_data(sample=True)
    assert list(data.parts) == ["train", "validation", "test"]
    assert all(len(part.examples) for part in data.parts.values())


def test_the_fingerprint_changes_with_texts_and_labels() -> None:
    prints = [
        table(texts).load_data().fingerprint
        for texts in (rows(8), rows(8), rows(8, "ba"), [*rows(7), ("other words", "b")])
    ]
    assert prints[0] == prints[1]
    assert len(set(prints)) == 3


# Small classifiers that have learnt.


@pytest.mark.backend
def test_two_labels_are_learnt_beside_their_baselines(verdict: Path) -> None:
    scores = json.loads((verdict / "metrics.json").read_text())["validation"]
    assert list(scores) == ["this run", "majority class", "TF-IDF logistic regression"]
    assert scores["this run"]["accuracy"] == scores["this run"]["roc_auc"] == 1
    assert scores["majority class"]["accuracy"] == 0.5
    assert scores["majority class"]["log_loss"] == pytest.approx(np.log(2))
    assert (verdict / "confusion-validation.png").read_bytes().startswith(b"\x89PNG")
    labels = json.loads((verdict / "labels.json").read_text())
    assert labels == {"names": ["bad", "good"], "counts": [18, 18], "texts": 36, "several": False}


@pytest.mark.backend
@pytest.mark.parametrize("name", ["verdict", "moods", "tongues", "spelt", "pieced"])
def test_the_probabilities_are_those_of_keras(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = trained(name, tmp_path_factory)
    run = api.load_run(str(folder))
    text = {
        "verdict": "the film was lovely",
        "moods": "a mouse felt glad",
        "tongues": "Bini",
        "spelt": "So Wonderfull a film",
        "pieced": "So Wonderfull a film",
    }[name]
    codec, config = run.config.load_codec(run.folder), run.config
    ids = codec.encode([text]).flat[None]
    if config.data.batching == "fixed":
        ids = np.concatenate(
            [np.zeros((1, config.data.max_length - ids.shape[1]), np.int32), ids], axis=1
        )
    logits = np.asarray(run.model(ids))[0].astype(np.float64)
    found = {row.label: row.probability for row in run.predict(text)}
    if name == "tongues":
        expected = np.exp(logits) / np.exp(logits).sum()
    elif name == "moods":
        expected = 1 / (1 + np.exp(-logits))
    else:
        expected = np.array([1 / (1 + np.exp(logits[0])), 1 / (1 + np.exp(-logits[0]))])
    assert [found[label] for label in codec.labels.names] == pytest.approx(
        expected.tolist(), abs=1e-5
    )
    assert list(found.values()) == sorted(found.values(), reverse=True)


TEXTS = [
    "the film was lovely",
    "dull",
    "awful awful awful a a a a a a a",
    "x",
    "her plan was clever and not boring at all",
    "lovely",
]


@pytest.mark.parametrize("name", ["verdict", "moods", "tongues", "spelt", "pieced"])
def test_an_answer_does_not_hang_on_batch_size_or_batch_mates(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = trained(name, tmp_path_factory)
    alone = [answers(run, [text])[0] for text in TEXTS]
    crowd = answers(run, TEXTS + ["word " * 300] * 300)[: len(TEXTS)]
    backwards = answers(run, TEXTS[::-1])[::-1]
    for answer in (crowd, backwards):
        for own, other in zip(alone, answer, strict=True):
            assert own == pytest.approx(other, abs=2e-6)


@pytest.mark.parametrize("name", ["spelt", "pieced"])
def test_a_word_that_the_vocabulary_lacks_is_known_by_its_spelling(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = opened(trained(name, tmp_path_factory))
    said: list[str] = []
    verdicts = {
        word: (
            run.config.answer(
                run.codec,
                run.outputs,
                f"the film was {word}",
                top=1,
                where="--text",
                warn=said.append,
            )[0].label
        )
        for word in ("wonderfull", "dulll")
    }
    assert verdicts == {"wonderfull": "good", "dulll": "bad"}
    assert said == [
        f"--text: not in the vocabulary, read by their spelling alone: {word!r}"
        for word in verdicts
    ]


def test_pieces_are_those_that_the_config_names(tmp_path_factory: pytest.TempPathFactory) -> None:
    run = opened(trained("pieced", tmp_path_factory))
    expected = subwords(["film"], length=20, shortest=3, longest=4, buckets=500)
    np.testing.assert_array_equal(run.codec.encode(["film"]).flat[:, 1:], expected)


def test_a_training_that_starts_from_a_run_reads_words_as_its_own_config_says(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = trained("pieced", tmp_path_factory)
    monkeypatch.setenv("RNNKIT_DATA", str(start.parent))
    monkeypatch.setenv("RNNKIT_RUNS", str(tmp_path))
    Path("vectors.txt").write_text("film 1 0 0 0\n", encoding="utf-8")
    said: list[str] = []
    overrides = [
        "train.epochs=1",
        "model.embedding.words.subwords.longest=3",
        "model.embedding.words.path=vectors.txt",
    ]
    started = api.train(
        str(start.parent / "pieced.yaml"), *overrides, init_from=str(start), say=said.append
    )
    read = opened(started.folder.path).codec.encode(["film"]).flat[:, 1:]
    np.testing.assert_array_equal(
        read, subwords(["film"], length=20, shortest=3, longest=3, buckets=500)
    )
    assert (
        f"model.embedding.words: the vectors are those of {start} too; vectors.txt gave none"
        in said
    )


def test_scores_do_not_hang_on_the_batch_size_either(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained("verdict", tmp_path_factory)
    monkeypatch.chdir(run.parent)
    opened_run = opened(run)
    data = opened_run.config.load_data(codec=opened_run.codec)
    whole = data.batches("train", 1000).answers(opened_run.outputs)
    for batch_size in (1, 5, 36):
        np.testing.assert_allclose(
            data.batches("train", batch_size).answers(opened_run.outputs), whole, atol=1e-5
        )


def test_raw_text_is_read_as_in_training_wherever_the_run_lies(
    verdict: Path, tmp_path: Path
) -> None:
    """Case, tags, entities and mentions, by the rules of the run's own config; its data are far
    away.
    """
    elsewhere = shutil.move(verdict, tmp_path / "moved here")
    plain = answers(elsewhere, ["usermention the film & was lovely"])
    assert answers(elsewhere, ["@Anybody THE  film<br/>&amp; was Lovely"]) == plain
    assert answers(elsewhere, ["@Nobody the Film &amp; <b>was</b> LOVELY"]) == plain
    assert plain[0]["label"] == "good"
    with pytest.raises(RnnkitError, match=r"no such file: 'verdict\.csv'"):
        api.load_run(str(elsewhere)).evaluate()


def test_thresholds_are_chosen_on_validation_and_kept(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained("moods", tmp_path_factory)
    monkeypatch.chdir(run.parent)
    thresholds = json.loads((run / "labels.json").read_text())["thresholds"]
    opened_run = opened(run)
    data = opened_run.config.load_data(codec=opened_run.codec)
    part = data.parts["validation"]
    probabilities = 1 / (
        1 + np.exp(-data.batches("validation", 8).answers(opened_run.outputs).astype(np.float64))
    )

    def f1(label: int, threshold: float) -> float:
        chosen, wanted = probabilities[:, label] >= threshold, part.targets[:, label] > 0
        return float(2 * (chosen & wanted).sum() / (chosen.sum() + wanted.sum()))

    for label, threshold in enumerate(thresholds):
        assert f1(label, threshold) == max(f1(label, other) for other in probabilities[:, label])
    evaluation = next(iter(api.load_run(str(run)).evaluate("validation")))
    assert evaluation.notes == ["thresholds were chosen on this part"]
    assert [row[-1] for row in evaluation.tables[0].rows[:3]] == thresholds
    assert evaluation.rows[0].scores["macro_f1"] == pytest.approx(
        np.mean([f1(label, thresholds[label]) for label in range(3)])
    )
    own = api.load_run(str(run)).predict("the film 1 felt glad", top=3)
    assert {row.label: row.threshold for row in own} == dict(
        zip(("anger", "fear", "joy"), thresholds, strict=True)
    )
    assert all(row.given == ("yes" if row.probability >= row.threshold else "no") for row in own)


def test_the_best_weights_by_f1_are_those_of_the_highest(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    run = trained("moods", tmp_path_factory)
    history = np.genfromtxt(run / "history.csv", delimiter=",", names=True)
    best = json.loads((run / "manifest.json").read_text())["best"]
    assert best["monitor"] == "val_f1"
    assert best["value"] == history["val_f1"].max()
    assert history["val_f1"][best["epoch"] - 1] == history["val_f1"].max()


def test_a_multi_label_file_keeps_its_lone_quotes(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained("moods", tmp_path_factory)
    monkeypatch.chdir(run.parent)
    data = load_config(run / "config.yaml").load_data()
    assert sum(len(part.examples) for part in data.parts.values()) == 44
    assert all('"' in text for text in data.parts["train"].examples.texts)
    balance = data.codec.labels.weights()
    assert balance[1] == pytest.approx([31 / (2 * count) for count in data.codec.labels.counts])


def test_a_folder_of_names_is_learnt_letter_by_letter(tongues: Path) -> None:
    scores = json.loads((tongues / "metrics.json").read_text())["validation"]
    assert (
        scores["this run"]["accuracy"]
        > scores["majority class"]["accuracy"]
        == pytest.approx(1 / 3)
    )
    assert [
        answer["label"] for answer in answers(tongues, ["Tomini", "Tomopulos", "Tomowski"])
    ] == ["Italian", "Greek", "Polish"]


def test_a_resumed_training_ends_where_an_uninterrupted_one_does(
    tmp_path: Path, runs: Path
) -> None:
    write_verdict(tmp_path)
    straight = train("verdict.yaml", ["train.epochs=2"], say=silent).run
    broken = train("verdict.yaml", ["train.epochs=2", "train.max_steps=3"], say=silent).run
    assert broken.path != straight.path
    resume(str(broken), ["train.max_steps=null"], say=silent)
    with np.load(straight.weights) as expected, np.load(broken.weights) as found:
        assert list(found) == list(expected)
        for name in expected:
            np.testing.assert_array_equal(found[name], expected[name])
    assert json.loads(broken.metrics.read_text()) == json.loads(straight.metrics.read_text())


def test_vectors_of_a_damaged_file_leave_no_run_behind(tmp_path: Path, runs: Path) -> None:
    (tmp_path / "vectors.txt").write_text("one 0.1 0.2\nthree 0.1 x\n", encoding="utf-8")
    (tmp_path / "c.yaml").write_text(
        SMALL.replace("embedding: 3", "embedding: {path: vectors.txt}"), encoding="utf-8"
    )
    with pytest.raises(RnnkitError, match=r"vectors\.txt:2: no numbers"):
        train("c.yaml", say=silent)
    assert not runs.exists()


def test_the_text_that_is_recommended_can_be_asked() -> None:
    """A lone dash would read standard input."""
    config = table([("-", "a"), ("\x1b[31m", "b"), ("first words", "a"), ("second words", "b")])
    command = config.next_command(RunFolder(Path("runs/x")), config.load_data())
    assert command == "rnnkit predict runs/x --text '[31m'"


# What is wrong with a config.

WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "fixed": (
        lambda: small(("split: 0", "batching: fixed, split: 0")),
        "data.batching: fixed, but no data.max_length. Expected the length",
    ),
    "mask": (
        lambda: small(("split: 0", "mask: false, split: 0")),
        (
            "data.mask: false, and data.batching is bucket. The model would see another padding in"
            " each bucket. Write `batching: fixed`"
        ),
    ),
    "padding": (
        lambda: small(("split: 0", "padding: pre, split: 0")),
        "data.padding: pre, and data.mask is true. A masked padding changes nothing",
    ),
    "unroll": (
        lambda: small(("simple_rnn: 3", "simple_rnn: {units: 3, unroll: true}")),
        (
            "model.layers.0.simple_rnn.unroll: true, and data.batching is bucket. An unrolled layer"
            " needs texts of one length"
        ),
    ),
    "labels once": (
        lambda: small(("split: 0", "labels: [a, b, a], split: 0")),
        "data.labels: 3 labels. Expected at least two different ones",
    ),
    "labels as text": (
        lambda: small(("split: 0", "labels: [1, '1'], split: 0")),
        "data.labels: 2 labels. Expected at least two different ones",
    ),
    "one label": (
        lambda: small(("split: 0", "labels: [a], split: 0")),
        "data.labels: 1 labels. Expected at least two different ones",
    ),
    "split": (
        lambda: small(("split: 0", "split: {validation: 0.5, test: 0.5}")),
        "data.split: validation and test take everything",
    ),
    "numbers": (
        lambda: small(("embedding: 3", "embedding: none")),
        "model.embedding: found 'none'. Expected an embedding or one_hot",
    ),
    "f1": (
        lambda: small(("epochs: 1", "epochs: 1, monitor: f1")),
        "train.monitor: found 'f1'. Expected loss or accuracy: f1 is that of several",
    ),
    "monitor": (
        lambda: small(("epochs: 1", "epochs: 1, monitor: acuracy")),
        (
            "train.monitor: found 'acuracy'. Expected one of: loss, accuracy, f1. Did you mean"
            " 'accuracy'?"
        ),
    ),
    "clean": (
        lambda: small(("split: 0", "clean: [htm], split: 0")),
        "data.clean.0: found 'htm' (text). Expected one of: html, links, mentions",
    ),
    "vocabulary": (
        lambda: small(
            (
                (
                    "{labelled: {texts: {good: [one two, three, one three], bad: [four, five four,"
                    " four six]}}}"
                ),
                "imdb",
            ),
            ("split: 0", "tokenizer: char, split: 0"),
        ),
        (
            "data.tokenizer: a tokenizer, but the data set imdb brings its own. Expected one of the"
            " two. Write `imdb: {vocab_size: null}`"
        ),
    ),
    "a text data set": (
        lambda: small(
            (
                (
                    "{labelled: {texts: {good: [one two, three, one three], bad: [four, five four, four"  # noqa: E501
                    " six]}}}"
                ),
                "fable",
            )
        ),
        (
            "data.dataset: 'fable' is no dataset that fits here. Expected one of: abc_tunes_by_key,"
            " arrays, csv, folder, imdb"
        ),
    ),
    "no vector": (
        lambda: small(("simple_rnn: 3", "dense: 3")),
        "no layer turns the sequence into one vector",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_configs(name: str) -> None:
    make, said = WRONG[name]
    with pytest.raises(RnnkitError) as caught:
        make()
    assert said in str(caught.value)
    assert caught.value.exit_code == 2


def test_several_mistakes_are_told_together() -> None:
    with pytest.raises(RnnkitError) as caught:
        small(
            ("split: 0", "batching: fixed, mask: true, padding: pre, labels: [a, a], split: 0"),
            ("epochs: 1", "epochs: 1, monitor: f1"),
        )
    assert [line.split(": ")[1] for line in str(caught.value).splitlines()] == [
        "data.batching",
        "data.padding",
        "data.labels",
        "train.monitor",
    ]


def test_what_is_right_beside_it() -> None:
    fixed = small(
        ("split: 0", "batching: fixed, max_length: 5, mask: false, padding: pre, split: 0")
    )
    assert fixed.load_data().train.widths == [5]
    assert (
        parse_config(
            VERDICT.replace("epochs: 5", "epochs: 5, monitor: accuracy"), "c.yaml"
        ).train.monitor
        == "accuracy"
    )
    several = VERDICT.replace("test_path: verdict_test.csv", "label: [a]").replace(
        "epochs: 5", "epochs: 5, monitor: f1"
    )
    assert parse_config(several, "c.yaml").data.dataset.several
