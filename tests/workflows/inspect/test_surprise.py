"""Surprise, token by token: the same numbers as the evaluation, and a page that any browser
reads."""

from __future__ import annotations

import json
import logging
import math
import shutil
from dataclasses import astuple
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from rnnkit.data.dataset import Corpus
from rnnkit.data.datasets.fable import FABLE
from rnnkit.errors import RnnkitError
from rnnkit.names import find_run
from rnnkit.tasks.language_model.task import LanguageModel
from rnnkit.tasks.task import task_of
from rnnkit.workflows.evaluate import evaluate
from rnnkit.workflows.inspect.surprise import MOST_BITS, Surprise, surprises, write_page
from rnnkit.workflows.train import train
from rnnkit.workflows.trained import load_trained
from tests.cli.invoke import done, invoke
from tests.helpers.untrained import untrained_run

STREAM = """
task: {language_model: {stream: true, bptt: 8}}
data: {dataset: {inline: "a <b> & 'c' \\"d\\" é — the mice had a <b> general council, and the cat had none at all ."}, tokenizer: char, split: 0}
model: {embedding: 4, layers: [gru: 6]}
train: {batch_size: 2, epochs: 2, learning_rate: 0.05}
"""  # noqa: E501


@pytest.fixture(scope="module")
def stream_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of characters that carries its state, with random weights."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_RUNS", str(tmp_path_factory.mktemp("stream")))
        return untrained_run("stream", STREAM).path


def copy_of(run: Path, tmp_path: Path) -> str:
    """An evaluation writes into the run's folder."""
    shutil.copytree(run, tmp_path / run.name)
    return str(tmp_path / run.name)


def test_surprises_bits_are_the_nats_of_the_evaluation(fable_run: Path, tmp_path: Path) -> None:
    (evaluation,) = evaluate(copy_of(fable_run, tmp_path), ["train"])
    scores = evaluation.rows[0].scores
    found = surprises(str(fable_run), FABLE)
    scored = [one.bits for one in found if one.bits is not None]
    assert len(scored) == scores["tokens"] == 200
    assert math.fsum(scored) * math.log(2) == pytest.approx(scores["loss"] * 200, rel=1e-4)
    assert (
        sum(one.alternatives[0][0] == one.token for one in found if one.bits is not None)
        == scores["correct"]
    )


def test_surprises_of_a_stream_are_the_nats_of_the_evaluation(
    stream_run: Path, tmp_path: Path
) -> None:
    (evaluation,) = evaluate(copy_of(stream_run, tmp_path), ["train"])
    task = task_of(find_run(str(stream_run)))
    assert isinstance(task, LanguageModel)
    corpus = task.data.dataset.load()
    assert isinstance(corpus, Corpus)
    text = corpus.train
    found = surprises(str(stream_run), text)
    assert "".join(one.token for one in found) == text
    assert [one.bits for one in found].index(None) == 0
    # the first character only begins
    scored = [one.bits for one in found[1:] if one.bits is not None]
    assert len(scored) == len(text) - 1
    scores = evaluation.rows[0].scores
    assert math.fsum(scored) / len(scored) == pytest.approx(scores["loss"] / math.log(2), rel=1e-4)
    assert math.fsum(scored) / len(scored) == pytest.approx(scores["bits_per_character"], rel=1e-4)


def test_surprises_leave_the_first_tokens_unscored(fable_run: Path) -> None:
    found = surprises(str(fable_run), "the mice had a general zebra", top=4)
    assert [one.token for one in found] == ["the", "mice", "had", "a", "general", "<unk>"]
    assert [one.bits is None for one in found] == [True, True, True, False, False, False]
    for one in found[:3]:
        assert (one.probability, one.alternatives, one.shade) == (None, [], 0)
    for one in found[3:]:
        assert one.bits is not None
        assert one.probability is not None
        assert 2**-one.bits == pytest.approx(one.probability)
        odds = [probability for _, probability in one.alternatives]
        assert len(odds) == 4
        assert odds == sorted(odds, reverse=True)
        assert sum(odds) <= 1 + 1e-9
        assert dict(one.alternatives).get(one.token, one.probability) == pytest.approx(
            one.probability
        )
    assert found[3].bits < 1  # type: ignore[operator]
    assert found[5].bits > 5  # type: ignore[operator]


def test_surprises_report_unknown_words(fable_run: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "rnnkit"):
        surprises(str(fable_run), "the mice had a zebra")
    (remark,) = [record.getMessage() for record in caplog.records]
    assert remark.startswith("--text: ")
    assert "'zebra'" in remark


def test_surprises_odds_are_those_of_predict(fable_run: Path) -> None:
    last = surprises(str(fable_run), "mice had a general council", top=5)[-1]
    predictor = load_trained(find_run(str(fable_run))).predictor
    query = predictor.parse("mice had a general")
    (answer,) = predictor.predict([query])
    guesses = [astuple(guess) for guess in predictor.answers(query, answer, 5)]
    assert [token for token, _ in last.alternatives] == [token for token, _ in guesses]
    shares = [share for _, share in guesses]
    np.testing.assert_allclose([p for _, p in last.alternatives], shares, rtol=1e-5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--text: an empty text"),
        ("the mice", "--text: 2 words in 'the mice'. Expected at least 3"),
        ("the mice had", "--text: 3 tokens in 'the mice had'. Expected at least 4"),
    ],
)
def test_surprises_refuse_a_text_that_is_too_short(
    fable_run: Path, text: str, message: str
) -> None:
    with pytest.raises(RnnkitError) as caught:
        surprises(str(fable_run), text)
    assert message in str(caught.value)
    assert caught.value.exit_code == 2
    result = invoke("inspect", "surprise", fable_run, "--text", text)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_surprises_refuse_one_character_of_a_stream(stream_run: Path) -> None:
    with pytest.raises(RnnkitError, match=r"--text: 1 token in 'a'.*at least 2"):
        surprises(str(stream_run), "a")


