"""What a verb that looks inside a model cannot do: one message with the place, and exit code 2."""

from __future__ import annotations

from functools import cache

import pytest

from tests.cli.invoke import invoke
from tests.helpers.untrained import untrained_run

RUNS = {
    "window": (
        "task: {language_model: {window: 3}}\n"
        "data: {dataset: fable, split: 0}\n"
        "model: {embedding: 4, layers: [lstm: 3]}\n"
    ),
    "texts": (
        "task: classification\n"
        "data: {dataset: {labelled: {texts: {good: [one two], bad: [three four]}}}, split: 0}\n"
        "model: {embedding: 3, layers: [gru: 3]}\n"
    ),
    "pooled": (
        "task: classification\n"
        "data: {dataset: {labelled: {texts: {good: [one two], bad: [three four]}}}, split: 0}\n"
        "model: {embedding: 3, layers: [pool: mean]}\n"
    ),
    "numbers": (
        "task: {forecasting: {timesteps: 4}}\n"
        "data: {dataset: {numbers: [1, 2, 4, 3, 5, 2, 1, 4, 3, 2, 5, 1, 2, 3]}, split: 0}\n"
        "model: {embedding: none, layers: [simple_rnn: 3]}\n"
    ),
    "generator": (
        "task: {language_model: {condition: label}}\n"
        "data: {dataset: {labelled: {texts: {x: [ab], y: [ba]}}}, tokenizer: char, split: 0}\n"
        "model: {embedding: 3, layers: [gru: 3]}\n"
    ),
    "pairs": (
        "task: seq2seq\n"
        "data: {dataset: reverse_digits, split: 0}\n"
        "model:\n"
        "  encoder: {embedding: 3, layers: [gru: 2]}\n"
        "  decoder: {embedding: 3, layers: [gru: 2]}\n"
    ),
}
OF_A_TEXT = ("attention", "explain", "gates", "surprise", "trace")
OF_A_RUN = ("attention", "embeddings", "explain", "gates", "memory", "surprise", "trace")
OF_EITHER = ("data", "speed", "summary")


@cache
def run_of(name: str) -> str:
    return str(untrained_run(name, RUNS[name]).path.resolve())


def refused(words: str, *arguments: str) -> None:
    """One message, whose parts are found in this order."""
    result = invoke("inspect", *arguments)
    assert result.exit_code == 2, (arguments, result.output)
    assert not result.stdout
    message = result.stderr.splitlines()[-1]
    assert message.startswith("Error: ")
    place = 0
    for word in words.split(" ... "):
        place = message.find(word, place)
        assert place >= 0, (arguments, message, word)


def text_of(verb: str) -> list[str]:
    return ["--text", "one two"] if verb in OF_A_TEXT else []


@pytest.mark.parametrize("verb", [*OF_A_RUN, *OF_EITHER])
def test_inspect_refuses_what_is_no_run(verb: str) -> None:
    refused("nothing", verb, "nothing", *text_of(verb))


@pytest.mark.parametrize("verb", OF_A_RUN)
def test_inspect_refuses_a_run_that_is_not_trained(verb: str) -> None:
    run = untrained_run("begun", RUNS["texts"])
    run.weights.unlink()
    refused("begun ... not trained", verb, str(run.path), *text_of(verb))


@pytest.mark.parametrize("verb", [verb for verb in OF_A_TEXT if verb != "gates"])
def test_inspect_refuses_to_work_without_a_text(verb: str) -> None:
    name = {"attention": "pairs", "surprise": "window"}.get(verb, "texts")
    refused("--text", verb, run_of(name))


WITHOUT_THE_PART = [
    ("attention", "texts", "classification run ... Expected a run that attends to a source"),
    ("attention", "pairs", "without attention ... model.attention"),
    ("surprise", "texts", "classification run ... Expected a run that scores each token"),
    ("surprise", "generator", "conditioned_language_model ... Expected a run that scores each"),
    ("gates", "pooled", "recurrent"),
    ("embeddings", "numbers", "Expected"),
]


@pytest.mark.parametrize(("verb", "name", "words"), WITHOUT_THE_PART)
def test_inspect_refuses_a_run_without_what_it_shows(verb: str, name: str, words: str) -> None:
    refused(words, verb, run_of(name), *text_of(verb))


