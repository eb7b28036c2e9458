"""Scores of an encoder-decoder, compared with hand computation, keras and baselines."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import pytest
import sacrebleu

from rnnkit.engine.forward import Engine
from rnnkit.generation.stepper import States
from rnnkit.report.exhibits import Rows
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.seq2seq.data import PairCodec
from tests.helpers.paired import seq2seq
from tests.helpers.random_models import random_weights


@pytest.mark.parametrize("attention", [None, "multiplicative"])
def test_evaluate_is_keras_pair_by_pair(attention: str | None) -> None:
    """Each pair alone through keras' model, against the evaluation in padded batches by NumPy."""
    from rnnkit.models.build import build_model, set_weights

    validation = [("he is cold.", "il a froid !"), ("go.", "va !"), ("Go.", "allez")]
    task = seq2seq(validation=validation, attention=attention)
    data = task.prepare(Source())
    architecture = task.network(data.codec).architecture
    weights = random_weights(architecture, 2)
    model = build_model(architecture)
    set_weights(model, architecture, weights)
    nats, correct, tokens = 0.0, 0, 0
    part = data.parts["validation"]
    for row in range(3):
        ids = part.targets[row]
        logits = np.asarray(model([ids[None, :-1], part.sources[row][None]]))[0].astype(np.float64)
        own = logits[np.arange(len(ids) - 1), ids[1:]]
        nats += float((np.log(np.exp(logits).sum(axis=1)) - own).sum())
        correct += int((logits.argmax(axis=1) == ids[1:]).sum())
        tokens += len(ids) - 1
    predictor = task.predictor(data.codec, Engine(architecture, weights))
    evaluation = task.evaluator(predictor, data).evaluate("validation")
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


class Parrot:
    """Outputs that write what they are taught; their state is the source and the next step.

    Args:
        codec: That of the data.
        targets: For each source, as tokens with spaces between them, the target.
    """

    def __init__(self, codec: PairCodec, targets: dict[str, str]):
        self._codec = codec
        self._targets = {
            source: [*codec.target.encode(target).tolist(), codec.ends[1]]
            for source, target in targets.items()
        }

    def init_state(self, batch: int, condition: np.ndarray) -> States:
        return {"parrot": (condition, np.zeros(batch, int))}

    def step(self, tokens: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        sources, steps = states["parrot"]
        logits = np.zeros((*tokens.shape, len(self._codec.target)), np.float32)
        for row, (ids, step) in enumerate(zip(sources, steps, strict=True)):
            target = self._targets[" ".join(self._codec.source.tokens(ids[ids > 0]))]
            for column in range(tokens.shape[1]):
                logits[row, column, target[min(step + column, len(target) - 1)]] = 9.0
        return logits, {"parrot": (sources, steps + tokens.shape[1])}


def test_evaluate_scores_decoded_texts_against_all_that_their_source_has() -> None:
    """A model with known answers has the BLEU, chrF and exact matches of sacrebleu."""
    validation = [
        ("Go.", "Va !"),
        ("go.", "Allez !"),
        ("I am here.", "Je suis ici."),
        ("It is cold.", "Il fait froid."),
    ]
    task = seq2seq(validation=validation)
    data = task.prepare(Source())
    targets = {
        "go .": "allez !",
        "i am here .": "je suis ici .",
        "it is cold .": "elle a froid .",
    }
    parrot = cast(Outputs, Parrot(data.codec, targets))
    evaluator = task.evaluator(task.predictor(data.codec, parrot), data)
    evaluation = evaluator.evaluate("validation")
    scores = evaluation.rows[0].scores
    (worst,) = evaluator.worst("validation")
    assert isinstance(worst, Rows)
    assert [row[1:] for row in worst.rows] == [["It is cold.", "elle a froid.", "Il fait froid."]]
    answers = ["allez!", "je suis ici.", "elle a froid."]
    first = ["va !", "je suis ici.", "il fait froid."]
    second = ["allez !", "je suis ici.", "il fait froid."]
    assert scores["bleu"] == pytest.approx(sacrebleu.corpus_bleu(answers, [first, second]).score)
    assert scores["chrf"] == pytest.approx(sacrebleu.corpus_chrf(answers, [first, second]).score)
    assert scores["exact"] == pytest.approx(2 / 3)
    (samples,) = evaluation.tables
    assert samples.rows[0] == ["Go.", "allez!", "Va ! | Allez !"]
    rows = {row.who: row.scores for row in evaluation.rows}
    assert rows["most frequent target"].keys() == {"bleu", "chrf"}
    # "Go." and "I am here." are their own nearest sources, with the first of their targets
    assert rows["nearest training source"]["chrf"] > 60
