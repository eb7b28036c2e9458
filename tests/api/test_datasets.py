from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import rnnkit
from rnnkit.api.memory_data import in_memory
from rnnkit.errors import RnnkitError


def test_load_data_of_each_kind(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("text,label\ngood,1\nbad,0\n")
    (tmp_path / "s.csv").write_text("day,sales\n2024-01-01,1\n2024-01-02,2\n")
    (tmp_path / "t.conll").write_text("Tom B-PER\nsleeps O\n")
    np.savez(tmp_path / "a.npz", x=np.zeros((2, 3, 1)), y=[0, 1])
    reviews = rnnkit.load_data("csv", path="r.csv")["train"]
    assert reviews.to_dict("list") == {"text": ["good", "bad"], "label": ["1", "0"]}
    series = rnnkit.load_data("series", path="s.csv", target="sales", time="day")["train"]
    assert (series.sales.tolist(), str(series.index[0].date())) == ([1, 2], "2024-01-01")
    sums = rnnkit.load_data("adding", count=10, length=4)["train"]
    assert sums.sequence.tolist() == [str(1 + row // 5) for row in range(50)]
    assert rnnkit.load_data("conll", path="t.conll")["train"].tags[0] == ["B-PER", "O"]
    assert list(rnnkit.load_data("reverse_digits")["train"]) == ["source", "target"]
    x, y = rnnkit.load_data("arrays", path="a.npz")["train"]
    assert (len(x), y) == (2, ["0", "1"])


def test_load_data_gives_what_train_takes() -> None:
    given = in_memory(rnnkit.load_data("fable"), {})
    assert given is not None
    assert str(given.parts["train"]).startswith("long ago")


def test_load_data_names_what_is_wrong() -> None:
    with pytest.raises(RnnkitError, match=r"^name: unknown dataset 'imbd'.*'imdb'"):
        rnnkit.load_data("imbd")
    with pytest.raises(RnnkitError, match=r"^path: missing"):
        rnnkit.load_data("csv")
