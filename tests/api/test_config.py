from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import rnnkit
from rnnkit.errors import RnnkitError


def test_config_is_checked_changed_and_written(tmp_path: Path) -> None:
    config = rnnkit.Config("fable", "train.epochs=3")
    assert config["train"]["epochs"] == 3
    other = config.changed({"train.epochs": 4})
    assert (other["train"]["epochs"], config == other) == (4, False)
    other.save(tmp_path / "c.yaml")
    assert rnnkit.Config.load(tmp_path / "c.yaml") == other
    assert rnnkit.Config(dict(other)).to_yaml() == other.to_yaml()
    assert repr(config).startswith("Config({'task'")


def test_config_says_every_mistake() -> None:
    with pytest.raises(RnnkitError, match=r"train.batch_size.*\n.*train.epochs"):
        rnnkit.Config("fable", {"train.epochs": 0}, {"train.batch_size": 0})
    with pytest.raises(RnnkitError, match=r"^config: found 3"):
        rnnkit.Config(3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sections", "place"),
    [
        ({"modle": {}}, "modle"),
        ({"generate": {"temprature": 1}}, r"generate\.temprature"),
        ({"metrics": ["matthew"]}, r"metrics\.0"),
        ({"model": {"layers": [{"lstmm": 3}]}}, r"model\.layers\.0"),
        ({"model": {"encoder": {"layers": [{"lstm": {"units": 0}}]}}}, r"encoder\.layers\.0"),
        ({"data": {"dataset": "imbd"}}, r"data\.dataset"),
    ],
)
def test_config_refuses_what_no_task_takes(sections: dict[str, Any], place: str) -> None:
    """Before it is known which."""
    with pytest.raises(RnnkitError, match=f"^config: .*{place}"):
        rnnkit.Config(**sections)


def test_config_is_built_step_by_step(said: list[str]) -> None:
    config = rnnkit.Config(task="classification", model={"layers": [{"gru": 4}]})
    assert config.missing == ["data", "model.embedding"]
    config = config.changed({"train.epochs": 3}, data={"dataset": "imdb"})
    assert (config.missing, config["train"]) == (["model.embedding"], {"epochs": 3})
    with pytest.raises(RnnkitError, match=r"model\.embedding: missing"):
        config.check()
    with pytest.raises(RnnkitError, match=r"^overrides: train\.epochs"):
        config.changed("train.epochs=0")
    with pytest.raises(RnnkitError, match="'lstn'"):
        rnnkit.Config(task="classification", model={"layers": [{"lstn": 4}]})
    whole = config.changed({"model.embedding": 8})
    assert whole.check()["train"]["batch_size"] > 0
    whole.changed("data.split.test=0.3").check()
    assert [line.partition(":")[0] for line in said] == ["data.split.test"]
    assert rnnkit.Config().missing == ["task", "data", "model"]
