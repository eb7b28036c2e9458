"""The language model's own part: its data, scores beside baselines, seeds, and the command that it proposes."""

from __future__ import annotations

import math
import shlex
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit.config import parse_config
from rnnkit.data.datasets.fable import FABLE
from rnnkit.errors import RnnkitError
from rnnkit.metrics.next_token import score_logits
from rnnkit.run import RunFolder
from rnnkit.tasks.task import Evaluation

pytestmark = pytest.mark.backend

PUBLISHED = {"metric": "accuracy", "part": "train", "value": 0.952, "source": "two LSTM(512)"}


def language_model(window: int = 3, published: dict[str, Any] | None = None, **data: Any) -> Any:
    """A checked config on the fable, all of it for training."""
    tree = {
        "task": {"language_model": {"window": window}},
        "data": {"dataset": "fable", "split": 0, **data},
        "model": {"embedding": 4, "layers": [{"simple_rnn": 4}]},
        "train": {"batch_size": 64},
    }
    return parse_config(tree | ({"published": published} if published else {}))


def silent(line: str) -> None:
    pass


def scores(evaluation: Evaluation) -> dict[str, dict[str, float]]:
    return {row.who: row.scores for row in evaluation.rows}


def uniform(task: Any, data: Any) -> Any:
    """A model that knows nothing."""
    return lambda inputs: np.zeros((len(inputs), len(data.codec)), np.float32)


def counted(data: Any) -> Any:
    """A model that has counted what follows each window: no model can do better."""
    windows = data.windows("train")
    following: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
    for context, target in zip(windows.inputs.tolist(), windows.targets.tolist(), strict=True):
        following[tuple(context)][target] += 1

    def outputs(inputs: np.ndarray) -> np.ndarray:
        logits = np.full((len(inputs), len(data.codec)), -1e9, np.float32)
        for row, context in enumerate(inputs.tolist()):
            counts = following[tuple(context)]
            for token, count in counts.items():
                logits[row, token] = math.log(count / counts.total())
        return logits

    return outputs


def test_epoch_metrics_by_hand() -> None:
    metrics = language_model().epoch_metrics({"loss": 200 * math.log(8), "correct": 50.0, "weight": 200.0})
    assert metrics == {"loss": pytest.approx(math.log(8)), "accuracy": 0.25, "perplexity": pytest.approx(8)}


def test_the_objective_leaves_padding_out() -> None:
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(6, 5)).astype(np.float32) * 4
    targets = generator.integers(0, 5, 6).astype(np.int32)
    weights = np.array([1, 1, 1, 1, 0, 0], np.float32)
    sums = {name: float(value) for name, value in language_model().objective(None)(logits, targets, weights).items()}
    expected = score_logits(logits[:4], targets[:4])
    assert sums == {"loss": pytest.approx(expected.nats, rel=1e-5), "correct": expected.correct, "weight": 4}
    assert language_model().epoch_metrics(sums) == pytest.approx(
        {"loss": expected.loss, "accuracy": expected.accuracy, "perplexity": expected.perplexity}, rel=1e-5
    )


def test_the_rows_of_an_evaluation() -> None:
    task = language_model(published=PUBLISHED)
    data = task.load_data()
    (evaluation,) = task.evaluate(uniform(task, data), data, ["train"])
    assert evaluation.part == "train"
    assert [row.who for row in evaluation.rows] == ["this run", "ceiling (window of 3)", "unigram", "bigram", "published"]
    assert evaluation.notes == ["training accuracy: the model has seen this very text"]
    published = evaluation.rows[-1]
    assert (published.scores, published.note) == ({"accuracy": 0.952}, "two LSTM(512)")


def test_without_a_published_figure_there_is_no_row_for_it() -> None:
    task = language_model(window=5)
    data = task.load_data()
    (evaluation,) = task.evaluate(uniform(task, data), data, ["train"])
    assert [row.who for row in evaluation.rows] == ["this run", "ceiling (window of 5)", "unigram", "bigram"]


def test_scores_of_the_run_and_of_the_ceiling() -> None:
    task = language_model()
    data = task.load_data()
    (knows_nothing,) = task.evaluate(uniform(task, data), data, ["train"])
    assert scores(knows_nothing)["this run"] == pytest.approx(
        {"accuracy": 0, "correct": 0, "tokens": 200, "loss": math.log(113), "perplexity": 113}, rel=1e-6
    )
    # 196 contexts tell what comes; in the 4 others it is one of two.
    ceiling = {"accuracy": 0.99, "correct": 198, "tokens": 200, "loss": 4 * math.log(2) / 200, "perplexity": math.exp(4 * math.log(2) / 200)}
    assert scores(knows_nothing)["ceiling (window of 3)"] == pytest.approx(ceiling)
    (knows_all,) = task.evaluate(counted(data), data, ["train"])
    assert scores(knows_all)["this run"] == pytest.approx(ceiling, rel=1e-5)


