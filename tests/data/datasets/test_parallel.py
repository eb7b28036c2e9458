"""Two parallel files as pairs."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from rnnkit.config import parse_config
from rnnkit.data.datasets.parallel import ParallelFiles
from rnnkit.errors import RnnkitError


def test_parallel_files_are_read_line_for_line() -> None:
    Path("en.txt").write_text('"Hi," he said.\n\n one\ttwo \nthree\n', encoding="utf-8")
    Path("fr.txt.gz").write_bytes(gzip.compress("« Salut »\nrien\nun deux\n\n".encode()))
    Path("v.en").write_text("red\n", encoding="utf-8")
    Path("v.fr").write_text("rouge\n", encoding="utf-8")
    dataset = ParallelFiles(
        source="en.txt", target="fr.txt.gz", validation_source="v.en", validation_target="v.fr"
    )
    found = dataset.load()
    train = found.parts["train"]
    assert list(train.sources) == ['"Hi," he said.', "one\ttwo"]
    assert list(train.targets) == ["« Salut »", "un deux"]
    assert train.place(1) == "en.txt: row 3"
    assert list(found.parts["validation"].sources) == ["red"]
    (note,) = found.notes
    assert "2 pairs with an empty side left out: line 2, line 4" in note
    assert dataset.fetch() == "en.txt, fr.txt.gz"


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"source": "none.txt"}, r"parallel\.source: no such file"),
        ({"target": "short.txt"}, r"parallel\.target: short.txt has 1 line, a.txt has 2"),
        ({"target": "a.txt"}, r"parallel\.target: the same file"),
        ({"source": "blank.txt"}, r"parallel\.source: .*no pair"),
        (
            {"source": "latin.txt"},
            r"parallel\.source: latin.txt.*`data.dataset.parallel.encoding: latin-1`",
        ),
    ],
)
def test_parallel_files_refuse_what_does_not_fit(keys: dict[str, Any], words: str) -> None:
    for name, text in (("a", "x\ny\n"), ("b", "1\n2\n"), ("short", "1\n"), ("blank", "\n \n")):
        Path(f"{name}.txt").write_text(text, encoding="utf-8")
    Path("latin.txt").write_bytes("é\né\n".encode("latin-1"))
    with pytest.raises(RnnkitError, match=words):
        ParallelFiles(**{"source": "a.txt", "target": "b.txt"} | keys).load()


def test_parallel_files_need_both_sides_of_a_part() -> None:
    side = {"embedding": 2, "layers": [{"gru": 2}]}
    config = {
        "task": "seq2seq",
        "data": {"dataset": {"parallel": {"source": "a", "target": "b", "test_source": "c"}}},
        "model": {"encoder": side, "decoder": side},
    }
    with pytest.raises(RnnkitError, match=r"test_target: missing"):
        parse_config(config)