class Page(HTMLParser):
    """Checks that what is opened is closed in order, and collects the tokens."""

    void = ("meta", "br")
    closed_by_others = ("p",)

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.spans: list[str] = []
        self.titles: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag in ("html", "meta", "title", "style", "p", "span", "small", "br")
        if tag not in self.void:
            self.open.append(tag)
        if tag == "span":
            self.spans.append("")
            self.titles.append(dict(attributes)["title"] or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "span":
            self.spans[-1] += data


def page_of(found: list[Surprise], tmp_path: Path) -> tuple[str, Page]:
    write_page(str(tmp_path / "page.html"), found)
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert text.startswith("<!doctype html>")
    assert '<meta charset="utf-8">' in text
    return text, page


def test_write_page_is_well_formed_with_every_token(fable_run: Path, tmp_path: Path) -> None:
    found = surprises(str(fable_run), FABLE[:400] + " <script>alert(1)</script> & zebra")
    text, page = page_of(found, tmp_path)
    assert page.spans == [one.token for one in found]
    assert "&lt;unk&gt;" in text
    assert "<unk>" not in text
    assert page.titles[:4] == ["context, not scored"] * 3 + [page.titles[3]]
    assert page.titles[3].startswith(f"{found[3].bits:.2f} bits; ")
    scored = [one.bits for one in found if one.bits is not None]
    assert f"{sum(scored) / len(scored):.2f} bits per token over {len(scored)} tokens" in text


def test_write_page_escapes_markup(stream_run: Path, tmp_path: Path) -> None:
    text = "a <b> & 'c' \"d\" é — the mice"
    written, page = page_of(surprises(str(stream_run), text, top=30), tmp_path)
    assert "".join(page.spans) == text
    assert "<b>" not in written
    assert "</span><span" in written  # characters stand without spaces between


def test_write_page_shows_subwords_as_written(tmp_path: Path, runs: Path) -> None:
    config = STREAM.replace("tokenizer: char", "tokenizer: {bpe: 300}").replace(
        "epochs: 2", "epochs: 1, max_steps: 1"
    )
    (tmp_path / "bpe.yaml").write_text(config, encoding="utf-8")
    run = train(str(tmp_path / "bpe.yaml")).run.path
    found = surprises(str(run), "a cat had the mice", top=400)
    assert "".join(one.token for one in found) == "a cat had the mice"
    assert any(token.startswith(" ") for token, _ in found[1].alternatives)
    written, page = page_of(found, tmp_path)
    assert "".join(page.spans) == "a cat had the mice"
    assert "\u0120" not in written  # how byte-pair encoding writes a space


def test_write_page_marks_line_ends(tmp_path: Path) -> None:
    _, page = page_of(
        [Surprise("a", None, None, []), Surprise("\n", 1.0, 0.5, [("\n", 0.5), ('"', 0.25)])],
        tmp_path,
    )
    assert page.spans == ["a", "↵"]
    assert page.titles[1] == "1.00 bits; '\\n' 50.0 %, '\"' 25.0 %"


def test_surprise_shade_grows_with_the_bits() -> None:
    shades = [
        Surprise("a", bits, None, []).shade for bits in (None, 0.0, MOST_BITS / 4, MOST_BITS, 90.0)
    ]
    assert shades == [0, 0, 0.25, 1, 1]


def test_write_page_names_a_path_that_cannot_be_written(tmp_path: Path) -> None:
    found = [Surprise("a", None, None, []), Surprise("b", 1.0, 0.5, [])]
    (tmp_path / "folder.html").mkdir()
    for path in (tmp_path / "folder.html", tmp_path / "none" / "page.html", tmp_path / "page.txt"):
        with pytest.raises(RnnkitError) as caught:
            write_page(str(path), found)
        assert str(caught.value).startswith("--html: ")
        assert str(path.parent) in str(caught.value)
        assert caught.value.exit_code == 2


def test_inspect_surprise_prints_tokens_json_and_a_page(fable_run: Path, tmp_path: Path) -> None:
    text = "the mice had a general council"
    shown = done("inspect", "surprise", fable_run, "--text", text).stdout.splitlines()
    assert [line.split()[0] for line in shown[:6]] == text.split()
    assert "bits per token, perplexity" in shown[-1]
    plain = json.loads(
        done("inspect", "surprise", fable_run, "--text", text, "--json", "--top", 2).stdout
    )
    assert [row["token"] for row in plain] == text.split()
    assert [row["bits"] is None for row in plain] == [True] * 3 + [False] * 3
    assert len(plain[5]["alternatives"]) == 2
    result = done(
        "inspect", "surprise", fable_run, "--text", "-", "--html", tmp_path / "out.html", stdin=text
    )
    assert result.stdout == ""
    assert Page((tmp_path / "out.html").read_text(encoding="utf-8")).spans == text.split()
