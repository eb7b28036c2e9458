"""What the command line calls an option is an argument in Python."""

from __future__ import annotations

import pytest

from rnnkit.python_messages import in_python


@pytest.mark.parametrize(
    ("said", "in_python_said"),
    [
        ("--input: no such file", "data: no such file"),
        ("too long; `--max-new-tokens` gives more", "too long; `max_new_tokens` gives more"),
        (
            "too long; `rnnkit generate --max-new-tokens` gives more",
            "too long; `run.generate(..., max_new_tokens=...)` gives more",
        ),
        ("Write `rnnkit forecast --input FILE`", "Write `run.forecast(..., data=...)`"),
        ("Name another file, or add --overwrite", "Name another file, or add overwrite=True"),
        ("Run `rnnkit train fable`", "Run `rnnkit train fable`"),
    ],
)
def test_in_python_names_arguments(said: str, in_python_said: str) -> None:
    assert in_python(said) == in_python_said
