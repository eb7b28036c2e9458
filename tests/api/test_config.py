from __future__ import annotations

from pathlib import Path

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
