"""The language model's own part: its data, scores beside baselines, seeds, and the command that it
proposes.
"""

from __future__ import annotations

import math
import shlex
from collections import Counter, defaultdict
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rnnkit.workflows.answer import KerasAnswers

from rnnkit.config import parse_config
from rnnkit.data.datasets.fable import FABLE
from rnnkit.engine.forward import Engine
from rnnkit.errors import RnnkitError
from rnnkit.generation.decode import beam_search, generate
from rnnkit.generation.options import Generate
from rnnkit.metrics.next_token import score_logits
from rnnkit.run import RunFolder
from rnnkit.tasks.task import Evaluation
from tests.random_models import random_weights

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
    metrics = language_model().epoch_metrics(
        {"loss": 200 * math.log(8), "correct": 50.0, "weight": 200.0}
    )
    assert metrics == {
        "loss": pytest.approx(math.log(8)),
        "accuracy": 0.25,
        "perplexity": pytest.approx(8),
    }


def test_the_objective_leaves_padding_out() -> None:
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(6, 5)).astype(np.float32) * 4
    targets = generator.integers(0, 5, 6).astype(np.int32)
    weights = np.array([1, 1, 1, 1, 0, 0], np.float32)
    sums = {
        name: float(value)
        for name, value in language_model().objective(None)(logits, targets, weights).items()
    }
    expected = score_logits(logits[:4], targets[:4])
    assert sums == {
        "loss": pytest.approx(expected.nats, rel=1e-5),
        "correct": expected.correct,
        "weight": 4,
    }
    assert language_model().epoch_metrics(sums) == pytest.approx(
        {"loss": expected.loss, "accuracy": expected.accuracy, "perplexity": expected.perplexity},
        rel=1e-5,
    )


def test_the_rows_of_an_evaluation() -> None:
    task = language_model(published=PUBLISHED)
    data = task.load_data()
    (evaluation,) = task.evaluate(uniform(task, data), data, ["train"])
    assert evaluation.part == "train"
    assert [row.who for row in evaluation.rows] == [
        "this run",
        "ceiling (window of 3)",
        "unigram",
        "bigram",
        "published",
    ]
    assert evaluation.notes == ["training accuracy: the model has seen this very text"]
    published = evaluation.rows[-1]
    assert (published.scores, published.note) == ({"accuracy": 0.952}, "two LSTM(512)")


def test_without_a_published_figure_there_is_no_row_for_it() -> None:
    task = language_model(window=5)
    data = task.load_data()
    (evaluation,) = task.evaluate(uniform(task, data), data, ["train"])
    assert [row.who for row in evaluation.rows] == [
        "this run",
        "ceiling (window of 5)",
        "unigram",
        "bigram",
    ]