UNKNOWN = [
    # a layer, a unit, steps
    ("trace", "texts", ["--text", "one", "--layer", "gru_9"], "--layer ... gru_9 ... gru"),
    ("gates", "texts", ["--text", "one", "--layer", "gru_9"], "--layer ... gru_9 ... gru"),
    ("embeddings", "texts", ["--layer", "gru_9"], "--layer ... gru_9"),
    ("trace", "texts", ["--text", "one", "--units", "7:9"], "--units ... 0 to 2"),
    ("gates", "texts", ["--text", "one", "--units", "7:9"], "--units"),
    ("gates", "texts", ["--text", "one", "--unit", "7"], "--unit"),
    ("trace", "texts", ["--text", "one", "--units", "x"], "x"),
    ("trace", "texts", ["--text", "one", "--steps", "5:6"], "--steps ... 0"),
    # a class, a token, a word
    ("explain", "texts", ["--text", "one", "--class", "goood"], "--class ... goood ... 'good'"),
    ("explain", "window", ["--text", "had a general", "--class", "cta"], "--class ... cta"),
    ("explain", "numbers", ["--class", "y"], "--class ... y"),
    ("explain", "numbers", ["--at", "2"], "--at ... step 2"),
    ("embeddings", "texts", ["--word", "zebra"], "--word ... zebra"),
    ("embeddings", "texts", ["--analogy", "one two"], "--analogy"),
    # a text that cannot be read
    ("trace", "texts", ["--text", " "], "--text ... nothing to read"),
    ("explain", "texts", ["--text", " "], "--text ... nothing to read"),
    ("gates", "texts", ["--text", " "], "--text"),
    ("attention", "pairs", ["--text", " "], "without attention"),
    # a condition
    ("trace", "generator", ["--text", "a"], "--condition ... missing ... x, y ... --condition x"),
    ("gates", "generator", ["--text", "a"], "--condition ... missing"),
    ("explain", "generator", ["--text", "a"], "--condition ... missing"),
    ("trace", "generator", ["--condition", "z"], "--condition ... 'z' ... x, y"),
    ("gates", "generator", ["--condition", "z"], "--condition ... 'z' ... x, y"),
    ("trace", "generator", ["--condition", "x", "--text", "q"], "--text ... 'q'"),
    ("explain", "generator", ["--condition", "x"], "--text ... an empty text"),
    ("explain", "generator", ["--condition", "x", "--text", "ab", "--at", "1"], "--at ... token 1"),
    ("trace", "texts", ["--condition", "x", "--text", "one"], "--condition ... no condition"),
    ("gates", "texts", ["--condition", "x"], "--condition ... no condition"),
    ("explain", "numbers", ["--condition", "x"], "--condition ... no condition"),
    ("surprise", "window", ["--text", " "], "--text ... empty"),
    ("surprise", "window", ["--text", "had a"], "--text ... 2 words"),
    ("trace", "window", ["--text", "had a zebra"], "--text ... zebra"),
    ("explain", "window", ["--text", "had a zebra"], "--text ... zebra"),
    ("gates", "window", ["--text", "had a zebra"], "--text ... zebra"),
    ("trace", "numbers", ["--text", "1 2 x 4"], "--text"),
    ("explain", "numbers", ["--text", "1 2 nan 4"], "--text ... finite"),
    ("gates", "numbers", ["--text", "1 2"], "--text"),
    # a file
    ("explain", "numbers", ["--input", "no.csv"], "--input ... numbers"),
]


@pytest.mark.parametrize(("verb", "name", "options", "words"), UNKNOWN)
def test_inspect_refuses_what_is_not_there(
    verb: str, name: str, options: list[str], words: str
) -> None:
    refused(words, verb, run_of(name), *options)


DRAW = ("attention", "data", "embeddings", "explain", "gates", "gradients", "memory")
WRITE_A_PAGE = (("explain", []), ("surprise", []), ("gates", ["--unit", "0"]))


@pytest.mark.parametrize("verb", DRAW)
def test_inspect_refuses_a_picture_before_it_opens_the_run(verb: str) -> None:
    refused("--output", verb, "nothing", *text_of(verb), "-o", "x.gif")


@pytest.mark.parametrize(("verb", "options"), WRITE_A_PAGE)
def test_inspect_refuses_a_page_before_it_opens_the_run(verb: str, options: list[str]) -> None:
    refused("--html", verb, "nothing", *text_of(verb), *options, "--html", "no/x.html")
