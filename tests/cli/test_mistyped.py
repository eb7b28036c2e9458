"""Options that are keys of a config."""

from __future__ import annotations

import pytest

from tests.cli.invoke import invoke


@pytest.mark.parametrize(
    ("call", "key"),
    [
        (("train", "fable", "--epochs", "3"), "`train.epochs=3`"),
        (("train", "fable", "--epochs=3"), "`train.epochs=3`"),
        (("train", "--epochs", "3"), "`train.epochs=3`"),
        (("check", "fable", "--units", "9"), "`model.layers.0.lstm.units=9`"),
        (("config", "show", "fable", "--train.batch-size", "9"), "`train.batch_size=9`"),
        (("generate", "--epochs", "3"), "`train.epochs=3`"),
        (("evaluate", "--learning-rate"), "`train.learning_rate=...`"),
        (("train", "fable", "--bogus"), ""),
        (("train", "fable", "-e", "3"), ""),
    ],
)
def test_keys_named_says_the_key(call: tuple[str, ...], key: str) -> None:
    result = invoke(*call)
    assert result.exit_code == 2
    assert "No such option" in result.stderr
    assert (key in result.stderr) if key else ("`" not in result.stderr)
