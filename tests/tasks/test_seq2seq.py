"""Encoder-decoders: what becomes of pairs, scores by hand, decoding, and what the config
refuses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sacrebleu

from rnnkit.config import parse_config
from rnnkit.data.encode.tokenizer import ENDS
from rnnkit.data.raw.pairs import same_source
from rnnkit.engine.forward import Engine
from rnnkit.errors import RnnkitError
from rnnkit.models.build import build_model, set_weights
from rnnkit.run import RunFolder
from tests.random_models import random_weights

pytestmark = pytest.mark.backend

PAIRS = [
    ("I am cold.", "J'ai froid."), ("I am here.", "Je suis ici."), ("He is here!", "Il est ici !"), ("Go.", "Va !"), ("go.", "Allez !"),  # noqa: E501
    ("She is cold.", "Elle a froid."), ("We are here.", "Nous sommes ici."), ("Who is it?", "Qui est-ce ?"),  # noqa: E501
]  # fmt: skip
ENCODER: dict[str, Any] = {"embedding": 3, "layers": [{"gru": {"units": 3, "bidirectional": True}}]}
DECODER: dict[str, Any] = {"embedding": 3, "layers": [{"lstm": 4}]}


def write(name: str, pairs: Sequence[tuple[str, str]]) -> str:
    Path(name).write_text(
        "source\ttarget\n" + "".join(f"{source}\t{target}\n" for source, target in pairs),
        encoding="utf-8",
    )
    return name


def config(
    pairs: Sequence[tuple[str, str]] = PAIRS,
    *,
    validation: Any = None,
    encoder: Any = ENCODER,
    decoder: Any = DECODER,
    attention: Any = "additive",
    generate: Any = None,
    split: Any = None,
    **data: Any,
) -> Any:
    """A checked config on a few pairs."""
    dataset = {
        "path": write("pairs.tsv", pairs),
        **({"validation_path": write("valid.tsv", validation)} if validation else {}),
    }
    return parse_config(
        {
            "task": "seq2seq",
            "data": {"dataset": {"pairs": dataset}, "split": split or {"validation": 0}, **data},
            "model": {"encoder": encoder, "decoder": decoder, "attention": attention},
            "train": {"batch_size": 3},
            "generate": {"max_new_tokens": 5, **(generate or {})},
        }
    )


def refusal(**settings: Any) -> str:
    with pytest.raises(RnnkitError) as caught:
        config(**settings).load_data()
    assert caught.value.exit_code == 2
    return str(caught.value)


def silent(line: str) -> None:
    pass


def engine_of(task: Any, data: Any, seed: int = 1) -> Engine:
    architecture = task.architecture(data.codec)
    return Engine(architecture, random_weights(architecture, seed))


# Data.


def test_sources_and_targets() -> None:
    data = config().load_data()
    part = data.parts["train"]
    assert data.codec.source.tokens(part.sources[0]) == ["i", "am", "cold", "."]
    assert data.codec.target.tokens(part.targets[0]) == [ENDS[0], "j'ai", "froid", ".", ENDS[1]]
    assert data.codec.source.vocabulary[:2] == ["<pad>", "<unk>"]
    assert data.codec.target.vocabulary[:3] == ["<unk>", *ENDS]
    assert data.describe()[0] == "train 8 pairs of 7 sources; vocabularies of 17 and 21"


def test_each_side_has_its_own_tokenizer() -> None:
    data = config(
        source="char", target={"tokenizer": {"bpe": {"vocab_size": 300, "min_frequency": 1}}}
    ).load_data()
    part = data.parts["train"]
    assert data.codec.source.tokens(part.sources[0]) == list("I am cold.")
    assert data.codec.target.text(part.targets[0][1:-1].tolist()) == "J'ai froid."


def test_longer_pairs_are_left_out_and_counted() -> None:
    data = config(
        source={"max_length": 2},
        target={"max_length": 2},
        pairs=[*PAIRS, ("Hi.", "Bien le bonjour.")],
    ).load_data()
    assert data.notes == [
        "train: 6 pairs left out, whose source has more than 2 words",
        "train: 1 pairs left out, whose target has more than 2 words",
    ]
    assert list(data.parts["train"].pairs.targets) == ["Va !", "Allez !"]
    data = config(source={"max_length": 3}).load_data()
    assert data.notes == []
    data = config(source={"tokenizer": "char", "max_length": 3}).load_data()
    assert data.notes == ["train: 6 pairs left out, whose source has more than 3 characters"]
    assert list(data.parts["train"].pairs.sources) == ["Go.", "go."]


def test_all_pairs_left_out_is_an_error() -> None:
    message = refusal(source={"max_length": 2}, target={"max_length": 1})
    assert message.startswith(
        "data.target.max_length: 1, and it leaves no pair of the train part: the shortest target of"
        " 8 pairs has 2 words."
    )
    assert message.endswith("Expected a larger number.")
    assert "data.source.max_length: 2, and it leaves no pair" in refusal(
        pairs=PAIRS[:3], source={"max_length": 2}
    )


def test_pairs_are_drawn_with_all_that_their_source_has() -> None:
    task = config(
        pairs=[(f"word {number // 3}", f"mot {number}") for number in range(60)], max_pairs=10
    )
    data = task.load_data()
    sources = list(data.parts["train"].pairs.sources)
    assert len(sources) == 12
    assert all(sources.count(source) == 3 for source in sources)
    assert data.notes == ["the pairs of 4 of 20 sources are drawn by chance (data.max_pairs)"]
    assert list(task.load_data().parts["train"].pairs.sources) == sources


def test_a_source_is_on_one_side_of_the_split() -> None:
    pairs = [
        (f"{'Go' if number % 2 else 'go'} {number // 4}.", f"va {number}") for number in range(80)
    ]
    data = config(pairs=pairs, split={"validation": 0.2, "test": 0.3}).load_data()
    known = {
        part: {same_source(source) for source in rows.pairs.sources}
        for part, rows in data.parts.items()
    }
    assert {part: len(sources) for part, sources in known.items()} == {
        "train": 10,
        "validation": 4,
        "test": 6,
    }
    assert (
        known["train"] & known["test"]
        == known["train"] & known["validation"]
        == known["test"] & known["validation"]
        == set()
    )
    assert data.notes == []


def test_a_part_without_pairs() -> None:
    assert (
        "data.split: 8 pairs leave the validation part empty. Expected at least one source in each"
        " part." in refusal(split={"validation": 0.01})
    )


def test_sources_that_come_again_in_parts_of_their_own_are_counted() -> None:
    data = config(validation=[("i am COLD.", "x"), ("new.", "y")]).load_data()
    assert (
        "1 of 2 validation pairs have a source that stands in the training part too" in data.notes
    )


def test_a_pair_of_which_the_tokenizer_leaves_nothing() -> None:
    data = config(
        pairs=[*PAIRS, ("...", "x")], source={"tokenizer": {"word": "removed"}}
    ).load_data()
    assert data.notes == [
        "train: 1 pairs left out, of which the tokenizer leaves nothing on one side: pairs.tsv:"
        " row 10"
    ]
    assert len(data.parts["train"].pairs) == 8
    assert "no pair of the train part has a token on both sides" in refusal(
        pairs=[("...", "x")], source={"tokenizer": {"word": "removed"}}
    )


def test_a_further_file() -> None:
    task = config()
    codec = task.load_data().codec
    write("more.tsv", [("It is cold.", "Il fait froid.")])
    data = task.load_data(codec=codec, file="more.tsv")
    assert list(data.parts["data"].pairs.targets) == ["Il fait froid."]


def test_the_codec_of_a_run_comes_back(tmp_path: Path) -> None:
    task = config()
    data = task.load_data()
    run = RunFolder(tmp_path)
    data.save(run)
    codec = task.load_codec(run)
    assert codec.source.vocabulary == data.codec.source.vocabulary
    assert codec.target.vocabulary == data.codec.target.vocabulary
    assert task.load_data(codec=codec).fingerprint == data.fingerprint
    assert config(pairs=PAIRS[:-1]).load_data().fingerprint != data.fingerprint
    assert task.tokenizers().keys() == {"data.source.tokenizer", "data.target.tokenizer"}


# Scores.


@pytest.mark.parametrize("attention", [None, "multiplicative"])
def test_scores_are_those_of_keras_pair_by_pair(attention: str | None) -> None:
    """Each pair alone through keras' model, against the evaluation in padded batches by NumPy."""
    task = config(
        validation=[("he is cold.", "il a froid !"), ("go.", "va !"), ("Go.", "allez")],
        attention=attention,
    )
    data = task.load_data()
    architecture = task.architecture(data.codec)
    weights = random_weights(architecture, 2)
    model = build_model(architecture)
    set_weights(model, architecture, weights)
    nats, correct, tokens = 0.0, 0, 0
    part = data.parts["validation"]
    for row in range(3):
        ids = part.targets[row]
        logits = np.asarray(model([ids[None, :-1], part.sources[row][None]]))[0].astype(np.float64)
        nats += float(
            (np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(ids) - 1), ids[1:]]).sum()
        )
        correct += int((logits.argmax(axis=1) == ids[1:]).sum())
        tokens += len(ids) - 1
    (evaluation,) = task.evaluate(Engine(architecture, weights), data, ["validation"])
    rows = {row.who: row.scores for row in evaluation.rows}
    run = rows["this run"]
    assert (run["tokens"], run["correct"]) == (tokens, correct) == (5 + 3 + 2, correct)
    assert run["perplexity"] == pytest.approx(math.exp(nats / tokens), rel=1e-5)
    assert [*rows] == [
        "this run",
        "nearest training source",
        "copy of the source",
        "most frequent target",
        "Kneser-Ney 5-gram",
    ]
    assert "2 sources decoded greedily" in evaluation.notes[0]


