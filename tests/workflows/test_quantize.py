"""Weights of eight bits are written where the model answers about as well with them."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest

import rnnkit
from rnnkit.errors import RnnkitError
from rnnkit.workflows.quantize import export_int8, losses
from tests.cli.invoke import done, invoke
from tests.helpers import classified

pytest.importorskip("onnxruntime")

Capture = pytest.CaptureFixture[str]


def test_export_int8_scores_both(fable_run: Path) -> None:
    import onnx

    result = export_int8(str(fable_run), "onnx", max_loss=5)
    assert result.written.path.name == "fable_simple_rnn.int8.onnx"
    assert result.part == "train"  # nothing is held out
    assert result.after.size_bytes < result.before.size_bytes
    assert result.before.scores["accuracy"] == pytest.approx(0.99)
    assert result.before.scores["loss"] != result.after.scores["loss"]
    kept = {one.key for one in onnx.load(result.written.path).metadata_props}
    assert {"rnnkit.tokenizer", "rnnkit.config"} <= kept


def test_export_int8_prints_both(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = classified.trained("verdict", tmp_path_factory)
    monkeypatch.setenv("RNNKIT_DATA", str(run.parent))
    said = done("export", run, "onnx", "--int8", "--max-loss", "50", "-o", "small.onnx").stdout
    assert "validation part" in said
    assert "float32" in said
    assert "int8" in said
    assert (tmp_path / "small.onnx").is_file()
    words = ("onnx", "--int8", "--max-loss", "50", "-o", "again.onnx", "--json")
    both = json.loads(done("export", run, *words).stdout)
    assert both["path"] == "again.onnx"
    assert both["size_bytes"] == (tmp_path / "again.onnx").stat().st_size
    assert both["int8"]["scores"].keys() == both["float32"]["scores"].keys()


def test_export_int8_refuses_a_loss(fable_run: Path, tmp_path: Path) -> None:
    """A perplexity of 1.03 moves by more than a millionth part."""
    result = invoke("export", str(fable_run), "onnx", "--int8", "--max-loss", "0.000001")
    assert result.exit_code == 1
    assert "--max-loss" in result.stderr
    assert not list(tmp_path.glob("*.onnx"))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"accuracy": 0.9, "loss": 1.0}, {"accuracy": 0.88, "loss": 9.0}, {"accuracy": 2.0}),
        ({"accuracy": 0.9}, {"accuracy": 0.95}, {"accuracy": 0.0}),
        ({"bleu": 30.0}, {"bleu": 28.0}, {"bleu": 2.0}),
        ({"perplexity": 100.0}, {"perplexity": 103.0}, {"perplexity": 3.0}),
        ({"mae": 2.0, "correct": 3}, {"mae": 1.0, "correct": 1}, {"mae": 0.0}),
        ({"loss": 2.0}, {"loss": 2.1}, {"loss": 5.0}),
        ({"mae": 2.0}, {"mae": math.nan}, {"mae": math.inf}),
    ],
)
def test_losses_are_points_or_per_cent(
    before: dict[str, float], after: dict[str, float], expected: dict[str, float]
) -> None:
    assert losses(before, after) == pytest.approx(expected)


@pytest.mark.parametrize(
    "words",
    [("keras", "--int8"), ("onnx", "--max-loss", "1"), ("onnx", "--int8", "--max-loss=nan")],
)
def test_export_int8_goes_with_onnx(fable_run: Path, words: tuple[str, ...]) -> None:
    result = invoke("export", str(fable_run), *words)
    assert result.exit_code == 2
    assert "--" in result.stderr


def test_export_int8_in_python(fable_run: Path, tmp_path: Path, capsys: Capture) -> None:
    run = rnnkit.load_run(fable_run)
    path = run.export("onnx", "small.onnx", int8=True, max_loss=5)
    said = capsys.readouterr().err
    assert path.stat().st_size < 60_000
    assert "kB became" in said
    assert "accuracy 0.99 became" in said
    for wrong, place in (
        ({"int8": 1}, "int8.*True or False"),
        ({"int8": True, "max_loss": -1}, "max_loss.*at least 0"),
        ({"max_loss": 1.0}, "max_loss.*int8"),
        ({"int8": True, "max_loss": 1e-6}, "int8.*worse.*max_loss"),
        ({"int8": True, "output": "small.onnx"}, "output.*exists"),
    ):
        with pytest.raises(RnnkitError, match=place):
            run.export("onnx", **{"output": "other.onnx", **wrong})  # type: ignore[arg-type]
    with pytest.raises(RnnkitError, match=r"int8: card has no.*onnx"):
        run.export("card", int8=True)
    assert [one.name for one in tmp_path.glob("*.onnx")] == ["small.onnx"]


def test_export_int8_needs_the_data(fable_run: Path, runs: Path) -> None:
    """To be scored on."""
    text = (fable_run / "config.yaml").read_text()
    run = runs / "gone"
    runs.mkdir()
    shutil.copytree(fable_run, run)
    run.joinpath("config.yaml").write_text(text.replace("dataset: fable", "dataset: {text: g.txt}"))
    with pytest.raises(RnnkitError, match=r"g\.txt"):
        export_int8(str(run), "onnx")
