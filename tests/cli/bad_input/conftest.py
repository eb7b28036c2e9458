"""Whatever a user names wrongly: one clear message on stderr, exit code 2, and nothing written."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.bad_input.refusal import GOOD, Refused, explains, snapshot
from tests.cli.invoke import invoke


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    """What a user may have lying about in the current folder."""
    (tmp_path / "good.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "empty.yaml").write_bytes(b"")
    (tmp_path / "latin.yaml").write_bytes(GOOD.encode() + b"# caf\xe9\n")
    (tmp_path / "list.yaml").write_text("- task\n", encoding="utf-8")
    (tmp_path / "prose.yaml").write_text("Train me a model.\n", encoding="utf-8")
    (tmp_path / "tab.yaml").write_text(GOOD.replace("    - simple", "\t- simple"), encoding="utf-8")
    (tmp_path / "open.yaml").write_text(GOOD.replace("{epochs: 1}", "{epochs: 1"), encoding="utf-8")
    (tmp_path / "twice.yaml").write_text(GOOD + "train: {epochs: 2}\n", encoding="utf-8")
    (tmp_path / "tag.yaml").write_text(
        GOOD + "published: !!python/object/apply:os.mkdir [witness]\n", encoding="utf-8"
    )
    (tmp_path / "alias.yaml").write_text(
        GOOD.replace("{epochs: 1}", "&again {epochs: 1}") + "generate: *again\n", encoding="utf-8"
    )
    (tmp_path / "folder").mkdir()
    (tmp_path / "not_a_run").mkdir()
    (tmp_path / "not_a_run" / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "blank.txt").write_bytes(b"\n \n\t\n")
    (tmp_path / "latin.txt").write_bytes(b"one two\nthr\xe9e four " * 20)
    (tmp_path / "utf16.txt").write_bytes(("one two three " * 20).encode("utf-16"))
    (tmp_path / "short.txt").write_text("one two", encoding="utf-8")
    (tmp_path / "good.txt").write_text("one two three four five six seven " * 10, encoding="utf-8")
    (tmp_path / "broken.py").write_text("import nosuch_module\n", encoding="utf-8")


@pytest.fixture
def run(fable_run: Path, runs: Path) -> Path:
    """A trained run of one's own, as runs/fable: what tests may damage."""
    return Path(
        shutil.copytree(
            fable_run, runs / "fable", ignore=shutil.ignore_patterns("tensorboard", "model.keras")
        )
    )


@pytest.fixture
def refused(tmp_path: Path) -> Refused:
    """Checks that a command is refused with one message that holds `words`, and that no file came,
    went or changed.
    """

    def check(
        *arguments: object,
        words: Sequence[str],
        mistakes: int = 1,
        whole: bool = False,
        stdin: str | bytes | None = None,
        env: dict[str, str] | None = None,
    ) -> None:
        before = snapshot(tmp_path)
        result = invoke(*arguments, stdin=stdin, env=env)
        said = (result.stdout, result.stderr, result.exit_code)
        explains(*said, words, mistakes=mistakes, whole=whole)
        assert snapshot(tmp_path) == before

    return check
