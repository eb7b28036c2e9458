"""What comes next, with probabilities, by a run that has learnt the fable."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit import api
from rnnkit.errors import RnnkitError
from rnnkit.tasks.capabilities import ScoresTokens
from rnnkit.workflows.predict import predict

VOCABULARY = 113


def guesses(run: Path, text: str = "had a general", top: int = 5) -> list[Any]:
    return predict(str(run), text, top=top)


def test_predict_ranks_the_next_word_of_the_fable_first(fable_run: Path) -> None:
    best = guesses(fable_run)
    assert len(best) == 5
    assert best[0].token == "council"
    assert best[0].probability > 0.9


def test_predict_ranks_both_continuations_of_an_ambiguous_context(fable_run: Path) -> None:
    best = guesses(fable_run, "enemy, the cat.")
    assert {guess.token for guess in best[:2]} == {"some", "by"}
    assert [guess.probability for guess in best[:2]] == pytest.approx([0.5, 0.5], abs=0.1)


def test_predict_sorts_probabilities_that_sum_to_one(fable_run: Path) -> None:
    every = guesses(fable_run, top=VOCABULARY)
    probabilities = [guess.probability for guess in every]
    assert len({guess.token for guess in every}) == VOCABULARY
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1, abs=1e-5)
    assert all(0 <= probability <= 1 for probability in probabilities)


@pytest.mark.parametrize("top", [1, 2, 40])
def test_predict_top_is_a_prefix_of_all(fable_run: Path, top: int) -> None:
    assert guesses(fable_run, top=top) == guesses(fable_run, top=VOCABULARY)[:top]


def test_predict_top_beyond_the_vocabulary_is_all(fable_run: Path) -> None:
    assert guesses(fable_run, top=10_000) == guesses(fable_run, top=VOCABULARY)


def test_predict_gives_the_probabilities_of_keras(fable_run: Path) -> None:
    run = api.load_run(str(fable_run))
    predictor = run.trained.predictor
    assert isinstance(predictor, ScoresTokens)
    token_ids = predictor.tokenizer.encode("had a general")
    logits = np.array(run.model(token_ids[None, :]))[0].astype(np.float64)
    expected = np.exp(logits) / np.exp(logits).sum()
    found = {guess.token: guess.probability for guess in guesses(fable_run, top=VOCABULARY)}
    assert [found[token] for token in predictor.tokenizer.vocabulary] == pytest.approx(
        expected.tolist(), abs=1e-5
    )


def test_predict_uses_the_last_window_of_a_long_text(fable_run: Path) -> None:
    assert guesses(fable_run, "The old cat said: had  A general".replace(":", ",")) == guesses(
        fable_run
    )


def test_predict_without_a_name_takes_the_newest_run(fable_run: Path, runs: Path) -> None:
    with pytest.raises(RnnkitError, match="no trained"):
        predict(None, "had a general")
    shutil.copytree(fable_run, runs / "older")
    os.utime(runs / "older" / "manifest.json", (1_700_000_000, 1_700_000_000))
    assert predict(None, "had a general") == guesses(fable_run)
    shutil.copytree(fable_run, runs / "newer")
    damaged = runs / "newer" / "tokenizer.json"
    damaged.write_text("{}", encoding="utf-8")
    with pytest.raises(RnnkitError, match=r"newer/tokenizer\.json"):
        predict(None, "had a general")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--text: .*empty"),
        ("had a", "--text: 2 words"),
        ("had a generel", "--text: .*vocabulary.*'generel': general"),
    ],
)
def test_predict_refuses_an_unusable_text(fable_run: Path, text: str, message: str) -> None:
    with pytest.raises(RnnkitError, match=f"^{message}") as caught:
        predict(str(fable_run), text)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("top", [0, -1])
def test_require_rows_refuses_a_top_below_one(fable_run: Path, top: int) -> None:
    with pytest.raises(RnnkitError, match=rf"top: found {top}\. Expected at least 1"):
        guesses(fable_run, top=top)
