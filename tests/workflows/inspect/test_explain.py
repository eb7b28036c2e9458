"""What a part contributed is the score with it, less that without it: as `predict` answers both."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.insight.integrated import NOISE, TOLERANCE
from rnnkit.run import RunFolder
from rnnkit.tasks.capabilities import About
from rnnkit.tasks.tagging.predictor import TaggingPredictor
from rnnkit.workflows.inspect.explain import USUAL, Explanation, explain
from rnnkit.workflows.predict import predict
from rnnkit.workflows.trained import load_trained
from tests.cli.invoke import done, invoke
from tests.helpers.untrained import untrained_run

CLASSIFIED = "{labelled: {texts: {good: [one two, one three], bad: [four, five four six]}}}"
TASKS: dict[str, tuple[str, str, str, str]] = {
    # task, data set, model and further sections; a text
    "texts": (
        "classification",
        CLASSIFIED,
        "{embedding: 3, layers: [min_lstm: {units: 3, bidirectional: true}, pool: mean]}",
        "two three one",
    ),
    "fixed": (
        "classification",
        CLASSIFIED + ", max_length: 5, batching: fixed, padding: pre, mask: false",
        "{embedding: 3, layers: [gru: 3]}",
        "two three one",
    ),
    "labels": (
        "classification",
        "{labelled: {texts: {a: [one two], b: [four], c: [six one]}}}",
        "{embedding: {words: {dim: 3, characters: {length: 4}}}, layers: [lstm: 3]}",
        "two four one",
    ),
    "tags": (
        "{tagging: {crf: true}}",
        "{tagged: {sentences: [a/X b/Y, b/Y a/X c/X]}}",
        "{embedding: 3, layers: [simple_rnn: {units: 3, bidirectional: true}]}",
        "a b c",
    ),
    "names": (
        "tagging",
        "{tagged: {sentences: [a/B-X b/I-X, b/O a/B-X c/O]}}",
        "{embedding: 3, layers: [lstm: 3]}",
        "a b c a",
    ),
    "window": (
        "{language_model: {window: 3}}",
        "fable",
        "{embedding: 4, layers: [lstm: 3, min_gru: 3]}",
        "had a general",
    ),
    "stream": (
        "{language_model: {stream: true, bptt: 5}}",
        "fable",
        "{embedding: 4, layers: [gru: 3]}",
        "had a general council",
    ),
    "pairs": (
        "seq2seq",
        "reverse_digits",
        "{encoder: {embedding: 3, layers: [gru: {units: 2, bidirectional: true}]},"
        " decoder: {embedding: 3, layers: [gru: 3]}, attention: multiplicative}\n"
        "generate: {max_new_tokens: 3}",
        "1 2 3",
    ),
    "numbers": (
        "{forecasting: {timesteps: 4, horizon: 2, quantiles: [0.1, 0.5, 0.9]}}",
        "{numbers: [1, 2, 4, 3, 5, 2, 1, 4, 3, 2, 5, 1, 2, 3, 4, 5]}",
        "{embedding: none, layers: [lstm: 3]}",
        "1, 2, 3, 4",
    ),
}


@cache
def run_of(name: str) -> str:
    task, dataset, model, _ = TASKS[name]
    tree = f"task: {task}\ndata: {{dataset: {dataset}, split: 0}}\nmodel: {model}\n"
    return str(untrained_run(name, tree))


def explained(name: str, about: About = USUAL) -> Explanation:
    (one,) = explain(run_of(name), TASKS[name][-1], about)
    return one


def probability(run: str, text: str, answer: str) -> float:
    rows = [vars(row) for row in predict(run, text, top=200)]
    return next(float(row["probability"]) for row in rows if answer in row.values())


@pytest.mark.parametrize("name", ["texts", "fixed", "labels", "stream"])
def test_explain_says_what_predict_answers_without_each_word(name: str) -> None:
    one, words, run = explained(name), TASKS[name][-1].split(), run_of(name)
    assert [part.part for part in one.parts] == words
    assert one.probability == pytest.approx(probability(run, " ".join(words), one.answer))
    for index, part in enumerate(one.parts):
        rest = " ".join(words[:index] + words[index + 1 :])
        assert part.without == pytest.approx(probability(run, rest, one.answer), abs=1e-6)
        expected = math.log(one.probability / (1 - one.probability)) - one.score
        assert expected == pytest.approx(0, abs=1e-5)
        odds = math.log(part.without / (1 - part.without))
        assert part.contribution == pytest.approx(one.score - odds, abs=1e-5)


@pytest.mark.parametrize("name", ["tags", "names"])
def test_explain_of_a_tag_says_how_probable_it_is_without_each_word(name: str) -> None:
    tagger = load_trained(RunFolder(Path(run_of(name)))).predictor
    assert isinstance(tagger, TaggingPredictor)
    words, place = TASKS[name][-1].split(), 2
    (shares,) = tagger.probabilities([words])
    tag = tagger.tag([words])[0][0][place]
    one = explained(name, About(at=words[place]))
    assert one.answer == f"{tag} of {words[place]!r}"
    assert one.probability == pytest.approx(shares[place, tagger.tags.index(tag)])
    for index, part in enumerate(one.parts):
        rest = [*words[:index], *words[index + 1 :]]
        at = place - (index < place)
        if index == place:
            rest, at = [*words[:place], "?", *words[place + 1 :]], place
        (shares,) = tagger.probabilities([rest])
        assert part.without == pytest.approx(shares[at, tagger.tags.index(tag)], abs=1e-6)


def test_explain_of_another_label_of_two_is_the_negative() -> None:
    one = explained("texts")
    other = explained("texts", About("bad" if one.answer == "good" else "good"))
    assert other.score == pytest.approx(-one.score)
    assert [part.contribution for part in other.parts] == pytest.approx(
        [-part.contribution for part in one.parts]
    )


def test_explain_of_a_decoder_explains_each_token_of_its_target() -> None:
    each = explain(run_of("pairs"), "1 2 3")
    (alone,) = explain(run_of("pairs"), "1 2 3", About(at=each[0].answer))
    assert alone == each[0]
    assert [part.part for part in alone.parts] == ["1", "2", "3"]


def test_explain_of_a_forecast_sets_each_number_to_its_mean() -> None:
    run, numbers = run_of("numbers"), [1.0, 2.0, 3.0, 4.0]
    mean = float(np.mean([1, 2, 4, 3, 5, 2, 1, 4, 3, 2, 5, 1, 2, 3, 4, 5]))
    (one,) = explain(run, "1, 2, 3, 4", About(at="2"))
    assert [part.lag for part in one.parts] == [4, 3, 2, 1]
    assert one.probability is None
    for index, part in enumerate(one.parts):
        changed = [*numbers[:index], mean, *numbers[index + 1 :]]
        rest = vars(predict(run, ", ".join(map(str, changed)))[1])["forecast"]
        assert part.without == pytest.approx(rest, abs=1e-2)


@pytest.mark.parametrize("name", TASKS)
def test_explain_by_integrated_gradients_adds_up_to_the_difference(name: str) -> None:
    text = TASKS[name][-1]
    left_out = explain(run_of(name), text)
    for one, other in zip(explain(run_of(name), text, method="integrated"), left_out, strict=True):
        assert one.score == pytest.approx(other.score, abs=1e-5)
        assert one.start is not None
        total = sum(part.contribution for part in one.parts)
        tolerance = TOLERANCE * abs(one.score - one.start) + NOISE * (1 + 2 * abs(one.score))
        assert total == pytest.approx(one.score - one.start, abs=2 * tolerance)
        assert [part.part for part in one.parts] == [part.part for part in other.parts]


def test_explain_by_integrated_gradients_starts_from_unknown_words() -> None:
    (one,) = explain(run_of("texts"), "two three one", method="integrated")
    (none,) = explain(run_of("texts"), "? ? ?", About(one.answer), method="integrated")
    assert one.start == pytest.approx(none.score, abs=1e-5)
    assert [part.contribution for part in none.parts] == [0, 0, 0]


def test_explain_of_one_word_replaces_it() -> None:
    (one,) = explain(run_of("texts"), "two")
    assert len(one.parts) == 1
    assert math.isfinite(one.parts[0].contribution)


BAD: list[tuple[str, str | None, About, str]] = [
    ("texts", "one two", About("goood"), "--class.*'goood'.*good"),
    ("texts", "one two", About(at="one"), "--at.*whole text"),
    ("texts", "   ", About(), "--text.*nothing to read"),
    ("texts", None, About(), "Expected a text"),
    ("tags", "a b", About(at="x"), "--at.*'x'.*1 to 2"),
    ("tags", "a b", About(at="0"), "--at.*'0'"),
    ("tags", "a b", About("Q"), "--class.*'Q'.*X, Y"),
    ("tags", "", About(), "--text.*nothing to read"),
    ("window", "had a general", About("zebra"), "--class.*'zebra'"),
    ("window", "had a general council", About(at="2"), "--at.*token 2.*3 before"),
    ("pairs", "1 2", About("1"), "--class.*without a place"),
    ("numbers", "1, 2, 3, 4", About(at="3"), "^--at.*step 3.*1 to 2"),
    ("numbers", "1, 2, 3, 4", About("y"), "--class.*'y'"),
]


@pytest.mark.parametrize(("name", "text", "about", "message"), BAD)
def test_explain_refuses_what_an_answer_has_not(
    name: str, text: str | None, about: About, message: str
) -> None:
    with pytest.raises(RnnkitError, match=message):
        explain(run_of(name), text, about)


def test_inspect_explain_marks_what_speaks_for_and_against_without_colours() -> None:
    lines = done(
        "inspect", "explain", run_of("texts"), "--text", "two three one"
    ).stdout.splitlines()
    assert "log-odds" in lines[0]
    assert "[+" in lines[1] or "[-" in lines[1]
    assert [line.split()[0] for line in lines[3:6]] == ["two", "three", "one"]


@pytest.mark.parametrize("name", TASKS)
def test_inspect_explain_json_has_every_part(name: str) -> None:
    words = ("inspect", "explain", run_of(name), "--text", TASKS[name][-1])
    told: list[dict[str, Any]] = json.loads(done(*words, "--json").stdout)
    assert all(one["parts"] for one in told)
    assert done(*words, "--top", 2).stdout


def test_inspect_explain_draws_and_writes_a_page() -> None:
    for name in ("texts", "pairs", "numbers"):
        done("inspect", "explain", run_of(name), "--text", TASKS[name][-1], "-o", f"{name}.png")
        assert Path(f"{name}.png").read_bytes().startswith(b"\x89PNG")
    words = ("inspect", "explain", run_of("texts"), "--text", "two three one", "--html", "x.html")
    done(*words)
    assert "three" in Path("x.html").read_text("utf-8")
    assert invoke(*words).exit_code == 2
    assert done(*words, "--overwrite").exit_code == 0
    refused = invoke("inspect", "explain", run_of("numbers"), "--html", "y.html")
    assert (refused.exit_code, "--html" in refused.stderr) == (2, True)