def test_decoded_texts_are_scored_against_all_that_their_source_has() -> None:
    """A model whose answers are known: BLEU, chrF and exact matches beside sacrebleu's own."""
    task = config(
        validation=[
            ("Go.", "Va !"),
            ("go.", "Allez !"),
            ("I am here.", "Je suis ici."),
            ("It is cold.", "Il fait froid."),
        ]
    )
    data = task.load_data()
    said = {"go .": "allez !", "i am here .": "je suis ici .", "<unk> is cold .": "elle a froid ."}

    class Parrot:
        """Writes what `said` holds; its state is the source and how far it is."""

        def start(self, batch: int, condition: np.ndarray) -> dict[str, tuple[np.ndarray, ...]]:
            return {"parrot": (condition, np.zeros(batch, int))}

        def go_on(self, tokens: np.ndarray, states: Any) -> Any:
            source, step = states["parrot"]
            logits = np.zeros((*tokens.shape, len(data.codec.target)), np.float32)
            for row, ids in enumerate(source):
                text = " ".join(data.codec.source.tokens(ids[ids > 0])).replace("it", "<unk>")
                answer = [*data.codec.target.encode(said[text]).tolist(), data.codec.ends[1]]
                for column in range(tokens.shape[1]):
                    logits[row, column, answer[min(step[row] + column, len(answer) - 1)]] = 9.0
            return logits, {"parrot": (source, step + tokens.shape[1])}

    (evaluation,) = task.evaluate(Parrot(), data, ["validation"])
    scores = evaluation.rows[0].scores
    answers = ["allez!", "je suis ici.", "elle a froid."]
    first, second = (
        ["va !", "je suis ici.", "il fait froid."],
        [
            "allez !",
            "je suis ici.",
            "il fait froid.",
        ],
    )
    assert scores["bleu"] == pytest.approx(sacrebleu.corpus_bleu(answers, [first, second]).score)
    assert scores["chrf"] == pytest.approx(sacrebleu.corpus_chrf(answers, [first, second]).score)
    assert scores["exact"] == pytest.approx(2 / 3)
    (samples,) = evaluation.tables
    assert samples.rows[0] == ["Go.", "allez!", "Va ! | Allez !"]
    rows = {row.who: row.scores for row in evaluation.rows}
    assert rows["most frequent target"].keys() == {"bleu", "chrf"}
    # The nearest source of "Go." and of "I am here." is itself: the first of its targets.
    assert rows["nearest training source"]["chrf"] > 60