def test_baselines_against_a_plain_computation() -> None:
    task = language_model(split={"validation": 0.2, "test": 0.1})
    data = task.load_data()
    text, vocabulary = data.parts["train"].tolist(), len(data.codec)
    counts = Counter(text)
    pairs: dict[int, Counter[int]] = defaultdict(Counter)
    for before, after in pairwise(text):
        pairs[before][after] += 1

    def unigram(token: int) -> float:
        return (counts[token] + 1) / (len(text) + vocabulary)

    def bigram(before: int, token: int) -> float:
        after = pairs[before]
        return (after[token] + len(after) * unigram(token)) / (after.total() + len(after)) if after else unigram(token)

    likeliest = min(counts, key=lambda token: (-counts[token], token))
    for evaluation in task.evaluate(uniform(task, data), data, ["train", "validation", "test"]):
        ids = data.parts[evaluation.part].tolist()
        rows = [(ids[place + 2], ids[place + 3]) for place in range(len(ids) - 3)]
        guesses = [min(pairs[before], key=lambda token: (-pairs[before][token], token)) if pairs[before] else likeliest for before, _ in rows]
        expected = {
            "unigram": (-sum(math.log(unigram(token)) for _, token in rows) / len(rows), sum(token == likeliest for _, token in rows)),
            "bigram": (
                -sum(math.log(bigram(*row)) for row in rows) / len(rows),
                sum(guess == token for guess, (_, token) in zip(guesses, rows, strict=True)),
            ),
        }
        for who, (loss, correct) in expected.items():
            found = scores(evaluation)[who]
            assert found["loss"] == pytest.approx(loss)
            assert found["perplexity"] == pytest.approx(math.exp(loss))
            assert (found["correct"], found["tokens"]) == (correct, len(rows))
            assert found["accuracy"] == correct / len(rows)
        assert bool(evaluation.notes) == (evaluation.part == "train")


@pytest.mark.parametrize("batch_size", [1, 7, 200, 1000])
def test_scores_do_not_depend_on_the_batch_size(batch_size: int) -> None:
    task = language_model()
    data = task.load_data()
    data.batch_size = batch_size
    seen: list[tuple[int, ...]] = []

    def outputs(inputs: np.ndarray) -> np.ndarray:
        seen.append(inputs.shape)
        return np.sin(inputs[:, :1] * 3.0 + np.arange(len(data.codec)))

    (evaluation,) = task.evaluate(outputs, data, ["train"])
    windows = data.windows("train")
    expected = score_logits(np.sin(windows.inputs[:, :1] * 3.0 + np.arange(len(data.codec))), windows.targets)
    assert scores(evaluation)["this run"] == pytest.approx(expected.as_dict())
    assert set(seen) == {(min(batch_size, 200), 3)}  # one shape only


def test_the_data_are_described_with_their_sizes() -> None:
    assert language_model().load_data().describe() == ["train 203 tokens in 200 windows of 3; vocabulary of 112 and <unk>"]


def test_unknown_tokens_are_counted_and_named_so() -> None:
    data = language_model(split={"validation": 0.2}).load_data()
    unknown = int((data.parts["validation"] == data.codec.unknown_id).sum())
    assert 0 < unknown < len(data.parts["validation"])
    assert data.describe()[1:] == [f"validation: {unknown} of {len(data.parts['validation'])} tokens are not in the vocabulary (<unk>)"]
    small = language_model(tokenizer={"word": {"vocab_size": 10}}).load_data()
    assert small.describe()[1].startswith("train: ")


def test_a_further_file_is_encoded_by_the_vocabulary_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("The cat, the ZEBRA and the old mouse.", encoding="utf-8")
    task = language_model()
    trained = task.load_data()
    data = task.load_data(codec=trained.codec, file="other.txt")
    assert data.codec is trained.codec
    assert data.codec.tokens(data.parts["data"].tolist()) == ["the", "cat", ",", "the", "<unk>", "and", "the", "old", "mouse", "."]
    assert "data: 1 of 10 tokens are not in the vocabulary (<unk>)" in data.describe()
    (evaluation,) = task.evaluate(uniform(task, data), data, ["data"])
    assert scores(evaluation)["this run"]["tokens"] == 7
    assert evaluation.notes == []