def test_scores_of_the_run_and_of_the_ceiling() -> None:
    task = language_model()
    data = task.load_data()
    (knows_nothing,) = task.evaluate(uniform(task, data), data, ["train"])
    assert scores(knows_nothing)["this run"] == pytest.approx(
        {"accuracy": 0, "correct": 0, "tokens": 200, "loss": math.log(113), "perplexity": 113},
        rel=1e-6,
    )
    # 196 contexts tell what comes; in the 4 others it is one of two.
    ceiling = {
        "accuracy": 0.99,
        "correct": 198,
        "tokens": 200,
        "loss": 4 * math.log(2) / 200,
        "perplexity": math.exp(4 * math.log(2) / 200),
    }
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
        return (
            (after[token] + len(after) * unigram(token)) / (after.total() + len(after))
            if after
            else unigram(token)
        )

    likeliest = min(counts, key=lambda token: (-counts[token], token))
    for evaluation in task.evaluate(uniform(task, data), data, ["train", "validation", "test"]):
        ids = data.parts[evaluation.part].tolist()
        rows = [(ids[place + 2], ids[place + 3]) for place in range(len(ids) - 3)]
        guesses = [
            (
                min(pairs[before], key=lambda token: (-pairs[before][token], token))
                if pairs[before]
                else likeliest
            )
            for before, _ in rows
        ]
        expected = {
            "unigram": (
                -sum(math.log(unigram(token)) for _, token in rows) / len(rows),
                sum(token == likeliest for _, token in rows),
            ),
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
    expected = score_logits(
        np.sin(windows.inputs[:, :1] * 3.0 + np.arange(len(data.codec))), windows.targets
    )
    assert scores(evaluation)["this run"] == pytest.approx(expected.as_dict())
    assert set(seen) == {(min(batch_size, 200), 3)}  # one shape only


def test_the_data_are_described_with_their_sizes() -> None:
    assert language_model().load_data().describe() == [
        "train 203 tokens in 200 windows of 3; vocabulary of 112 and <unk>"
    ]


def test_unknown_tokens_are_counted_and_named_so() -> None:
    data = language_model(split={"validation": 0.2}).load_data()
    unknown = int((data.parts["validation"] == data.codec.unknown_id).sum())
    assert 0 < unknown < len(data.parts["validation"])
    assert data.describe()[1:] == [
        f"validation: {unknown} of {len(data.parts['validation'])} tokens are <unk>"
    ]
    small = language_model(tokenizer={"word": {"vocab_size": 10}}).load_data()
    assert small.describe()[1].startswith("train: ")


def test_a_further_file_is_encoded_by_the_vocabulary_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("The cat, the ZEBRA and the old mouse.", encoding="utf-8")
    task = language_model()
    trained = task.load_data()
    data = task.load_data(codec=trained.codec, file="other.txt")
    assert data.codec is trained.codec
    assert data.codec.tokens(data.parts["data"].tolist()) == [
        "the",
        "cat",
        ",",
        "the",
        "<unk>",
        "and",
        "the",
        "old",
        "mouse",
        ".",
    ]
    assert "data: 1 of 10 tokens are <unk>" in data.describe()
    (evaluation,) = task.evaluate(uniform(task, data), data, ["data"])
    assert scores(evaluation)["this run"]["tokens"] == 7
    assert evaluation.notes == []


def test_a_further_file_that_is_too_short_is_named(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("the cat .", encoding="utf-8")
    with pytest.raises(
        RnnkitError,
        match=(
            r"a window of 3, but the data part of other\.txt has 3 tokens.*Expected at most 2 for"
            r" this text"
        ),
    ):
        language_model().load_data(file="other.txt")


def test_the_fingerprint_is_that_of_the_data() -> None:
    first = language_model().load_data().fingerprint
    assert language_model(window=5).load_data().fingerprint == first  # the same text
    assert language_model(tokenizer="char").load_data().fingerprint != first
    assert language_model(split=0.2).load_data().fingerprint != first
    assert (
        language_model(split=0.3).load_data().fingerprint
        != language_model(split=0.2).load_data().fingerprint
    )


@pytest.mark.parametrize(
    "tokenizer",
    [
        "word",
        "char",
        {"word": {"vocab_size": 20}},
        {"word": "removed"},
        {"word": "kept"},
        {"word": {"lowercase": False, "min_frequency": 2}},
    ],
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
        assert task.encode_seed(data.codec, command[4], "--seed", "error", silent).tolist() == [
            known[0]
        ]
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
        (
            "word",
            "had",
            (
                "--seed: 1 word in 'had'. Expected at least 3: the model sees a window of 3. Add 2"
                " more."
            ),
        ),
        (
            "word",
            "had a",
            (
                "--seed: 2 words in 'had a'. Expected at least 3: the model sees a window of 3. Add"
                " 1 more."
            ),
        ),
        (
            "char",
            "ab",
            (
                "--seed: 2 characters in 'ab'. Expected at least 3: the model sees a window of 3."
                " Add 1 more."
            ),
        ),
        (
            {"word": "removed"},
            "... !",
            "--seed: an empty seed. Expected at least 3 words of the training text.",
        ),
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
    assert said == [
        "--seed: not in the vocabulary, left out: 'zebra', 'dog'",
        "--seed: not in the vocabulary, read as <unk>: 'zebra', 'dog'",
    ]
    with pytest.raises(RnnkitError, match="an empty seed"):
        task.encode_seed(codec, "zebra dog", "--seed", "skip", silent)


def test_the_model_sees_the_window_and_answers_for_the_vocabulary() -> None:
    task = language_model(window=7)
    architecture = task.architecture(task.load_data().codec)
    assert architecture.input_shape == (7,)
    assert architecture.output_shape == (113,)


def test_text_is_no_numbers() -> None:
    with pytest.raises(RnnkitError, match=r"model\.embedding: found 'none'.*text is no numbers"):
        parse_config(
            {
                "task": {"language_model": 3},
                "data": {"dataset": "fable"},
                "model": {"embedding": "none", "layers": [{"gru": 4}]},
            }
        )


def test_parts_that_take_everything_are_refused() -> None:
    with pytest.raises(RnnkitError, match=r"data\.split: validation and test take everything"):
        language_model(split={"validation": 0.6, "test": 0.4})


def test_the_guesses_after_a_text() -> None:
    task = language_model()
    data = task.load_data()
    guesses = task.answer(
        data.codec, counted(data), "enemy, THE cat .", top=3, where="--text", warn=silent
    )
    assert {guesses[0].token, guesses[1].token} == {"some", "by"}
    assert [guess.probability for guess in guesses] == pytest.approx([0.5, 0.5, 0.0], abs=1e-6)


def test_a_sample_begins_with_the_text() -> None:
    task = language_model()
    data = task.load_data()
    assert task.sample(counted(data), data).startswith(FABLE[:50].replace(" .", "."))


# Streams


def stream_model(
    layers: Any = ({"lstm": 4},),
    task: Any = None,
    embedding: Any = 4,
    tie_weights: bool = False,
    train: Any = None,
    **data: Any,
) -> Any:
    """A checked config of a stream of the fable's words, all of them for training."""
    return parse_config(
        {
            "task": {"language_model": task or {"stream": True, "bptt": 7}},
            "data": {"dataset": "fable", "split": 0, **data},
            "model": {"embedding": embedding, "layers": list(layers), "tie_weights": tie_weights},
            "train": {"batch_size": 8, **(train or {})},
        }
    )


def refusal(**settings: Any) -> str:
    with pytest.raises(RnnkitError) as caught:
        stream_model(**settings)
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize(
    ("task", "got"),
    [
        ({"window": 3, "stream": True}, "both a window and a stream"),
        ({"bptt": 5}, "neither a window nor a stream"),
        ({"stream": False}, "neither"),
    ],
)
def test_a_window_or_a_stream(task: dict[str, Any], got: str) -> None:
    message = refusal(task=task)
    assert "task.language_model.window: " in message
    assert got in message
    assert (
        "Expected one of the two"
        if got.startswith("both")
        else "Expected `window: 3`, `stream: true`, or `condition: label`"
    ) in message


@pytest.mark.parametrize(
    ("layers", "place", "words"),
    [
        (
            [{"gru": 3}, {"lstm": {"units": 4, "bidirectional": True}}],
            "model.layers.1.lstm.bidirectional",
            "would see the very symbols",
        ),
        (
            [{"simple_rnn": {"units": 4, "unroll": True}}],
            "model.layers.0.simple_rnn.unroll",
            "true in a stream. Expected false",
        ),
        ([{"gru": 3}, {"pool": "max"}], "model.layers.1", "a pool leaves one vector"),
    ],
)
def test_what_a_stream_refuses(layers: list[Any], place: str, words: str) -> None:
    message = refusal(layers=layers)
    assert f"{place}: " in message
    assert words in message


def test_all_mistakes_of_a_stream_come_together() -> None:
    message = refusal(
        layers=[
            {"lstm": {"units": 4, "bidirectional": True, "unroll": True}},
            {"gru": {"units": 2, "bidirectional": True}},
        ]
    )
    assert [line.split(": ")[1] for line in message.splitlines()] == [
        *[
            "model.layers.0.lstm.bidirectional",
            "model.layers.1.gru.bidirectional",
            "model.layers.0.lstm.unroll",
        ],
    ]


def test_tied_weights_want_an_embedding_of_the_same_size() -> None:
    assert "model.tie_weights: true without an embedding. Expected a table to share" in refusal(
        embedding="one_hot", tie_weights=True
    )
    message = refusal(layers=[{"lstm": 5}], tie_weights=True)
    assert (
        "model.layers: tied weights, but the last layer gives 5 numbers and the embedding has 4."
        in message
    )
    tied = stream_model(layers=[{"lstm": 5}, {"dense": 4}], tie_weights=True)
    architecture = tied.architecture(tied.load_data().codec)
    assert (
        architecture.carries_state,
        architecture.output_shape,
        architecture.layers[-1].ties,
    ) == (True, (None, 113), "embedding")
    window = parse_config(
        {
            "task": {"language_model": 3},
            "data": {"dataset": "fable"},
            "model": {"embedding": 4, "layers": [{"gru": 4}], "tie_weights": True},
        }
    )
    assert window.architecture(window.load_data().codec).output_shape == (
        len(window.load_data().codec),
    )


def test_how_a_stream_is_described() -> None:
    """203 tokens in 8 streams of (203 - 1) // 8 = 25, four chunks of seven."""
    data = stream_model().load_data()
    assert data.describe() == [
        "train 203 tokens in 8 streams, 4 steps of 7; vocabulary of 112 and <unk>"
    ]
    assert len(data.train) == 200
    assert data.validation is None


def text_file(content: str) -> dict[str, Any]:
    Path("corpus.txt").write_text(content, encoding="utf-8")
    return {"text": "corpus.txt"}


@pytest.mark.parametrize(
    ("content", "settings", "message"),
    [
        (
            "one two three",
            {},
            (
                "train.batch_size: 8 streams, but the train part of text has 3 tokens. Expected at"
                " least 16. A longer text, or a "
            ),
        ),
        ("one two three", {}, "train.batch_size of at most 1."),
        (
            "word",
            {},
            (
                "train.batch_size: 8 streams, but the train part of text has 1 tokens. Expected at"
                " least 16. A longer text."
            ),
        ),
        (
            "word",
            {"train": {"batch_size": 1}},
            (
                "1 streams, but the train part of text has 1 tokens. Expected at least 2. A longer"
                " text."
            ),
        ),
        (" \n", {}, "corpus.txt is empty. Expected text."),
    ],
)
def test_a_text_too_short_for_its_streams(
    content: str, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(RnnkitError) as caught:
        stream_model(dataset=text_file(content), **settings).load_data()
    assert message in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_held_out_part_too_short_to_score() -> None:
    with pytest.raises(
        RnnkitError,
        match=(
            r"data\.split: the validation part of text has 1 tokens\. Expected at least 2\. A"
            r" larger data\.split"
        ),
    ):
        stream_model(
            dataset=text_file("one two three four five six seven eight nine " * 2 + "ten"),
            split={"validation": 0.06},
            train={"batch_size": 2},
        ).load_data()


def test_a_text_shorter_than_one_chunk_will_do() -> None:
    data = stream_model(
        dataset=text_file("a b c d e"), task={"stream": True, "bptt": 50}, train={"batch_size": 2}
    ).load_data()
    assert data.describe()[0].startswith("train 5 tokens in 2 streams, 1 steps of 2;")
    (batch,) = data.train.in_order()
    assert batch.inputs.shape == (2, 2)  # not filled up to 50
    assert batch.weights.sum() == 4


def test_a_short_held_out_part_has_fewer_streams() -> None:
    data = stream_model(
        dataset=text_file("a b c d e f g h i j " * 4), split={"validation": 0.1}
    ).load_data()
    assert len(data.parts["validation"]) == 3
    assert data.validation.batch_size == 2


def test_a_further_file_too_short_for_a_stream() -> None:
    Path("other.txt").write_text("cat", encoding="utf-8")
    with pytest.raises(RnnkitError) as caught:
        stream_model().load_data(file="other.txt")
    assert (
        str(caught.value)
        == "--data: the data part of other.txt has 1 tokens. Expected at least 2. A longer text."
    )


def with_unseen(tokenizer: str) -> tuple[Any, Any]:
    """A model of two characters that is to score a text with others."""
    Path("other.txt").write_text("abzbaéb", encoding="utf-8")
    task = stream_model(dataset=text_file("ab" * 20), tokenizer=tokenizer, train={"batch_size": 2})
    return task, task.load_data(codec=task.load_data().codec, file="other.txt")


def test_unseen_characters_are_counted_and_each_is_one_character() -> None:
    task, data = with_unseen("char")
    assert "data: 2 of 7 tokens are <unk>" in data.describe()
    (evaluation,) = task.evaluate(Known(len(data.codec)), data, ["data"])
    scores_of = scores(evaluation)["this run"]
    assert scores_of["tokens"] == 6
    assert scores_of["loss"] == pytest.approx(math.log(3))
    assert scores_of["bits_per_character"] == pytest.approx(math.log2(3))


class Known:
    """A stream model that knows nothing: every token is as likely as any, and its state counts what
    it read.
    """

    def __init__(self, vocabulary: int):
        self._vocabulary = vocabulary

    def start(self, batch: int, condition: None = None) -> int:
        return 0

    def go_on(self, inputs: np.ndarray, states: int) -> tuple[np.ndarray, int]:
        return np.zeros((*inputs.shape, self._vocabulary), np.float32), states + inputs.shape[1]


@pytest.mark.parametrize("tokenizer", ["char", {"bpe": 300}, "word"])
def test_perplexity_and_bits_per_character_by_hand(tokenizer: Any) -> None:
    """Every token but the first is predicted, and its characters are counted, where the tokenizer
    loses none.
    """
    task = stream_model(tokenizer=tokenizer)
    data = task.load_data()
    (evaluation,) = task.evaluate(Known(len(data.codec)), data, ["train"])
    rows = scores(evaluation)
    ids, vocabulary = data.parts["train"], len(data.codec)
    run = rows["this run"]
    assert run["tokens"] == len(ids) - 1
    assert run["perplexity"] == pytest.approx(vocabulary)
    assert [*rows] == ["this run", "unigram", "bigram", "Kneser-Ney 5-gram"]
    assert not {"accuracy", "correct"} & rows["Kneser-Ney 5-gram"].keys()
    assert rows["Kneser-Ney 5-gram"]["perplexity"] < rows["unigram"]["perplexity"]
    if tokenizer == "word":
        assert "bits_per_character" not in run
        return
    characters = len(FABLE) - len(data.codec.text(ids[:1].tolist()))
    assert run["bits_per_character"] == pytest.approx(
        math.log2(vocabulary) * (len(ids) - 1) / characters
    )
    unigram = rows["unigram"]
    assert unigram["bits_per_character"] == pytest.approx(
        unigram["loss"] * (len(ids) - 1) / math.log(2) / characters
    )
    counts = Counter(ids.tolist())
    nats = -sum(
        math.log((counts[token] + 1) / (len(ids) + vocabulary)) for token in ids[1:].tolist()
    )
    assert unigram["loss"] == pytest.approx(nats / (len(ids) - 1))


def test_the_scores_of_a_stream_are_those_of_keras_token_by_token() -> None:
    """One token at a time by keras, from a state of zeros, against the evaluation by NumPy in
    chunks of 256.
    """
    task = stream_model(
        layers=[{"gru": 5}, {"lstm": 4}],
        tie_weights=True,
        tokenizer="char",
        split={"validation": 0.3},
    )
    data = task.load_data()
    model = task.architecture(data.codec)
    weights = random_weights(model, 7)
    by_keras = KerasAnswers(model, weights)
    ids = data.parts["validation"]
    assert len(ids) > 256
    states, nats, correct = by_keras.start(1), 0.0, 0
    for token, target in pairwise(ids.tolist()):
        logits, states = by_keras.go_on(np.array([[token]], np.int32), states)
        row = logits[0, 0].astype(np.float64)
        nats += float(np.log(np.exp(row - row.max()).sum()) + row.max() - row[target])
        correct += int(row.argmax() == target)
    (evaluation,) = task.evaluate(Engine(model, weights), data, ["validation"])
    found = scores(evaluation)["this run"]
    assert found["loss"] * found["tokens"] == pytest.approx(nats, rel=1e-5)
    assert (found["correct"], found["tokens"]) == (correct, len(ids) - 1)


def test_more_parameters_than_tokens_is_a_caution() -> None:
    task = stream_model()
    data = task.load_data()
    (line,) = task.cautions(data, 201)
    assert line.startswith("fewer rows than columns: 200 tokens to predict, 201 parameters;")
    assert task.cautions(data, 200) == []


def test_a_sample_of_a_stream_tells_what_is_copied() -> None:
    task = stream_model()
    data = task.load_data()
    model = task.architecture(data.codec)
    lines = task.sample(Engine(model, random_weights(model, 1)), data).split("\n")
    assert lines[0].startswith("long ago,")
    assert lines[1] == ""
    assert lines[2].startswith("n-grams that stand in the training text: 3: ")
    assert lines[3].startswith("longest copied span: ")
    assert lines[4].startswith("different tokens ")


def test_the_command_that_a_stream_proposes_has_a_seed_that_works() -> None:
    task = stream_model()
    data = task.load_data()
    command = shlex.split(task.next_command(RunFolder(Path("runs/fable")), data))
    assert command[-2:] == ["--seed", "long ago,"]
    assert task.encode_seed(data.codec, command[-1], "--seed", "error", silent).tolist() == [
        data.parts["train"][:3].tolist()
    ]
    # one token is enough to begin
    assert task.encode_seed(data.codec, "long", "--seed", "error", silent).shape == (1, 1)
    with pytest.raises(RnnkitError, match="an empty seed"):
        task.encode_seed(data.codec, "", "--seed", "error", silent)


# Generation with carried state


def random_stepper(seed: int, task: Any = None) -> tuple[Any, Engine, Any]:
    """A random small model of the fable's characters: its stepper, engine and codec."""
    task = task or stream_model(layers=[{"lstm": 4}, {"gru": 3}], tokenizer="char")
    data = task.load_data()
    model = task.architecture(data.codec)
    engine = Engine(model, random_weights(model, seed, low=0.5, high=2.0))
    return task.stepper(engine), engine, data.codec


@pytest.mark.parametrize("seed", range(3))
def test_carrying_the_state_says_what_reading_all_again_says(seed: int) -> None:
    stepper, engine, codec = random_stepper(seed)
    ids = codec.encode("had a general").tolist()
    new = [
        int(tokens[0])
        for tokens in generate(
            stepper, np.array([ids]), Generate(max_new_tokens=30), banned=[codec.unknown_id]
        )
    ]
    for token in new:
        logits = engine(np.array([ids]))[0, -1]
        logits[codec.unknown_id] = -np.inf
        assert token == int(logits.argmax())
        ids.append(token)


def test_a_batch_is_its_rows() -> None:
    """Three texts of one length, side by side and each alone, over several steps; reordered as
    beams are.
    """
    stepper, _, codec = random_stepper(5)
    texts = np.stack([codec.encode(text) for text in ("the cat", "the mou", "long ag")])
    logits, state = stepper.start(texts)
    alone = [stepper.start(text[None]) for text in texts]
    for step in range(4):
        np.testing.assert_allclose(
            logits, np.concatenate([one for one, _ in alone]), rtol=0, atol=1e-5
        )
        tokens = logits.argmax(axis=1)
        logits, state = stepper.step(tokens, state)
        alone = [stepper.step(tokens[row : row + 1], one) for row, (_, one) in enumerate(alone)]
        if step == 1:
            order = np.array([2, 0, 0])
            logits, state, alone = (
                logits[order],
                stepper.reorder(state, order),
                [alone[row] for row in order],
            )


@pytest.mark.parametrize("seed", range(3))
def test_a_beam_with_carried_state_finds_the_best_of_all(seed: int) -> None:
    """Against every continuation of four tokens, each read from the beginning."""
    task = stream_model(
        layers=[{"lstm": 4}],
        tokenizer="char",
        dataset={"inline": "abcabdacdbbc"},
        train={"batch_size": 2},
    )
    stepper, engine, codec = random_stepper(seed, task)
    start, length = codec.encode("ab").tolist(), 4
    letters = [token for token in range(len(codec)) if token != codec.unknown_id]
    every = np.array(list(product(letters, repeat=length)))
    logits = engine(np.concatenate([np.tile(start, (len(every), 1)), every[:, :-1]], axis=1))[
        :, len(start) - 1 :
    ].astype(np.float64)
    logits[:, :, codec.unknown_id] = -np.inf
    chances = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    totals = np.take_along_axis(chances, every[:, :, None], axis=-1).sum(axis=(1, 2))
    best = np.argsort(-totals)
    (beams,) = beam_search(
        stepper,
        np.array([start]),
        Generate(beam_size=64, max_new_tokens=length),
        [codec.unknown_id],
    )
    assert [beam.tokens for beam in beams[:5]] == every[best[:5]].tolist()
    assert [beam.log_probability for beam in beams[:5]] == pytest.approx(
        totals[best[:5]].tolist(), rel=1e-4
    )
    greedy = [
        int(tokens[0])
        for tokens in generate(
            stepper, np.array([start]), Generate(max_new_tokens=length), [codec.unknown_id]
        )
    ]
    assert beams[0].log_probability >= totals[(every == greedy).all(axis=1)].item() - 1e-6