# Decoding.


@pytest.mark.parametrize("beam_size", [1, 3])
def test_many_sources_get_what_each_gets_alone(beam_size: int) -> None:
    task = config(generate={"beam_size": beam_size})
    data = task.load_data()
    outputs = engine_of(task, data)
    texts = ["I am cold.", "", "he is here ! we are here ! who is it ?", "go", "zebra ."]
    told: list[str] = []
    together = task.answer_all(data.codec, outputs, texts, say=told.append)
    assert together[1] is None
    for text, answer in zip(texts, together, strict=True):
        if text:
            alone = task.answer(data.codec, outputs, text, top=1, where="x", warn=silent)
            assert answer == {"target": alone[0].target}
    assert told == []


def test_the_best_beams_are_answers() -> None:
    task = config(generate={"beam_size": 4})
    data = task.load_data()
    outputs = engine_of(task, data)
    found = task.answer(data.codec, outputs, "I am cold.", top=3, where="x", warn=silent)
    assert len(found) == 3
    best = found[0]
    ids = [data.codec.ends[0], *data.codec.target.encode(best.target).tolist()]
    source = data.codec.source.encode("I am cold.")[None]
    logits = outputs.go_on(np.array([ids], np.int32), outputs.start(1, source))[0][0].astype(
        np.float64
    )
    odds = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    written = [*ids[1:], data.codec.ends[1]] if len(ids) - 1 < 5 else ids[1:]
    total = sum(odds[step, token] for step, token in enumerate(written))
    assert best.log_probability == pytest.approx(total, rel=1e-4)


