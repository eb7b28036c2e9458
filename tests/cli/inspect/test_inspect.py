from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.invoke import done

BY_LENGTH = """
task: classification
data: {dataset: {csv: t.csv}, split: 0}
model: {embedding: 4, layers: [{gru: 4}]}
"""


def rows(text: str) -> dict[str, list[str]]:
    """The table's rows by the layer's name; shapes without their blanks."""
    cells = [line.replace(", ", ",").split() for line in text.splitlines()[1:-1]]
    return {row[0]: row[1:] for row in cells}


def test_inspect_summary_lists_the_layers_of_a_config() -> None:
    text = done("inspect", "summary", "fable").stdout
    assert text.splitlines()[0].split() == ["layer", "kind", "output", "shape", "parameters"]
    assert rows(text) == {
        "inputs": ["(batch,3)", "0"],
        "embedding": ["embedding", "(batch,3,64)", "7,232"],
        "lstm_1": ["lstm", "(batch,3,512)", "1,181,696"],
        "lstm_2": ["lstm", "(batch,512)", "2,099,200"],
        "logits": ["dense", "(batch,113)", "57,969"],
    }
    assert text.splitlines()[-1] == "3,346,097 parameters"


def test_inspect_summary_of_a_run_is_that_of_its_config(fable_run: Path, tmp_path: Path) -> None:
    of_run = done("inspect", "summary", fable_run).stdout
    assert of_run == done("inspect", "summary", "fable_simple_rnn").stdout
    assert of_run.splitlines()[-1] == "46,513 parameters"


def test_inspect_summary_finds_a_run_by_name(
    fable_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNKIT_RUNS", str(fable_run.parent))
    assert "simple_rnn" in rows(done("inspect", "summary", fable_run.name).stdout)


def test_inspect_summary_counts_as_keras_does(fable_run: Path) -> None:
    from rnnkit import load_run

    assert (
        f"{load_run(str(fable_run)).model.count_params():,} parameters"
        == done("inspect", "summary", fable_run).stdout.splitlines()[-1]
    )


def test_inspect_speed_names_the_widths_of_batches(tmp_path: Path) -> None:
    rows = "".join(f"{'word ' * (1 + number)},{number % 2}\n" for number in range(40))
    (tmp_path / "t.csv").write_text(f"text,label\n{rows}")
    (tmp_path / "t.yaml").write_text(BY_LENGTH)
    asked = ("inspect", "speed", tmp_path / "t.yaml", "train.batch_size=4")
    assert "batches: widths 8, 24, 40; " in done(*asked, "train.num_buckets=3").stdout
    widths = json.loads(done(*asked[:3], "train.batch_size=auto", "--json").stdout)["widths"]
    assert widths.startswith("widths 8, ")


def test_inspect_speed_says_what_computes_each_layer() -> None:
    unrolled, halved = "model.layers.0.lstm={units: 8, unroll: true}", "train.precision=bfloat16"
    arguments = ("inspect", "speed", "fable", unrolled, halved)
    layers = json.loads(done(*arguments, "--json").stdout)["layers"]
    is_fused = layers[1]["training"]["kernel"] == "fused"
    kinds = ["bfloat16", "float32" if is_fused else "bfloat16"]
    assert [layer["precision"] for layer in layers] == kinds
    assert [layer["training"]["setting"] for layer in layers] == ["unroll", ""]
    assert [layer["on_gpu"]["kernel"] for layer in layers] == ["generic", "cudnn"]
    text = done(*arguments).stdout
    cells = ["generic", "bfloat16", "generic", layers[0]["answers"], "unroll"]
    assert rows(text)["lstm_1"][1:6] == cells
