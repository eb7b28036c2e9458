"""Conditioned language modelling: what a label changes, whole texts in batches, and scores by
hand."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit.config import parse_config
from rnnkit.data.encode.tokenizer import ENDS
from rnnkit.engine.forward import Engine
from rnnkit.errors import RnnkitError
from rnnkit.generation.decode import generate
from rnnkit.generation.options import Generate
from rnnkit.models.build import build_model, set_weights
from rnnkit.run import RunFolder
from tests.random_models import random_weights

pytestmark = pytest.mark.backend

TEXTS = [
    ("anna", "it"),
    ("bob", "en"),
    ("bea", "en"),
    ("otto", "de"),
    ("ida", "de"),
    ("gino", "it"),
    ("eva", "de"),
    ("leo", "it"),
]


def rows(path: str, texts: Sequence[tuple[str, str]]) -> str:
    """A file of texts and labels."""
    Path(path).write_text(
        "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in texts),
        encoding="utf-8",
    )
    return path


def conditioned(
    texts: Sequence[tuple[str, str]] = TEXTS,
    layers: Any = ({"gru": 4},),
    validation: Any = None,
    **data: Any,
) -> Any:
    """A checked config on a few names."""
    dataset = {
        "path": rows("names.jsonl", texts),
        **({"validation_path": rows("other.jsonl", validation)} if validation else {}),
    }
    return parse_config(
        {
            "task": {"language_model": {"condition": "label"}},
            "data": {"dataset": {"jsonl": dataset}, "split": {"validation": 0}, **data},
            "model": {"embedding": 3, "layers": list(layers)},
            "train": {"batch_size": 3},
        }
    )


def refusal(**settings: Any) -> str:
    with pytest.raises(RnnkitError) as caught:
        conditioned(**settings).load_data()
    assert caught.value.exit_code == 2
    return str(caught.value)


def silent(line: str) -> None:
    pass


def engine_of(task: Any, data: Any, seed: int = 1) -> Engine:
    architecture = task.architecture(data.codec)
    return Engine(architecture, random_weights(architecture, seed))


def test_whole_texts_from_start_to_end() -> None:
    data = conditioned().load_data()
    names = data.codec.tokenizer.tokens(data.parts["train"].texts[1].tolist())
    assert names == [ENDS[0], "b", "o", "b", ENDS[1]]
    assert data.codec.condition.labels.names == ("de", "en", "it")
    assert data.parts["train"].conditions[:2].tolist() == [[0, 0, 1], [0, 1, 0]]
    assert data.describe() == [
        "train 8 texts of 3 tokens; vocabulary of 14",
        "3 conditions in training: de 3, en 2, it 3",
    ]


def test_every_token_but_the_first_is_a_target_once() -> None:
    """In batches of any size, also larger than there are texts."""
    data = conditioned().load_data()
    expected = sorted(
        token for text in range(8) for token in data.parts["train"].texts[text].tolist()[1:]
    )
    for batch_size in (1, 3, 100):
        found: list[int] = []
        for (tokens, conditions), targets, weights in data.batches("train", batch_size).in_order():
            assert tokens.shape == targets.shape == weights.shape
            assert conditions.shape == (len(tokens), 3)
            assert (tokens[:, 1:][weights[:, 1:] > 0] == targets[:, :-1][weights[:, 1:] > 0]).all()
            found += targets[weights > 0].tolist()
        assert sorted(found) == expected


def test_the_label_makes_the_first_state() -> None:
    """tanh(c W + b), row by row; and the logits at <start> differ with it."""
    task = conditioned()
    data = task.load_data()
    architecture = task.architecture(data.codec)
    weights = random_weights(architecture, 3)
    engine = Engine(architecture, weights)
    logits = []
    for index, label in enumerate(data.codec.condition.labels.names):
        condition = task.condition(data.codec, label, "--condition")
        assert condition.tolist() == np.eye(3)[index].tolist()
        (state,) = engine.start(1, condition[None])["gru"]
        np.testing.assert_allclose(
            state[0],
            np.tanh(weights["condition/0/kernel"][index] + weights["condition/0/bias"]),
            rtol=1e-6,
        )
        logits.append(
            task.stepper(engine, condition).start(
                task.encode_seed(data.codec, "", "--seed", "error", silent)
            )[0]
        )
    assert np.abs(logits[0] - logits[1]).max() > 1e-2
    assert np.abs(logits[1] - logits[2]).max() > 1e-2


def test_scores_are_those_of_keras_text_by_text() -> None:
    """Each text alone and whole through keras' model, against the evaluation in padded batches by
    NumPy.
    """
    task = conditioned(validation=[("otta", "en"), ("nob", "it"), ("a", "de")])
    data = task.load_data()
    architecture = task.architecture(data.codec)
    weights = random_weights(architecture, 2)
    model = build_model(architecture)
    set_weights(model, architecture, weights)
    nats, correct, tokens = 0.0, 0, 0
    part = data.parts["validation"]
    for index in range(3):
        ids = part.texts[index]
        logits = np.asarray(model([ids[None, :-1], part.conditions[index : index + 1]]))[0].astype(
            np.float64
        )
        targets = ids[1:]
        nats += float(
            (np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(targets)), targets]).sum()
        )
        correct += int((logits.argmax(axis=1) == targets).sum())
        tokens += len(targets)
    (evaluation,) = task.evaluate(Engine(architecture, weights), data, ["validation"])
    scores = {row.who: row.scores for row in evaluation.rows}
    run = scores["this run"]
    assert (run["tokens"], run["correct"]) == (tokens, correct) == (4 + 3 + 1 + 3, correct)
    assert run["loss"] * tokens == pytest.approx(nats, rel=1e-5)
    assert run["perplexity"] == pytest.approx(math.exp(nats / tokens), rel=1e-5)
    # ends are predicted, but no characters
    assert run["bits_per_character"] == pytest.approx(nats / math.log(2) / (4 + 3 + 1), rel=1e-5)
    assert [*scores] == ["this run", "unigram", "bigram", "Kneser-Ney 5-gram"]
    assert scores["unigram"]["tokens"] == tokens
    assert [row.note for row in evaluation.rows] == ["", *["without the condition"] * 3]
    assert evaluation.notes == []


def test_long_texts_are_cut_and_their_characters_count_as_far() -> None:
    task = conditioned(max_length=2)
    data = task.load_data()
    assert data.parts["train"].texts.lengths.tolist() == [4] * 8  # <start>, two characters, <end>

    class Uniform:
        def start(self, batch: int, condition: np.ndarray) -> None:
            assert condition.shape == (batch, 3)

        def go_on(self, inputs: np.ndarray, states: None) -> tuple[np.ndarray, None]:
            return np.zeros((*inputs.shape, 14), np.float32), None

    (evaluation,) = task.evaluate(Uniform(), data, ["train"])
    run = evaluation.rows[0].scores
    assert run["tokens"] == 24
    assert run["bits_per_character"] == pytest.approx(
        math.log2(len(data.codec.tokenizer)) * 24 / 16
    )
    assert evaluation.notes == ["the model has seen these very texts"]


def test_unseen_characters_are_counted() -> None:
    data = conditioned(validation=[("zoé", "it"), ("bob", "en")]).load_data()
    assert "validation: 2 of 10 tokens are <unk>" in data.describe()


def test_a_further_file() -> None:
    task = conditioned()
    rows("more.jsonl", [("ida", "en")])
    data = task.load_data(codec=task.load_data().codec, file="more.jsonl")
    assert data.parts["data"].conditions.tolist() == [[0, 1, 0]]
    rows("more.jsonl", [("ida", "en"), ("bob", "eng")])
    with pytest.raises(RnnkitError) as caught:
        task.load_data(codec=task.load_data().codec, file="more.jsonl")
    assert (
        "more.jsonl: row 2: unknown condition 'eng'. Expected one of: de, en, it. Did you mean"
        " 'en'?" in str(caught.value)
    )


@pytest.mark.parametrize(
    ("layers", "place", "words"),
    [
        (
            [{"lstm": {"units": 4, "bidirectional": True}}],
            "model.layers.0.lstm.bidirectional",
            "would see what it is to predict",
        ),
        (
            [{"gru": {"units": 4, "unroll": True}}],
            "model.layers.0.gru.unroll",
            "texts of any length",
        ),
        ([{"dense": 4}], "model.layers", "no layer with a state"),
        ([{"gru": 4}, {"pool": "mean"}], "model.layers.1", "a pool leaves one vector"),
    ],
)
def test_layers_that_it_refuses(layers: list[Any], place: str, words: str) -> None:
    message = refusal(layers=layers)
    assert f"{place}: " in message
    assert words in message


def test_a_condition_that_the_data_set_has_not() -> None:
    Path("names.jsonl").write_text('{"text": "a", "label": [1, 2]}\n')
    config = {
        "task": {"language_model": {"condition": "label"}},
        "model": {"embedding": 3, "layers": [{"gru": 4}]},
    }
    for columns, condition, has in (
        ({"features": "label"}, "label", "numbers"),
        ({}, "features", "a label for each text"),
    ):
        config |= {
            "task": {"language_model": {"condition": condition}},
            "data": {"dataset": {"jsonl": {"path": "names.jsonl", **columns}}},
        }
        with pytest.raises(
            RnnkitError,
            match=f"task.language_model.condition: {condition}, but the data set has {has}",
        ):
            parse_config(config)


def test_a_condition_leaves_no_window() -> None:
    with pytest.raises(
        RnnkitError, match=r"task.language_model.window: unknown key. Expected condition"
    ):
        parse_config(
            {
                "task": {"language_model": {"condition": "label", "window": 3}},
                "data": {"dataset": "tweets"},
                "model": {"layers": []},
            }
        )


def test_a_misspelt_condition_is_recognised() -> None:
    hint = "unknown key. Expected bptt, condition, stream, window. Did you mean 'condition'"
    with pytest.raises(RnnkitError, match=f"task.language_model.conditon: {hint}"):
        parse_config(
            {
                "task": {"language_model": {"conditon": "label", "window": 3}},
                "data": {"dataset": "fable"},
                "model": {"layers": [{"gru": 2}]},
            }
        )


def test_one_condition_is_none() -> None:
    message = refusal(texts=[("anna", "it"), ("gino", "it")])
    assert (
        message
        == "data.dataset: every text has the condition it. Expected two conditions at least. Use"
        " language_model for texts of one kind."
    )


def test_a_held_out_text_of_an_unknown_condition() -> None:
    message = refusal(validation=[("olga", "ru")])
    assert "other.jsonl: row 1: unknown condition 'ru'. Expected one of: de, en, it." in message


def test_a_wrong_condition_names_the_known_ones() -> None:
    task = conditioned()
    codec = task.load_data().codec
    for label, words in (
        (
            "It",
            "--condition: unknown condition 'It'. Expected one of: de, en, it. Did you mean 'it'?",
        ),
        ("", "--condition: unknown condition ''. Expected one of: de, en, it."),
        (None, "--condition: missing. Expected one of: de, en, it. Add --condition de."),
    ):
        with pytest.raises(RnnkitError) as caught:
            task.condition(codec, label, "--condition")
        assert str(caught.value) == words


def test_of_many_conditions_a_message_names_some() -> None:
    task = conditioned(texts=[("anna", f"label {number:04d}") for number in range(500)])
    with pytest.raises(
        RnnkitError, match=r"label 0029 and 470 more\. Did you mean 'label 0400'"
    ) as caught:
        task.condition(task.load_data().codec, "label0400", "--condition")
    assert len(str(caught.value)) < 1000


def test_seeds() -> None:
    task = conditioned()
    codec = task.load_data().codec
    start = codec.tokenizer.vocabulary.index(ENDS[0])
    assert task.encode_seed(codec, "", "--seed", "error", silent).tolist() == [[start]]
    assert task.encode_seed(codec, "bo", "--seed", "error", silent).tolist() == [
        [start, *codec.tokenizer.encode("bo").tolist()]
    ]
    with pytest.raises(RnnkitError, match="'ü'"):
        task.encode_seed(codec, "bü", "--seed", "error", silent)
    said: list[str] = []
    assert task.encode_seed(codec, "bü", "--seed", "skip", said.append).tolist() == [
        [start, *codec.tokenizer.encode("b").tolist()]
    ]
    unknown = codec.tokenizer.unknown_id
    assert task.encode_seed(codec, "bü", "--seed", "unk", said.append).tolist() == [
        [start, *codec.tokenizer.encode("b").tolist(), unknown]
    ]
    assert said == [
        "--seed: not in the vocabulary, left out: 'ü'",
        "--seed: not in the vocabulary, read as <unk>: 'ü'",
    ]


def test_start_and_unknown_are_never_made() -> None:
    """Not by the most random of draws."""
    task = conditioned()
    data = task.load_data()
    banned = task.banned(data.codec)
    assert data.codec.tokenizer.tokens(banned) == ["<unk>", ENDS[0]]
    stepper = task.stepper(engine_of(task, data), task.condition(data.codec, "it", "x"))
    seeds = np.repeat(task.encode_seed(data.codec, "", "x", "error", silent), 50, axis=0)
    drawn = np.array(
        list(
            generate(
                stepper, seeds, Generate(temperature=50.0, max_new_tokens=20, random_seed=0), banned
            )
        )
    )
    assert not np.isin(drawn, banned).any()
    assert len(np.unique(drawn)) == len(data.codec.tokenizer) - 2


def test_a_sample_has_a_line_for_each_frequent_condition() -> None:
    task = conditioned(texts=[*TEXTS, ("zoe", "fr"), ("ana", "es"), ("eva", "es")])
    data = task.load_data()
    lines = task.sample(engine_of(task, data), data).split("\n")
    assert [line.split(": ")[0] for line in lines] == ["de", "it", "en", "es"]
    assert not any(mark in line for line in lines for mark in ("<unk>", *ENDS))


def test_the_command_that_is_proposed() -> None:
    task = conditioned(texts=[*TEXTS, ("ida", "de")])
    assert (
        task.next_command(RunFolder(Path("runs/names")), task.load_data())
        == "rnnkit generate runs/names --condition de --num-samples 5"
    )


def test_it_answers_no_texts() -> None:
    task = conditioned()
    data = task.load_data()
    with pytest.raises(RnnkitError, match=r"Ask it with `rnnkit generate --condition`"):
        task.answer(data.codec, engine_of(task, data), "bob", top=3, where="--text", warn=silent)


def test_the_codec_of_a_run_comes_back(tmp_path: Path) -> None:
    task = conditioned()
    data = task.load_data()
    run = RunFolder(tmp_path)
    data.save(run)
    codec = task.load_codec(run)
    assert codec.condition == data.codec.condition
    assert codec.tokenizer.vocabulary == data.codec.tokenizer.vocabulary
    assert task.load_data(codec=codec).fingerprint == data.fingerprint
    assert conditioned(texts=TEXTS[:-1]).load_data().fingerprint != data.fingerprint


def test_shares_that_leave_nothing() -> None:
    with pytest.raises(RnnkitError, match=r"data\.split: validation and test take everything"):
        conditioned(split={"validation": 0.6, "test": 0.4})
    assert "8 texts leave the validation part empty" in refusal(split={"validation": 0.0001})


def test_what_is_left_out_of_a_further_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "more.jsonl").write_text(
        '{"text": "ada", "label": "it"}\n{"text": "", "label": "it"}\n{"text": "bo"}\n'.replace(
            '"bo"}', '"bo", "label": null}'
        )
    )
    data = conditioned().load_data(file=str(tmp_path / "more.jsonl"))
    assert len(data.parts["data"].texts) == 1
    assert sum("left out" in line for line in data.describe()) == 2


def test_a_start_is_no_guess_of_the_baselines() -> None:
    """It stands once in each text, more often than any letter, but is never to be predicted."""
    task = conditioned()
    data = task.load_data()
    (evaluation,) = task.evaluate(engine_of(task, data), data, ["train"])
    unigram = next(row.scores for row in evaluation.rows if row.who == "unigram")
    texts = data.parts["train"].texts
    targets = np.concatenate([texts[index][1:] for index in range(len(texts))])
    assert unigram["correct"] == np.bincount(targets).max()
    shares = (np.bincount(targets, minlength=len(data.codec.tokenizer)) + 1) / (
        len(targets) + len(data.codec.tokenizer) - 1
    )
    assert unigram["loss"] == pytest.approx(-np.log(shares[targets]).mean())