def test_seeds() -> None:
    task = config(source={"max_length": 3})
    data = task.load_data()
    outputs, codec = engine_of(task, data), data.codec
    said: list[str] = []
    with pytest.raises(RnnkitError, match=r"--seed: not in the vocabulary of 15: 'zebra'"):
        task.begin(
            codec, outputs, "I am zebra.", None, where="--seed", oov="error", warn=said.append
        )
    stepper, start = task.begin(
        codec, outputs, "I am zebra.", None, where="--seed", oov="skip", warn=said.append
    )
    assert start.tolist() == [[codec.ends[0]]]
    same, _ = task.begin(
        codec, outputs, "I am .", None, where="--seed", oov="error", warn=said.append
    )
    np.testing.assert_array_equal(stepper.start(start)[0], same.start(start)[0])
    task.begin(
        codec, outputs, "I am zebra here.", None, where="--seed", oov="unk", warn=said.append
    )
    assert said == [
        "--seed: not in the vocabulary, left out: 'zebra'",
        "--seed: not in the vocabulary, read as <unk>: 'zebra'",
        "--seed: 4 words, and the model has learnt from sources of 3 at most",
    ]
    with pytest.raises(
        RnnkitError,
        match=r"--seed: nothing to read in ' '\. Expected a source of at least one word",
    ):
        task.begin(codec, outputs, " ", None, where="--seed", oov="error", warn=said.append)
    with pytest.raises(RnnkitError, match="--condition: a model that is conditioned on its source"):
        task.condition(codec, "x", "--condition")


def test_longer_sources_of_a_table_are_counted() -> None:
    task = config(source={"max_length": 3})
    data = task.load_data()
    said: list[str] = []
    task.answer_all(
        data.codec,
        engine_of(task, data),
        ["I am here.", "I am I am here.", "a b c d e"],
        say=said.append,
    )
    assert said == [
        "2 sources have more words than the 3 of the longest that the model has learnt from"
    ]


def test_where_it_looks() -> None:
    """Shares of each source token for each token that is written, by the equations."""
    task = config(attention="multiplicative")
    data = task.load_data()
    outputs = engine_of(task, data)
    source, target, shares = task.attended(
        data.codec, outputs, "he is here !", where="x", warn=silent
    )
    assert source == ["he", "is", "here", "!"]
    assert shares.shape == (len(target), 4)
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)
    (answer,) = task.answer(data.codec, outputs, "he is here !", top=1, where="x", warn=silent)
    assert (
        data.codec.target.text(
            data.codec.target.vocabulary.index(token) for token in target if token != ENDS[1]
        )
        == answer.target
    )


def test_a_sample_and_the_command_that_is_proposed() -> None:
    task = config(
        pairs=[("zzz a", "b"), *PAIRS], source={"tokenizer": {"word": {"min_frequency": 2}}}
    )
    data = task.load_data()
    lines = task.sample(engine_of(task, data), data).split("\n")
    assert len(lines) == 6
    assert lines[0].startswith("zzz a -> ")
    assert lines[0].endswith(" (b)")
    # A seed must hold known words only: the first source that does.
    assert (
        task.next_command(RunFolder(Path("runs/x")), data)
        == "rnnkit generate runs/x --seed 'I am cold.'"
    )


# What the config refuses.


