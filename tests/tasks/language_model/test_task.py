"""What a language model shows and proposes."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from rnnkit.data.datasets.fable import FABLE
from rnnkit.run import RunFolder
from tests.helpers.language_models import (
    Counted,
    Uniform,
    prepared,
    random_predictor,
    stream_model,
    window_model,
)


def test_sample_begins_with_the_text() -> None:
    task = window_model()
    data = prepared(task)
    predictor = task.predictor(data.codec, Counted(task, data))
    assert task.sample(predictor, data).startswith(FABLE[:50].replace(" .", "."))


def test_sample_says_what_is_copied() -> None:
    task = stream_model()
    data = prepared(task)
    lines = task.sample(random_predictor(task, data), data).split("\n")
    assert lines[0].startswith("long ago,")
    assert lines[1] == ""
    assert lines[2].startswith("n-grams found in the training text: 3: ")
    assert lines[3].startswith("longest copied span: ")


@pytest.mark.parametrize("tokenizer", ["word", "char", {"word": {"vocab_size": 20}}], ids=str)
@pytest.mark.parametrize("window", [1, 3, 10])
def test_next_command_has_a_seed_that_works(tokenizer: Any, window: int) -> None:
    task = window_model(window=window, tokenizer=tokenizer)
    data = prepared(task)
    command = shlex.split(task.next_command(RunFolder(Path("runs/my run")), data))
    assert command[:4] == ["rnnkit", "generate", "runs/my run", "--seed"]
    (seed,) = command[4:]
    unknown, ids = data.codec.tokenizer.unknown_id, data.parts["train"].counted.tolist()
    spans = [ids[place : place + window] for place in range(len(ids) - window)]
    known = [span for span in spans if unknown not in span]
    if known:
        prompt = task.predictor(data.codec, Uniform(data)).begin(seed, None, "error")
        assert prompt.token_ids.tolist() == [known[0]]
    else:
        assert window == 10  # among few words no ten in a row are known


def test_next_command_of_a_stream() -> None:
    task = stream_model()
    command = task.next_command(RunFolder(Path("runs/fable")), prepared(task))
    assert shlex.split(command)[-2:] == ["--seed", "long ago,"]


def test_cautions_more_parameters_than_tokens() -> None:
    task = stream_model()
    data = prepared(task)
    (line,) = task.cautions(data, 201)
    assert "200 tokens" in line
    assert "201 parameters" in line
    assert task.cautions(data, 200) == []
