"""Runs go to a hub and come back; the hub is a local stand-in, never the network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnkit.errors import TRY_AGAIN, USER_MISTAKE, RnnkitError
from rnnkit.workflows.hub import pull, push
from tests.cli.invoke import invoke
from tests.conftest import Rnnkit
from tests.helpers.hub import TOKEN, Hub, hub
from tests.helpers.untrained import untrained_run

REVIEWS = """
task: classification
data: {dataset: {labelled: {texts: {good: [one two, three, one three], bad: [four]}}}, split: 0}
model: {embedding: 3, layers: [simple_rnn: 3]}
train: {epochs: 1}
"""
URL = "hf://anna/reviews"
ANSWERS = {"README.md", "config.yaml", "labels.json", "manifest.json", "tokenizer.json"}


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    with hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "huggingface"))  # where xet writes its log
        yield running


@pytest.fixture
def by_lfs(there: Hub, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A hub whose large files go by Git LFS, as where hf_xet is not installed."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    return there


@pytest.fixture
def pushed(there: Hub) -> Hub:
    """A hub that has the run."""
    run = untrained_run("reviews", REVIEWS)
    run.log.write_text("private")
    (run.path / "checkpoints").mkdir()
    push(str(run), URL)
    shutil.rmtree(run.path)
    return there


def test_push_then_pull_gives_the_run_that_answers(pushed: Hub, runs: Path) -> None:
    files = pushed.repositories["anna/reviews"]
    assert set(files) == ANSWERS | {"weights.npz"}  # no log, no checkpoint, no machine
    assert pushed.private == []
    assert pushed.objects.transfers == ["xet"]
    run = pull(URL, "mine")
    assert run.path == runs / "mine"
    assert {path.name for path in run.path.iterdir()} == {*files, "environment.json"}
    assert run.weights.read_bytes() == files["weights.npz"]
    answer = invoke("predict", "mine", "--text", "one two")
    assert answer.exit_code == 0
    assert [path.name for path in runs.iterdir()] == ["mine"]


@pytest.mark.filterwarnings("ignore:Use 'content:DeprecationWarning")  # huggingface_hub's own
@pytest.mark.parametrize(("part_bytes", "transfer"), [(None, "basic"), (500, "parts")])
def test_push_sends_large_files_by_git_lfs(
    by_lfs: Hub, part_bytes: int | None, transfer: str
) -> None:
    by_lfs.objects.part_bytes = part_bytes
    run = untrained_run("reviews", REVIEWS)
    push(str(run), URL)
    assert by_lfs.objects.transfers == [transfer]
    assert pull(URL, "mine").weights.read_bytes() == run.weights.read_bytes()


@pytest.mark.filterwarnings("ignore:Use 'content:DeprecationWarning")
@pytest.mark.parametrize(
    ("refused", "answers", "said"),
    [("over the quota", None, "takes no large file"), (None, 403, "may not do that")],
)
def test_push_says_that_a_large_file_is_refused(
    by_lfs: Hub, refused: str | None, answers: int | None, said: str
) -> None:
    by_lfs.objects.refused, by_lfs.objects.answers = refused, answers
    result = invoke("push", str(untrained_run("reviews", REVIEWS)), URL)
    assert result.exit_code == USER_MISTAKE
    assert said in result.stderr
    assert by_lfs.repositories["anna/reviews"] == {}  # no commit


def test_push_says_that_the_store_of_large_files_does_not_answer(
    there: Hub, rnnkit: Rnnkit
) -> None:
    """In a process of its own: xet reads once how often it is to try."""
    there.objects.store = "http://127.0.0.1:9"
    run = untrained_run("reviews", REVIEWS)
    result = rnnkit("push", run, URL, env={**os.environ, "HF_XET_CLIENT_RETRY_MAX_ATTEMPTS": "0"})
    assert result.returncode == TRY_AGAIN
    assert "does not answer" in result.stderr


def test_push_takes_the_runs_own_card(there: Hub) -> None:
    run = untrained_run("reviews", REVIEWS)
    (run.path / "README.md").write_text("# Mine\n")
    assert invoke("push", str(run), URL, "--private").exit_code == 0
    assert there.repositories["anna/reviews"]["README.md"] == b"# Mine\n"
    assert there.private == ["anna/reviews"]


@pytest.mark.parametrize("file", ["config.yaml", "manifest.json", "weights.npz"])
def test_pull_refuses_what_is_no_run(pushed: Hub, runs: Path, file: str) -> None:
    del pushed.repositories["anna/reviews"][file]
    with pytest.raises(RnnkitError, match=rf"{URL}.*not a run.*{file}"):
        pull(URL)
    assert not list(runs.iterdir())


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("weights.npz", b"PK"),
        ("config.yaml", b"task: {classification: {}}\n"),
        ("config.yaml", b"\xff\xfe"),
        ("config.yaml", REVIEWS.replace("simple_rnn: 3", "'my_evil:Layer': 3").encode()),
        ("labels.json", b"{}"),
        ("tokenizer.json", b"{}"),
        ("metrics.json", b"[]"),
        ("manifest.json", b'{"format": 99}'),
    ],
)
def test_pull_refuses_a_damaged_run(
    pushed: Hub, runs: Path, tmp_path: Path, file: str, content: bytes
) -> None:
    """As every verb does; nothing is left, and no code is imported."""
    (tmp_path / "my_evil.py").write_text("raise SystemExit('executed')")
    pushed.repositories["anna/reviews"][file] = content
    with pytest.raises(RnnkitError, match=URL):
        pull(URL)
    assert not list(runs.iterdir())


def test_pull_takes_no_other_file(pushed: Hub) -> None:
    pushed.repositories["anna/reviews"] |= {"train.py": b"", "../up.json": b"", ".lock": b""}
    assert not (pull(URL).path / "train.py").exists()


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/tmp/x", "con", "a\\b", "a."])
def test_pull_refuses_a_name_that_is_a_path(pushed: Hub, name: str) -> None:
    with pytest.raises(RnnkitError, match=r"--name.*without path"):
        pull(URL, name)


def test_pull_keeps_a_run_of_the_same_name(pushed: Hub, runs: Path) -> None:
    (runs / "reviews").mkdir()
    with pytest.raises(RnnkitError, match=r"--name.*exists already"):
        pull(URL)


@pytest.mark.parametrize(
    "url", ["", "anna/reviews", "hf://", "hf://anna", "hf://a/b/c", "hf://a/b c", "hf://-a/b", "x"]
)
def test_hub_refuses_another_address(there: Hub, url: str) -> None:
    for call in (lambda: push(str(untrained_run("reviews", REVIEWS)), url), lambda: pull(url)):
        with pytest.raises(RnnkitError, match="hf://user/name"):
            call()


def test_push_never_says_the_token(there: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub repeats it in its answer."""
    monkeypatch.setenv("HF_TOKEN", "hf_a_wrong_one")
    run = untrained_run("reviews", REVIEWS)
    result = invoke("push", str(run), URL)
    assert result.exit_code == USER_MISTAKE
    assert "HF_TOKEN" in result.stderr
    assert "hf_a_wrong_one" not in result.output
    assert there.repositories == {}


@pytest.mark.parametrize(("status", "code"), [(403, USER_MISTAKE), (404, USER_MISTAKE)])
def test_pull_says_what_the_hub_refuses(there: Hub, status: int, code: int) -> None:
    there.answers = status
    with pytest.raises(RnnkitError, match=URL) as caught:
        pull(URL)
    assert caught.value.exit_code == code


def test_hub_that_does_not_answer_is_tried_again_later(
    there: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(RnnkitError, match=f"{URL}.*does not answer") as caught:
        pull(URL)
    assert caught.value.exit_code == TRY_AGAIN
