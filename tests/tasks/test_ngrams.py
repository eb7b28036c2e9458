from __future__ import annotations

from pathlib import Path

import numpy as np

from rnnkit.baselines.kneser_ney import KneserNey
from rnnkit.cache import Cache
from rnnkit.computations import ComputedResults
from rnnkit.tasks.next_token import ngram_score
from rnnkit.tasks.ngrams import ngram_computation, ngram_scores
from tests.helpers.language_models import prepared, stream_model, window_model


def test_ngram_scores_are_computed_once(tmp_path: Path) -> None:
    train, scored = np.random.default_rng(0).integers(0, 20, (2, 20_000)).astype(np.int32)
    computation = ngram_computation(train, scored, 20, start=0)
    computed = ComputedResults(Cache(tmp_path), worth_seconds=0)
    scores = ngram_scores(computed, computation)
    assert list(scores) == ["unigram", "bigram", "Kneser-Ney 5-gram"]
    own = ngram_score(KneserNey(train, 20, start=0), scored, scored != 0)
    assert scores["Kneser-Ney 5-gram"] == own
    assert computed.cache.holds(computation.key)
    assert ngram_scores(ComputedResults(Cache(tmp_path)), computation) == scores


def test_baselines_of_a_stream_begin_before_the_training() -> None:
    stream, window = stream_model(), window_model()
    data = prepared(stream)
    (computation,) = stream.baselines(data)
    train, watched = data.parts["train"].counted, data.parts[data.watched].counted
    assert computation.key == ngram_computation(train, watched, len(data.codec.tokenizer)).key
    assert window.baselines(prepared(window)) == []
