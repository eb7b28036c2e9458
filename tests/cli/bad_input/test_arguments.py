"""What is asked of a run, or of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.bad_input.refusal import SEED, Refused


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["an empty text", "at least 3 words"]),
        ("   ", ["an empty text"]),
        ("\n", ["an empty text"]),
        ("mice", ["1 word in 'mice'", "Expected at least 3", "Add 2 more"]),
        ("the mice", ["2 words in 'the mice'", "Add 1 more"]),
        (
            "had a generall",
            ["not in the vocabulary of 112: 'generall'", "near 'generall': general"],
        ),
        ("the mise had qqqqq", ["'mise', 'qqqqq'", "near 'mise': mice"]),
        ("had a <unk>", ["not in the vocabulary of 112: '<unk>'"]),
        ("had a g\u00e9n\u00e9ral", ["'g\u00e9n\u00e9ral'", "near 'g\u00e9n\u00e9ral': general"]),
        ("\u732b\u304c\u9cf4\u304f", ["not in the vocabulary of 112"]),
        ("had a \U0001f42d", ["'\U0001f42d'"]),
        ("had a \udcff", ["not in the vocabulary of 112"]),
        ("had\x00a general", ["not in the vocabulary of 112"]),
    ],
)
def test_generate_and_predict_refuse_an_unusable_text(
    text: str, words: list[str], run: Path, refused: Refused
) -> None:
    refused("generate", "--seed", text, words=["--seed: ", *words])
    refused("predict", "--text", text, words=["--text: ", *words])
    if not text.endswith(("\udcff", "\n")):
        refused("generate", "--seed", "-", words=["--seed: ", *words], stdin=text + "\n")


def test_text_from_refuses_bytes_that_are_not_utf8(run: Path, refused: Refused) -> None:
    refused(
        "generate",
        "--seed",
        "-",
        words=["standard input: byte 6 is not UTF-8"],
        stdin=b"had a \xff\xfe",
    )
    refused("predict", "--text", "-", words=["standard input: byte 0 is not UTF-8"], stdin=b"\xff")
    refused("generate", "--seed", "-", words=["--seed: an empty text"], stdin=b"")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--temperature", "-1"], ["--temperature", "-1"]),
        (["--temperature", "nan"], ["--temperature", "nan"]),
        (["--temperature", "inf"], ["--temperature", "inf"]),
        (["--temperature", "warm"], ["--temperature", "'warm'"]),
        (["--max-new-tokens", "0"], ["--max-new-tokens", "0"]),
        (["--max-new-tokens", "-5"], ["--max-new-tokens", "-5"]),
        (["--max-new-tokens", "many"], ["--max-new-tokens", "'many'"]),
        (["--max-new-tokens", "1.5"], ["--max-new-tokens", "'1.5'"]),
        (["--max-new-tokens", "99999999999"], ["--max-new-tokens", "99999999999"]),
        (["--random-seed", "-1"], ["--random-seed", "-1"]),
        (["--random-seed", "x"], ["--random-seed", "'x'"]),
        (["--top-k", "0"], ["--top-k", "0"]),
        (["--top-p", "0"], ["--top-p", "0"]),
        (["--top-p", "1.5"], ["--top-p", "1.5"]),
        (["--top-p", "nan", "--temperature", "1"], ["--top-p", "nan"]),
        (["--repetition-penalty", "nan"], ["--repetition-penalty", "nan"]),
        (["--num-samples", "0"], ["--num-samples", "0"]),
        (["--beam-size", "0"], ["--beam-size", "0"]),
        (["--oov", "guess"], ["--oov", "'guess'"]),
        (["--interactive"], ["--seed", "--interactive"]),
        (["--top", "3"], ["No such option", "--top"]),
    ],
    ids=" ".join,
)
def test_generate_refuses_options_out_of_range(
    options: list[str], words: list[str], run: Path, refused: Refused
) -> None:
    refused("generate", *SEED, *options, words=words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["generate"], ["--seed"]),
        (["generate", "fable", "--seed"], ["--seed"]),
        (["predict"], ["--text"]),
        (["predict", "--text", "had a general", "--top", "0"], ["--top", "0"]),
        (["predict", "--text", "had a general", "--top", "-1"], ["--top", "-1"]),
        (["predict", "--text", "had a general", "--top", "few"], ["--top", "'few'"]),
        (["evaluate", "--part", "everything"], ["--part", "'everything'", "'validation'"]),
        (["evaluate", "--part", "test"], ["--part: no part 'test'", "train"]),
        (["evaluate", "--part", "validation"], ["--part: no part 'validation'", "train"]),
        (["evaluate", "--data", "nosuch.txt"], ["--data: no such file: 'nosuch.txt'"]),
        (
            ["evaluate", "--data", "god.txt"],
            ["--data: no such file: 'god.txt'", "Did you mean 'good.txt'?"],
        ),
        (["evaluate", "--data", "folder"], ["--data: 'folder' is a directory"]),
        (["evaluate", "--data", "empty.txt"], ["--data: empty.txt is empty"]),
        (["evaluate", "--data", "latin.txt"], ["--data: latin.txt:2: byte 11 (0xe9) is not UTF-8"]),
        (["evaluate", "--data", "short.txt"], ["a window of 3", "short.txt has 2 tokens"]),
        (["evaluate", "--data", "good.txt", "--part", "test"], ["--data", "have no parts"]),
        (["evaluate", "fable", "fable-2"], ["fable-2", "KEY=VALUE"]),
        (["inspect", "summary"], ["CONFIG|RUN"]),
        (["inspect", "summary", "not_a_run"], ["not_a_run: a folder"]),
        (["train"], ["CONFIG"]),
        (["check"], ["CONFIG"]),
        (["config", "show"], ["CONFIG"]),
        (["trian", "fable"], ["No such command 'trian'", "Did you mean 'train'?"]),
        (["frobnicate"], ["No such command 'frobnicate'", "Expected one of: ", "train"]),
        (["config", "shwo"], ["No such command 'shwo'"]),
        (["--bogus"], ["No such option", "--bogus"]),
        (["check", "good.yaml", "--bogus"], ["No such option", "--bogus"]),
        (["train", "good.yaml", "--epochs", "3"], ["No such option", "--epochs"]),
        (["train", "good.yaml", "--device", "tpu"], ["--device", "'tpu'", "'cpu'"]),
        (["train", "good.yaml", "--backend", "torch"], ["--backend", "'torch'", "'tensorflow'"]),
        (
            ["train", "good.yaml", "--smoke", "--resume"],
            ["--smoke and --resume exclude each other"],
        ),
    ],
    ids=lambda value: " ".join(value)[:50],
)
def test_main_refuses_wrong_arguments(
    arguments: list[str], words: list[str], run: Path, refused: Refused
) -> None:
    refused(*arguments, words=words)


def test_backend_options_refuse_unknown_environment_values(refused: Refused) -> None:
    refused("train", "good.yaml", words=["--device", "'tpu'"], env={"RNNKIT_DEVICE": "tpu"})
    refused("train", "good.yaml", words=["--backend", "'torch'"], env={"RNNKIT_BACKEND": "torch"})


@pytest.mark.parametrize("place", ["good.txt", "good.txt/below", "/proc/nosuch"])
def test_train_refuses_an_unusable_runs_folder(place: str, refused: Refused) -> None:
    refused(
        "train",
        "good.yaml",
        "--smoke",
        words=["folder for the run", "RNNKIT_RUNS"],
        env={"RNNKIT_RUNS": place},
    )
