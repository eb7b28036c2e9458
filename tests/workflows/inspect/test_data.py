"""The audit of a config and of a run, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.tasks.language_model.task import LanguageModel
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import Task, load_task
from rnnkit.workflows.inspect.data import audit, audit_of
from tests.cli.invoke import invoke

ROWS = ["a wonderful film,good", "a dull film,bad"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A classifier of 60 rows, whose last one repeats the first but for case."""
    rows = [f"{ROWS[n % 2].replace('film', f'film w{n} v{n % 7}')}" for n in range(60)]
    table = ["text,label", *rows, rows[0].upper().replace("GOOD", "bad")]
    (tmp_path / "t.csv").write_text("\n".join(table) + "\n", encoding="utf-8")
    path = tmp_path / "c.yaml"
    path.write_text(
        "task: classification\ndata: {dataset: {csv: {path: t.csv}}}\n"
        "model: {embedding: 4, layers: [gru: 3]}\n",
        encoding="utf-8",
    )
    return path


def test_audit_says_its_verdict_first_and_has_all_rows_as_json(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(config.parent)
    printed = invoke("inspect", "data", "c.yaml", "--rows", "1", "-o", "audit.png")
    assert printed.exit_code == 0, printed.output
    assert "worth acting on" in printed.stdout.splitlines()[0]
    assert Path("audit.png").read_bytes().startswith(b"\x89PNG")
    found = json.loads(invoke("inspect", "data", "c.yaml", "--json").stdout)
    (torn,) = [one for one in found["findings"] if one["kind"] == "conflicting_labels"]
    assert torn["rows"] == ["t.csv: row 2", "t.csv: row 62"]
    assert found["parts"]["train"]["texts"] + found["parts"]["validation"]["texts"] == 61


def test_audit_of_several_labels_looks_at_each(tmp_path: Path) -> None:
    """A label that a row lacks, a mark that tells another, and equal rows with other labels."""
    words = {"sport": "ball match goal team", "trade": "coin price market sale"}
    rows = []
    for n in range(240):
        labels = [name for bit, name in enumerate(words) if n >> bit & 1]
        text = " ".join(words[name] for name in labels) + f" day w{n} v{n % 11}"
        rows.append(f"{text}{' zzz' if 'trade' in labels else ''},{'|'.join(labels)}")
    rows[77] = rows[77].replace(",sport", ",")  # row 79 of the file
    rows += ["the same words,sport", "the same words,trade"]
    (tmp_path / "m.csv").write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")
    tree = {
        "task": "classification",
        "data": {
            "dataset": {
                "csv": {
                    "path": str(tmp_path / "m.csv"),
                    "multi_label": True,
                    "label_delimiter": "|",
                }
            },
            "split": {"validation": 0},
        },
        "model": {"embedding": 4, "layers": [{"gru": 3}]},
    }
    found = {one.kind: one for one in audit(tree).findings}
    assert [*found["doubtful_labels"].rows] == [f"{tmp_path}/m.csv: row 79"]
    assert "not sport" in found["doubtful_labels"].what
    assert "trade" in found["telling_token"].what
    assert found["conflicting_labels"].count == 2


@pytest.mark.parametrize("name", ["fable", "fable_char", "reverse_digits", "toy_one_hot"])
def test_audit_of_clean_data_finds_nothing_worth_acting_on(name: str) -> None:
    """A language model, an encoder-decoder, sequences of numbers."""
    audited = audit(name)
    assert audited.verdict.startswith("Nothing worth acting on")
    assert audited.facts["train"]


SAMPLED = {
    "language model": {
        "task": {"language_model": {"window": 3}},
        "data": {"dataset": {"text": "absent.txt"}},
        "model": {"embedding": 4, "layers": [{"gru": 3}]},
    },
    "pairs": {
        "task": "seq2seq",
        "data": {
            "dataset": {"pairs": "absent.tsv"},
            "source": {"max_length": 5},
            "target": {"max_length": 5},
        },
        "model": {
            side: {"embedding": 4, "layers": [{"gru": 3}]} for side in ("encoder", "decoder")
        },
    },
}


@pytest.mark.parametrize("kind", SAMPLED)
def test_audit_of_the_small_sample_reads_nothing_else(kind: str) -> None:
    task = load_task(SAMPLED[kind])
    assert audit_of(task, task.prepare(Source(sample=True))).facts["train"]


def test_audit_refuses_a_task_that_says_nothing_of_its_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(LanguageModel, "audit", Task.audit)
    with pytest.raises(RnnkitError, match=r"task: .*language_model.*a method audit"):
        audit("fable")


def test_audit_refuses_what_is_not_there(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(config.parent)
    Path("audit.png").touch()
    for arguments, word in (
        (("nonsuch",), "nonsuch"),
        (("c.yaml", "data.max_lenght=3"), "max_length"),
        (("c.yaml", "data.dataset.csv.path=no.csv"), "no.csv"),
        (("c.yaml", "-o", "audit.jpg"), "png"),
        (("c.yaml", "-o", "audit.png"), "overwrite"),
    ):
        result = invoke("inspect", "data", *arguments)
        assert result.exit_code == 2, arguments
        assert word in result.stderr


def test_audit_names_rows_of_the_file_of_a_series(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    days = np.datetime64("2020-01-01") + np.arange(300)
    values = 20 + np.random.default_rng(0).normal(size=300)
    values[100:200] *= 1000
    rows = [f"{day},{value:.3f}" for day, value in zip(days, values, strict=True)]
    rows.insert(50, "")  # a blank line counts too
    Path("s.csv").write_text("\n".join(["day,sold", *rows]) + "\n", encoding="utf-8")
    Path("c.yaml").write_text(
        "task: {forecasting: {timesteps: 5}}\n"
        "data: {dataset: {series: {path: s.csv, time: day, target: sold}}}\n"
        "model: {embedding: none, layers: [gru: 3]}\n",
        encoding="utf-8",
    )
    found = json.loads(invoke("inspect", "data", "c.yaml", "--json").stdout)["findings"]
    (jump,) = [one for one in found if one["kind"] == "scale_jump"]
    assert jump["rows"] == [f"row {row} ({days[row - 3]})" for row in (103, 203)]
