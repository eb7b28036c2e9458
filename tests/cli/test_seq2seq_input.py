"""What a user can get wrong about an encoder-decoder: each is told with its place, and the exit
code is 2.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.invoke import done, invoke

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


def refused(*arguments: object) -> str:
    result = invoke(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith(("Error: ", "Usage: "))
    return result.stderr.strip()


def config(pairs: str = PAIRS, attention: str = "additive") -> str:
    Path("pairs.tsv").write_text(pairs, encoding="utf-8")
    Path("swap.yaml").write_text(CONFIG.format(attention=attention), encoding="utf-8")
    return "swap.yaml"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run; do not change it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("swap"))
        patch.setenv("RNNKIT_RUNS", "runs")
        done("train", config())
        return Path("runs/swap").resolve()


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ("one\ntwo\n", "data.dataset.pairs.path: no column '1' in pairs.tsv. It has: '0'."),
        ("one\na\tb\n", "data.dataset.pairs.path: no column '1' in pairs.tsv."),
        ("a\t\nb\t\n", "data.dataset.pairs.path: pairs.tsv has no row with a source and a target. Expected pairs. "  # noqa: E501
                       "pairs.tsv: 2 rows without a target left out: row 1, 2."),
        ("", "data.dataset.pairs.path: pairs.tsv is empty, or its first row is. Expected rows."),
        ("a b c d e\tx\nf g h i j k\ty\n", "data.source.max_length: 4, and it leaves no pair of the train part: the shortest source of 2 pairs has "  # noqa: E501
                                           "5 words. Expected a larger number."),
        ("a\tb\n", "data.split: 1 pairs leave the validation part empty. Expected at least one source in each part. "  # noqa: E501
                   "More pairs, a larger data.split.validation, or 0 for none."),
    ],
    ids=["one column", "first row of one column", "no target", "empty file", "all too long", "one pair"],  # noqa: E501
)  # fmt: skip
def test_bad_pairs(pairs: str, words: str) -> None:
    assert refused("train", config(pairs)).startswith(f"Error: {words}")


def test_pairs_that_are_skipped_are_counted() -> None:
    trained = done(
        "train",
        config(
            PAIRS
            + "only one column\nan empty target\t\n\tan empty source\nfar too many words here\tx\n"
        ),
    )
    assert "pairs.tsv: 1 rows without a source left out: row 19" in trained.stderr
    assert "pairs.tsv: 2 rows without a target left out: row 17, 18" in trained.stderr
    assert "train: 1 pairs left out, whose source has more than 4 words" in trained.stderr


def test_the_config_is_told_with_file_and_line() -> None:
    told = refused("check", config(attention="adds"))
    assert (
        told == "Error: swap.yaml:9: model.attention.score: found 'adds' (text). Expected one of:"
        " additive, multiplicative."
    )
    Path("swap.yaml").write_text(
        CONFIG.format(attention="additive").replace(
            "decoder: {embedding: 4, layers: [gru: 6]}", "decoder: {layers: 3}"
        )
    )
    told = refused("check", "swap.yaml")
    assert "swap.yaml:8: model.decoder.embedding: missing" in told
    assert "swap.yaml:8: model.decoder.layers: found 3. Expected a list" in told


def test_seeds_and_texts(run: Path) -> None:
    assert "--seed: not in the vocabulary of 4: 'zebra'" in refused(
        "generate", run, "--seed", "a zebra"
    )
    result = done("generate", run, "--seed", "a zebra", "--oov", "unk")
    assert "--seed: not in the vocabulary, read as <unk>: 'zebra'" in result.stderr
    assert (
        done("generate", run, "--seed", "a zebra", "--oov", "skip").stdout
        == done("generate", run, "--seed", "a").stdout
    )
    assert "--seed: nothing to read in ''. Expected a source of at least one word." in refused(
        "generate", run, "--seed", ""
    )
    assert "--condition: a model that is conditioned on its source" in refused(
        "generate", run, "--seed", "a", "--condition", "x"
    )
    assert (
        "--text: 5 words, and the model has learnt from sources of 4 at most"
        in done("predict", run, "--text", "a b c d a").stderr
    )
    assert "--text: nothing to read in ' '" in refused("predict", run, "--text", " ")


def test_predict_answers_lines_and_tables(run: Path) -> None:
    Path("lines.txt").write_text("a b\n\nc d a b c\n", encoding="utf-8")
    result = done("predict", run, "--input", "lines.txt", "-o", "out.jsonl")
    rows = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["text"] for row in rows] == ["a b", "", "c d a b c"]
    assert (
        rows[0]["target"]
        == json.loads(done("predict", run, "--text", "a b", "--json").stdout)[0]["target"]
    )
    assert rows[1]["target"] == ""
    assert "lines.txt: 1 rows have no text and no answer: row 2" in result.stderr
    assert (
        "1 sources have more words than the 4 of the longest that the model has learnt from"
        in result.stderr
    )
    config()
    # Read as the run's own table: columns by number.
    done("predict", run, "--input", "pairs.tsv", "-o", "out.tsv")
    lines = Path("out.tsv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "0\t1\ttarget"
    assert len(lines) == 17
    assert "no column 'text' in lines.csv" in refused(
        "predict", run, "--input", _written("lines.csv", "x\na b\n"), "--column", "text"
    )


def _written(name: str, text: str) -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def test_attention_is_printed_and_drawn(run: Path) -> None:
    found = json.loads(done("inspect", "attention", run, "--text", "a b c", "--json").stdout)
    assert found["source"] == ["a", "b", "c"]
    assert len(found["shares"]) == len(found["target"])
    assert all(sum(row) == pytest.approx(1, abs=1e-4) for row in found["shares"])
    lines = done("inspect", "attention", run, "--text", "a b c").stdout.splitlines()
    assert lines[0].split() == ["a", "b", "c"]
    assert [line.split()[0] for line in lines[1:]] == found["target"]
    assert (
        "written to map.png"
        in done("inspect", "attention", run, "--text", "a b c", "-o", "map.png").stderr
    )
    assert Path("map.png").read_bytes().startswith(b"\x89PNG")
    assert "--output: map.jpg: unknown kind of picture '.jpg'. Expected .png" in refused(
        "inspect", "attention", run, "--text", "a", "-o", "map.jpg"
    )
    assert (
        "--output: no/map.png: no folder 'no'. Expected a file in a folder that is there"
        in refused("inspect", "attention", run, "--text", "a", "-o", "no/map.png")
    )


def test_a_run_without_attention_has_none_to_show(runs: Path) -> None:
    done("train", config(attention="null"))
    assert (
        f"{runs / 'swap'}: a model without attention. Expected `model.attention` in its config"
        in refused("inspect", "attention", "--text", "a b")
    )


def test_interactive(run: Path) -> None:
    result = done("generate", run, "--interactive", stdin="a b\nzebra\n")
    assert "not in the vocabulary of 4: 'zebra'" in result.stderr
    assert "some words: " in result.stderr