def test_a_further_file_that_is_too_short_is_named(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("the cat .", encoding="utf-8")
    with pytest.raises(RnnkitError, match=r"a window of 3, but the data part of other\.txt has 3 tokens.*Expected at most 2 for this text"):
        language_model().load_data(file="other.txt")


def test_the_fingerprint_is_that_of_the_data() -> None:
    first = language_model().load_data().fingerprint
    assert language_model(window=5).load_data().fingerprint == first  # the same text
    assert language_model(tokenizer="char").load_data().fingerprint != first
    assert language_model(split=0.2).load_data().fingerprint != first
    assert language_model(split=0.3).load_data().fingerprint != language_model(split=0.2).load_data().fingerprint


@pytest.mark.parametrize(
    "tokenizer",
    ["word", "char", {"word": {"vocab_size": 20}}, {"word": "removed"}, {"word": "kept"}, {"word": {"lowercase": False, "min_frequency": 2}}],
    ids=str,
)
@pytest.mark.parametrize("window", [1, 3, 10])
def test_the_command_that_is_proposed_has_a_seed_that_works(tokenizer: Any, window: int) -> None:
    task = language_model(window=window, tokenizer=tokenizer)
    data = task.load_data()
    known = [row for row in data.train.inputs.tolist() if data.codec.unknown_id not in row]
    command = shlex.split(task.next_command(RunFolder(Path("runs/my run")), data))
    assert command[:4] == ["rnnkit", "generate", "runs/my run", "--seed"]
    assert len(command) == 5
    if known:
        assert task.encode_seed(data.codec, command[4], "--seed", "error", silent).tolist() == [known[0]]
    else:
        assert window == 10  # among few words no ten in a row are known


def test_a_seed_is_encoded_in_any_case_and_spacing() -> None:
    task = language_model()
    codec = task.load_data().codec
    expected = codec.encode("had a general").tolist()
    for seed in ("had a general", "HAD a General", "  had\n\ta   general "):
        assert task.encode_seed(codec, seed, "seed", "error", silent).tolist() == [expected]


@pytest.mark.parametrize(
    ("tokenizer", "seed", "message"),
    [
        ("word", "", "--seed: an empty seed. Expected at least 3 words of the training text."),
        ("word", " \n ", "--seed: an empty seed. Expected at least 3 words of the training text."),
        ("char", "", "--seed: an empty seed. Expected at least 3 characters of the training text."),
        ("word", "had", "--seed: 1 word in 'had'. Expected at least 3: the model sees a window of 3. Add 2 more."),
        ("word", "had a", "--seed: 2 words in 'had a'. Expected at least 3: the model sees a window of 3. Add 1 more."),
        ("char", "ab", "--seed: 2 characters in 'ab'. Expected at least 3: the model sees a window of 3. Add 1 more."),
        ({"word": "removed"}, "... !", "--seed: an empty seed. Expected at least 3 words of the training text."),
    ],
)
def test_a_seed_that_is_too_short(tokenizer: Any, seed: str, message: str) -> None:
    task = language_model(tokenizer=tokenizer)
    with pytest.raises(RnnkitError) as caught:
        task.encode_seed(task.load_data().codec, seed, "--seed", "error", silent)
    assert str(caught.value) == message
    assert caught.value.exit_code == 2


def test_unknown_words_in_a_seed() -> None:
    task = language_model()
    codec = task.load_data().codec
    with pytest.raises(RnnkitError, match=r"'zebra', 'dog'"):
        task.encode_seed(codec, "had a zebra general dog", "--seed", "error", silent)
    said: list[str] = []
    skipped = task.encode_seed(codec, "had a zebra general dog", "--seed", "skip", said.append)
    assert codec.tokens(skipped[0].tolist()) == ["had", "a", "general"]
    kept = task.encode_seed(codec, "had a zebra general dog", "--seed", "unk", said.append)
    assert codec.tokens(kept[0].tolist()) == ["had", "a", "<unk>", "general", "<unk>"]
    assert said == ["--seed: not in the vocabulary, left out: 'zebra', 'dog'", "--seed: not in the vocabulary, read as <unk>: 'zebra', 'dog'"]
    with pytest.raises(RnnkitError, match="an empty seed"):
        task.encode_seed(codec, "zebra dog", "--seed", "skip", silent)


def test_the_model_sees_the_window_and_answers_for_the_vocabulary() -> None:
    task = language_model(window=7)
    architecture = task.architecture(task.load_data().codec)
    assert architecture.input_shape == (7,)
    assert architecture.output_shape == (113,)


def test_text_is_no_numbers() -> None:
    with pytest.raises(RnnkitError, match=r"model\.embedding: found 'none'.*text is no numbers"):
        parse_config({"task": {"language_model": 3}, "data": {"dataset": "fable"}, "model": {"embedding": "none", "layers": [{"gru": 4}]}})


def test_parts_that_take_everything_are_refused() -> None:
    with pytest.raises(RnnkitError, match=r"data\.split: validation and test take everything"):
        language_model(split={"validation": 0.6, "test": 0.4})


def test_the_guesses_after_a_text() -> None:
    task = language_model()
    data = task.load_data()
    guesses = task.answer(data.codec, counted(data), "enemy, THE cat .", top=3, where="--text", warn=silent)
    assert {guesses[0].token, guesses[1].token} == {"some", "by"}
    assert [guess.probability for guess in guesses] == pytest.approx([0.5, 0.5, 0.0], abs=1e-6)


def test_a_sample_begins_with_the_text() -> None:
    task = language_model()
    data = task.load_data()
    assert task.sample(counted(data), data).startswith(FABLE[:50].replace(" .", "."))
