"""Data are refused before a run folder is made."""

from __future__ import annotations

import pytest

from tests.cli.bad_input.refusal import Refused


@pytest.mark.parametrize(
    ("dataset", "words"),
    [
        ("{text: empty.txt}", ["data.dataset.text.path: empty.txt is empty"]),
        ("{text: blank.txt}", ["data.dataset.text.path: blank.txt is empty"]),
        ("{text: /dev/null}", ["data.dataset.text.path: /dev/null: a device"]),
        ("{text: nosuch.txt}", ["data.dataset.text.path: no such file: 'nosuch.txt'"]),
        (
            "{text: god.txt}",
            ["data.dataset.text.path: no such file: 'god.txt'", "Did you mean 'good.txt'?"],
        ),
        ("{text: nosuch/good.txt}", ["data.dataset.text.path: no such file: 'nosuch/good.txt'"]),
        (
            "{text: ~nosuch_user/good.txt}",
            ["data.dataset.text.path: no such file: '~nosuch_user/good.txt'"],
        ),
        ("{text: folder}", ["data.dataset.text.path: 'folder' is a directory without *.txt"]),
        ("{text: ''}", ["data.dataset.text.path: "]),
        ('{text: "a\\0b"}', ["data.dataset.text.path: no such file"]),
        (
            "{text: latin.txt}",
            [
                "data.dataset.text.path: latin.txt:2: byte 11 (0xe9) is not UTF-8",
                "encoding: latin-1",
            ],
        ),
        ("{text: utf16.txt}", ["data.dataset.text.path: utf16.txt:1: byte 0 (0xff) is not UTF-8"]),
        ("{text: {path: good.txt, encoding: klingon}}", ["unknown encoding 'klingon'"]),
        (
            "{text: {path: latin.txt, encoding: ascii}}",
            ["latin.txt:2: byte 11 (0xe9) is not ASCII"],
        ),
        (f"{{text: {'n' * 300}}}", ["File name too long"]),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_text_refuses_a_file_that_it_cannot_read(
    dataset: str, words: list[str], refused: Refused
) -> None:
    for verb in (["train"], ["check", "--build"]):
        refused(*verb, "good.yaml", f"data.dataset={dataset}", words=words)
    refused(
        "inspect",
        "summary",
        "good.yaml",
        words=words,
        env={"RNNKIT_CONFIG_OVERRIDES": f"'data.dataset={dataset}'".replace("''", "\"''\"")},
    )


@pytest.mark.parametrize(
    "verb",
    [["train"], ["train", "--dry-run"], ["train", "--learning-rate-test"], ["check", "--build"]],
    ids=" ".join,
)
def test_shapes_beyond_memory_are_refused_before_they_are_allocated(
    verb: list[str], refused: Refused
) -> None:
    layers = "model.layers=[simple_rnn: 65536, simple_rnn: 65536, simple_rnn: 65536]"
    words = ["model: this training takes about", "of memory", "Train with fewer units"]
    refused(*verb, "good.yaml", layers, words=words)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (
            ["task.language_model.window=300"],
            [
                "task.language_model.window: a window of 300",
                "part of fable has",
                "Expected at most",
            ],
        ),
        (
            ["task.language_model.window=180", "data.split=0.5"],
            ["task.language_model.window: a window of 180"],
        ),
        (
            ["data.dataset={text: short.txt}", "data.split=0"],
            ["task.language_model.window: a window of 3", "2 tokens"],
        ),
        (["data.dataset={text: short.txt}"], ["data.split"]),
        (["data.split={validation: 0.1, test: 0.001}"], ["test"]),
    ],
    ids=lambda value: " ".join(value)[:60],
)
def test_train_refuses_a_text_shorter_than_a_window(
    overrides: list[str], words: list[str], refused: Refused
) -> None:
    refused("train", "good.yaml", *overrides, words=words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["datasets", "show", "fabel"],
            ["fabel: unknown dataset 'fabel'", "Did you mean 'fable'?"],
        ),
        (["datasets", "show", ""], ["unknown dataset ''"]),
        (["datasets", "show", "os:path"], ["os:path: no data set"]),
        (["datasets", "fetch", "nosuch"], ["nosuch: unknown dataset 'nosuch'", "fable"]),
        (["datasets", "fetch", "text"], ["text: the user's own data", "Nothing to fetch"]),
        (
            ["config", "new", "languagemodel"],
            ["unknown task 'languagemodel'", "Did you mean 'language_model'?"],
        ),
        (["check", "good.yaml", "--code", "nosuch.py"], ["--code: no Python file 'nosuch.py'"]),
        (["check", "good.yaml", "--code", "good.txt"], ["--code: no Python file 'good.txt'"]),
        (
            ["check", "good.yaml", "--code", "broken.py"],
            ["broken.py:1: ModuleNotFoundError", "nosuch_module"],
        ),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_main_refuses_unknown_names(
    arguments: list[str], words: list[str], refused: Refused
) -> None:
    refused(*arguments, words=words)


@pytest.mark.parametrize(
    "numbers",
    ["[]", "[1]", "[1, 2]", "[1, 2, x]", "[1, 2, .nan, 4]", "[1, 2, 1e300]", "3", "[[1, 2], [3]]"],
)
def test_numbers_refuses_what_holds_no_series(numbers: str, refused: Refused) -> None:
    errors = 2 if numbers.startswith("[[") else 1
    refused(
        "train", "toy_two_steps", f"data.dataset.numbers={numbers}", words=[": "], mistakes=errors
    )