@pytest.mark.parametrize(
    ("settings", "place", "words"),
    [
        ({"attention": "adds"}, "model.attention.score", "found 'adds' (text). Expected one of: additive, multiplicative"),  # noqa: E501
        ({"attention": {"score": "multiplicativ"}}, "model.attention.score", "Did you mean 'multiplicative'?"),  # noqa: E501
        ({"decoder": {**DECODER, "layers": [{"gru": {"units": 4, "bidirectional": True}}]}}, "model.decoder.layers.0.gru.bidirectional", "backwards"),  # noqa: E501
        ({"decoder": {**DECODER, "layers": [{"gru": {"units": 4, "unroll": True}}]}}, "model.decoder.layers.0.gru.unroll", "texts of any length"),  # noqa: E501
        ({"encoder": {**ENCODER, "layers": [{"gru": {"units": 4, "unroll": True}}]}}, "model.encoder.layers.0.gru.unroll", "texts of any length"),  # noqa: E501
        ({"decoder": {**DECODER, "layers": [{"dense": 4}]}}, "model.decoder.layers", "no layer with a state"),  # noqa: E501
        ({"encoder": {**ENCODER, "layers": [{"dense": 4}]}}, "model.encoder.layers", "no layer with a state"),  # noqa: E501
        ({"encoder": {**ENCODER, "layers": [{"gru": 4}, {"pool": "mean"}]}}, "model.encoder.layers.1", "a pool leaves one vector"),  # noqa: E501
        ({"decoder": {**DECODER, "layers": [{"gru": 4}, {"pool": "mean"}]}}, "model.decoder.layers.1", "a pool leaves one vector"),  # noqa: E501
        ({"decoder": {**DECODER, "layers": [{"gru": 4}, {"attention": 3}]}}, "model.decoder.layers.1", "unknown layer 'attention'"),  # noqa: E501
        ({"decoder": {**DECODER, "embedding": "none"}}, "model.decoder.embedding", "text is no numbers"),  # noqa: E501
        ({"encoder": {**ENCODER, "embedding": "none"}}, "model.encoder.embedding", "text is no numbers"),  # noqa: E501
        ({"decoder": {**DECODER, "tie_weights": True}, "attention": None}, "model.decoder.layers",
         "the last layer gives 4 numbers and the embedding has 3"),
        ({"decoder": {**DECODER, "embedding": "one_hot", "tie_weights": True}}, "model.decoder.tie_weights", "true without an embedding"),  # noqa: E501
        ({"split": {"validation": 0.5, "test": 0.5}}, "data.split", "validation and test take everything"),  # noqa: E501
        ({"source": "wrod"}, "data.source.tokenizer", "unknown tokenizer 'wrod'"),
    ],
)  # fmt: skip
def test_what_it_refuses(settings: dict[str, Any], place: str, words: str) -> None:
    message = refusal(**settings)
    assert f"{place}: " in message
    assert words in message


def test_attention_has_the_size_that_fits() -> None:
    codec = config().load_data().codec
    assert config().architecture(codec).attention.spec.units == 4  # the decoder's
    tied = config(decoder={**DECODER, "tie_weights": True}).architecture(codec)
    assert (tied.attention.spec.units, tied.layers[-1].kind) == (3, "tied")
    assert (
        config(attention={"score": "additive", "units": 7, "dropout": 0.2})
        .architecture(codec)
        .layers[-2]
        .kind
        == "dropout"
    )
    assert config(attention=None).architecture(codec).attention is None
    assert (
        config(
            encoder={**ENCODER, "embedding": "one_hot"}, decoder={**DECODER, "embedding": "one_hot"}
        )
        .architecture(codec)
        .attention
    )


def test_what_is_predicted_is_what_is_generated() -> None:
    """One target a source: of a beam of one it ends where the likeliest token ends it."""
    from rnnkit.generation.decode import complete

    task = config()
    data = task.load_data()
    outputs, end = engine_of(task, data, 4), data.codec.ends[1]
    for source in data.parts["train"].pairs.sources:
        stepper, start = task.begin(
            data.codec, outputs, source, None, where="x", oov="error", warn=silent
        )
        ((*tokens,),) = complete(
            stepper, start, task.generate, task.banned(data.codec), lambda tokens: tokens[-1] == end
        )
        (answer,) = task.answer(data.codec, outputs, source, top=5, where="x", warn=silent)
        assert answer.target == data.codec.target.text(token for token in tokens if token != end)
