"""No hint without a case: what the sources tell a person to do, a mistake of the tests is told."""

from __future__ import annotations

import pytest

from tests import (
    test_cures,
    test_cures_calls,
    test_cures_data,
    test_cures_own,
    test_cures_sections,
)
from tests.hints import Hint, hints
from tests.mistakes import Case

pytestmark = pytest.mark.filterwarnings("ignore:Field name")  # pydantic's, of the same mistake

CASES: dict[str, Case] = {
    **test_cures.CASES,
    **test_cures_sections.CASES,
    **test_cures_data.CASES,
    **test_cures_calls.CASES,
    **test_cures_own.CASES,
}
MACHINE = "this machine would have to be another one"
TRAINING = "needs a run that was trained, with its checkpoint"
PYTHON = "said to Python code that calls with the wrong object"
STREAMS = "needs a process with other streams"
APART = {
    ("environment.py", "{} is not installed{}Run `pip install 'rnnkit[{}]'`"): MACHINE,
    (
        "kernels/library.py",
        "install rnnkit again where there is a C compiler, or with `pip install ziglang`",
    ): MACHINE,
    (
        "workflows/keras_export.py",
        "not written: {}{}Free some space, then write it again with `rnnkit train {} --resume`",
    ): MACHINE,
    (
        "run.py",
        "Copy the run again, or write them again with `rnnkit train {} --resume`",
    ): TRAINING,
    (
        "training/fit.py",
        "its checkpoint holds other variables than the config's optimizer has{}Expected"
        " train.optimizer and train.average as it was trained with{}Leave them, or train a new"
        " run: `rnnkit train {}`",
    ): TRAINING,
    ("workflows/train.py", "Did you mean train.{}?"): TRAINING,
    ("tasks/forecasting/data.py", "Write `{}: [{}]`"): TRAINING,
    (
        "cells/keras_cell.py",
        "train.kernel{}fused, but {}{}Use `auto`, which takes keras' own layers there",
    ): "needs the layers of keras",
    (
        "architecture/layers.py",
        "{}: build{}Pass it `name=layer.name`",
    ): "needs the layers of keras",
    (
        "api/arguments.py",
        "a run: its name, its folder, or what `rnnkit.load_run` gives",
    ): PYTHON,
    ("api/run.py", "Open one with `rnnkit.load_run(...)`"): PYTHON,
    (
        "tasks/language_model/predictor.py",
        "Ask it with `rnnkit predict --text TEXT` or `rnnkit generate --seed TEXT`",
    ): PYTHON,
    (
        "cli/__init__.py",
        "standard output{}closed{}Expected a place for the results{}Add `> /dev/null`",
    ): STREAMS,
    ("data/formats/whole.py", "standard output is closed{}Expected a file{}Name one"): STREAMS,
    ("data/formats/format.py", "{} to standard output{}Expected a file{}Name one"): STREAMS,
    ("data/formats/format.py", "Expected a file{}Name one"): STREAMS,
    (
        "data/formats/format.py",
        "{} says `writes`, and has no encoder(self, file)",
    ): "said while answers are written, to who wrote the format",
    ("data/formats/text.py", "Name its encoding, such as `encoding{}"): STREAMS,
}
"""Hints that no case applies, and why."""


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What every case is refused for."""
    said = []
    for case in CASES.values():
        with pytest.MonkeyPatch.context() as patch:
            folder = tmp_path_factory.mktemp("case")
            patch.chdir(folder)
            patch.setenv("RNNKIT_RUNS", str(folder / "runs"))
            said.append(case.said(case.begin()))
    return said


def test_every_hint_is_said_by_a_case(messages: list[str]) -> None:
    """A new hint needs a case whose message has it, or a reason in APART; an old one that is said
    no more needs none.
    """
    alone = {hint for hint in hints() if not any(map(hint.said_in, messages))}
    assert alone == {Hint(*place) for place in APART}
