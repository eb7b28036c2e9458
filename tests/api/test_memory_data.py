"""Training on data in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import rnnkit
from rnnkit.api.memory_data import in_memory
from rnnkit.errors import RnnkitError
from rnnkit.storage import read_json
from rnnkit.workflows.evaluate import evaluate

CONFIG = {
    "task": "classification",
    "model": {"layers": [{"simple_rnn": 4}], "embedding": 4},
    "train": {"epochs": 1, "optimizer": "sgd"},
}
FRAME = pd.DataFrame(
    {
        "review": [f"{word} film {n}" for n in range(20) for word in ("good", "bad")],
        "stars": [5, 1] * 20,
    }
)


def test_train_on_a_frame_and_ask_for_its_parts(runs: Path) -> None:
    run = rnnkit.train(CONFIG, data=FRAME, text="review", label="stars", validation=0.2)
    (validation,) = evaluate(str(run.path))
    assert validation.part == "validation"
    assert read_json(run.path / "labels.json")["names"] == ["1", "5"]
    assert "review" in (run.path / "config.yaml").read_text()
    folder = str(run.path)
    del run
    with pytest.raises(RnnkitError, match=r"^data: .*load_run.*keep_data=True"):
        evaluate(folder)
    with pytest.raises(RnnkitError, match=r"^data: not the data"):
        rnnkit.load_run(folder, data=FRAME[1:])
    again = rnnkit.load_run(folder, data=FRAME)
    assert evaluate(folder)[0].rows[0] == validation.rows[0]
    assert again.path == Path(folder)


def test_compare_trains_on_a_frame_and_compares_such_runs_again(runs: Path) -> None:
    arguments: dict[str, Any] = {"text": "review", "label": "stars", "validation": 0.25}
    found = rnnkit.compare(
        CONFIG, data=FRAME, layers=["gru", "simple_rnn"], random_seeds=1, verbose=False, **arguments
    )
    table = found.frame()
    assert sorted(table.name) == ["gru", "simple_rnn"]
    assert table.part.unique().tolist() == ["validation"]
    folders = [str(folder) for folder in table.run]
    before = found.tests().difference.tolist()
    (runs / "again").mkdir()  # the same call continues in the same folder
    again = rnnkit.compare(
        CONFIG, data=FRAME, layers=["gru", "simple_rnn"], random_seeds=1, verbose=False, **arguments
    )
    assert [str(folder) for folder in again.frame().run] == folders
    del found, again
    with pytest.raises(RnnkitError, match=r"^data: .*load_run"):
        rnnkit.compare(folders)
    assert [abs(one) for one in rnnkit.compare(folders, data=FRAME).tests().difference] == [
        abs(one) for one in before
    ]
    with pytest.raises(RnnkitError, match=r"^data: not the data"):
        rnnkit.compare(folders, data=FRAME[1:])


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"text": "revew", "label": "stars"}, "^data: no column 'revew'"),
        ({"text": "review", "label": "stars", "keep_data": True}, "^keep_data: found True"),
        ({"data": None, "text": "review"}, "^text: .*`data`"),
        ({"data": None}, "data: missing.*`data=...`"),
        ({"layers": ["grue"], "text": "review", "label": "stars"}, "^layers: .*grue"),
    ],
)
def test_compare_names_the_argument(arguments: dict[str, Any], match: str) -> None:
    given = {"data": FRAME, "verbose": False} | arguments
    with pytest.raises(RnnkitError, match=match):
        rnnkit.compare(CONFIG, **given)
    with pytest.raises(TypeError, match=r"compare.*'txt'"):
        rnnkit.compare(CONFIG, data=FRAME, txt="review")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"text": "revew", "label": "stars"}, "^data: no column 'revew'"),
        ({"text": "review", "label": "stars", "validation": 1.5}, "^validation: found 1.5"),
        ({"text": "review", "label": "stars", "keep_data": 1}, "^keep_data: found 1"),
        ({"text": "review", "target": "stars"}, "^target: .*Did you mean 'label'"),
        ({"validation": "10%"}, "^validation: found '10%'.*`validation=0.1`"),
        ({"validation": 0.6, "test": 0.6, "text": "review", "label": "stars"}, "^validation: "),
        ({"data": {"train": FRAME, "dev": FRAME}}, "^data: .*part 'dev'"),
        ({"data": None, "text": "review"}, "^text: .*`data`"),
        ({"data": (["a"] * 9, ["x"] * 9)}, "^data: .*one label only"),
    ],
)
def test_train_names_the_argument(arguments: dict[str, Any], match: str, runs: Path) -> None:
    with pytest.raises(RnnkitError, match=match):
        rnnkit.train(CONFIG, **{"data": FRAME, **arguments})
    assert not runs.exists()


def test_train_asks_for_data_in_memory_where_a_config_has_none(runs: Path) -> None:
    with pytest.raises(RnnkitError, match=r"data: missing.*`data=\.\.\.`"):
        rnnkit.train(CONFIG)


def test_train_refuses_what_is_no_argument() -> None:
    with pytest.raises(TypeError, match=r"'lable'.*Did you mean 'label'"):
        in_memory(FRAME, {"lable": "stars"})


def test_train_names_the_override_of_a_key_that_is_given_as_argument(runs: Path) -> None:
    with pytest.raises(TypeError, match=r"'epochs'.*train\.epochs"):
        rnnkit.train(CONFIG, data=FRAME, epochs=3)  # type: ignore[call-arg]
