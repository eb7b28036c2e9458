"""What a user can get wrong about an encoder-decoder: each is named with its place, and the exit
code is 2.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rnnkit.run import RunFolder
from rnnkit.workflows.trained import load_trained, open_run
from tests.cli.invoke import done, invoke
from tests.helpers.untrained import untrained_run

CONFIG = """task: seq2seq
data:
  dataset: {{pairs: {{path: pairs.tsv, header: false, source: 0, target: 1}}}}
  source: {{max_length: 4}}
  split: {{validation: 0.25}}
model:
  encoder: {{embedding: 4, layers: [gru: 6]}}
  decoder: {{embedding: 4, layers: [gru: 6]}}
  attention: {attention}
train: {{epochs: 2, batch_size: 8, learning_rate: 0.05}}
generate: {{max_new_tokens: 6}}
"""
PAIRS = "".join(f"{one} {two}\t{two} {one}\n" for one in "abcd" for two in "abcd")
SKIPPED = "only one column\nan empty target\t\n\tan empty source\nfar too many words here\tx\n"


def refused(*arguments: object) -> str:
    result = invoke(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith(("Error: ", "Usage: "))
    return result.stderr.strip()


def config(pairs: str = PAIRS, attention: str = "additive") -> str:
    Path("pairs.tsv").write_text(pairs, encoding="utf-8")
    Path("swap.yaml").write_text(CONFIG.format(attention=attention), encoding="utf-8")
    return "swap.yaml"


def write(name: str, text: str) -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A small run, which may not be changed, and what its training said."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("swap"))
        patch.setenv("RNNKIT_RUNS", "runs")
        stderr = done("train", config(PAIRS + SKIPPED)).stderr
        return Path("runs/swap").resolve(), stderr


@pytest.fixture
def run(trained: tuple[Path, str]) -> Path:
    return trained[0]


@pytest.mark.parametrize(
    ("pairs", "place", "word"),
    [
        ("one\ntwo\n", "data.dataset.pairs.path: no column '1'", "pairs.tsv"),
        ("a\tb\na\tb\tc\n", "data.dataset.pairs.path: pairs.tsv: row 2", "3 fields"),
        ("a\t\nb\t\n", "data.dataset.pairs.path: pairs.tsv", "row 1, 2"),
        ("", "data.dataset.pairs.path: pairs.tsv", "empty"),
        ("a b c d e\tx\nf g h i j k\ty\n", "data.source.max_length: 4", "5 words"),
        ("a\tb\n", "data.split: 1 pair leaves", "validation"),
    ],
    ids=["one column", "a longer row", "no target", "empty file", "all too long", "one pair"],
)
def test_train_refuses_bad_pairs(pairs: str, place: str, word: str) -> None:
    message = refused("train", config(pairs))
    assert message.startswith(f"Error: {place}")
    assert word in message


def test_train_keeps_every_weight_and_vocabulary(run: Path) -> None:
    folder = RunFolder(run)
    *_, architecture, weights = open_run(folder)
    assert weights.keys() == architecture.weight_shapes().keys()
    assert load_trained(folder).answers == "numpy"
    assert folder.source_tokenizer.is_file()
    assert folder.tokenizer.is_file()


def test_train_counts_pairs_that_it_drops(trained: tuple[Path, str]) -> None:
    _, stderr = trained
    assert "pairs.tsv: 1 row without a source left out: row 19" in stderr
    assert "pairs.tsv: 2 rows without a target left out: row 17, 18" in stderr
    assert "train: 1 pair left out, whose source has more than 4 words" in stderr


def test_check_names_file_and_line() -> None:
    message = refused("check", config(attention="adds"))
    assert message.startswith("Error: swap.yaml:9: model.attention.score: found 'adds'")
    text = CONFIG.format(attention="additive")
    write(
        "swap.yaml",
        text.replace("decoder: {embedding: 4, layers: [gru: 6]}", "decoder: {layers: 3}"),
    )
    message = refused("check", "swap.yaml")
    assert "swap.yaml:8: model.decoder.embedding: missing" in message
    assert "swap.yaml:8: model.decoder.layers: found 3" in message


def test_generate_reads_a_seed(run: Path) -> None:
    assert "--seed: " in refused("generate", run, "--seed", "a zebra")
    result = done("generate", run, "--seed", "a zebra", "--oov", "unk")
    assert "--seed: out of vocabulary, read as <unk>: 'zebra'" in result.stderr
    skipped = done("generate", run, "--seed", "a zebra", "--oov", "skip")
    assert skipped.stdout == done("generate", run, "--seed", "a").stdout
    assert "--seed: nothing to read" in refused("generate", run, "--seed", "")
    assert "--condition: " in refused("generate", run, "--seed", "a", "--condition", "x")


def test_generate_interactive_asks_for_seeds(run: Path) -> None:
    result = done("generate", run, "--interactive", stdin="a b\nzebra\n")
    assert "'zebra'" in result.stderr
    assert "some words: " in result.stderr


def test_generate_takes_the_newest_run(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNKIT_RUNS", str(run.parent))
    sampled = ["--temperature", "1", "--num-samples", "3", "--random-seed", "1", "--json"]
    samples = json.loads(done("generate", "--seed", "a b", *sampled).stdout)
    assert len(samples) == 3
    assert {"seed", "text", "tokens"} <= samples[0].keys()


def test_predict_answers_a_text(run: Path) -> None:
    assert "--text: " in done("predict", run, "--text", "a b c d a").stderr  # a longer source
    assert "--text: nothing to read" in refused("predict", run, "--text", " ")


def test_predict_answers_lines_and_tables(run: Path) -> None:
    write("lines.txt", "a b\n\nc d a b c\n")
    result = done("predict", run, "--input", "lines.txt", "-o", "out.jsonl")
    rows = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["text"] for row in rows] == ["a b", "", "c d a b c"]
    (best, *_) = json.loads(done("predict", run, "--text", "a b", "--json").stdout)
    assert [row["target"] for row in rows[:2]] == [best["target"], ""]
    assert "lines.txt: 1 row is empty and not answered: row 2" in result.stderr
    assert "more words than the 4" in result.stderr
    config()
    # Read as the run's own table: columns by number.
    done("predict", run, "--input", "pairs.tsv", "-o", "out.tsv")
    lines = Path("out.tsv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "0\t1\ttarget"
    assert len(lines) == 17
    other = write("lines.csv", "x\na b\n")
    message = refused("predict", run, "--input", other, "--column", "text")
    assert message.startswith("Error: --input: ")
    assert "'text'" in message


def test_inspect_attention_prints_and_draws(run: Path) -> None:
    asked = ["inspect", "attention", run, "--text", "a b c"]
    found = json.loads(done(*asked, "--json").stdout)
    assert found["source"] == ["a", "b", "c"]
    assert len(found["shares"]) == len(found["target"])
    assert all(sum(row) == pytest.approx(1, abs=1e-4) for row in found["shares"])
    lines = done(*asked).stdout.splitlines()
    assert lines[0].split() == ["a", "b", "c"]
    assert [line.split()[0] for line in lines[1:]] == found["target"]
    assert "map.png" in done(*asked, "-o", "map.png").stderr
    assert Path("map.png").read_bytes().startswith(b"\x89PNG")
    assert "--output: map.jpg: " in refused(*asked, "-o", "map.jpg")
    assert "--output: no/map.png cannot be written" in refused(*asked, "-o", "no/map.png")


def test_inspect_attention_refuses_a_run_without_attention(runs: Path) -> None:
    untrained_run("swap", Path(config(attention="null")).read_text(encoding="utf-8"))
    message = refused("inspect", "attention", "--text", "a b")
    assert message.startswith(f"Error: {runs / 'swap'}: ")
    assert "without attention" in message
