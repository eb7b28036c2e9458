"""README and docs/ say what is so: every block of code is run, or says why it is not, and is valid
all the same; every link leads somewhere.
"""

from __future__ import annotations

import doctest
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from rnnkit.config import parse_config, shipped_configs
from rnnkit.config.yaml12 import parse
from tests.cli.invoke import invoke, parsed
from tests.conftest import REPO
from tests.helpers.conditions import CONDITIONS, KILLED, killed
from tests.helpers.pages import LANGUAGES, Block, Page, pages

PAGES = pages()
EACH = pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
STARTERS = REPO / "rnnkit" / "tasks" / "starters"
SLOW = {
    *("docs/quickstart.md", "docs/guides/compare.md", "docs/troubleshooting.md"),
    *(f"docs/tutorials/{name}.md" for name in ("names", "tagger", "forecast", "dataframe")),
    *(f"docs/tutorials/{name}.md" for name in ("gates", "ship", "translation", "anomalies")),
}
"""Pages that train for seconds: `make tutorials`."""

TRAINED = "fable"  # a run that the pages take as trained; `rnnkit train fable` is not run again
MAKE = set(re.findall(r"^([a-z-]+):", (REPO / "Makefile").read_text("utf-8"), re.MULTILINE))


@pytest.fixture
def place(fable_run: Path, runs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty current folder, with the run of the fable below runs/."""
    runs.mkdir()
    shutil.copytree(fable_run, runs / TRAINED)
    monkeypatch.setenv("RNNKIT_RUNS", "runs")
    modules = set(sys.modules)
    yield runs.parent
    for name in set(sys.modules) - modules:
        if name.startswith("my_"):
            del sys.modules[name]


@EACH
def test_pages_blocks_say_what_they_are(page: Page) -> None:
    fences = re.findall(r"^```", page.text, re.MULTILINE)
    assert len(fences) == 2 * len(page.blocks)
    for block in page.blocks:
        assert block.language in LANGUAGES, f"{page.name}:{block.line}"
        if block.language == "sh" and "rnnkit " in block.text:
            assert block.why_not or "pip install" in block.text, f"{page.name}:{block.line}"


@EACH
def test_pages_configs_and_code_are_valid(page: Page) -> None:
    for block in page.blocks:
        where = f"{page.name}:{block.line}"
        if block.language == "yaml" and not block.why_not:
            for text in variants(block.text):
                check_config(text, page.task, where)
        elif block.language == "python":
            compile(block.text, where, "exec")


@pytest.mark.parametrize("page", [page for page in PAGES if page.name not in SLOW], ids=str)
def test_pages_blocks_run(page: Page, place: Path) -> None:
    run_blocks(page, place)


@pytest.mark.soak
@pytest.mark.parametrize("page", [page for page in PAGES if page.name in SLOW], ids=str)
def test_pages_that_train_run(page: Page, place: Path) -> None:
    run_blocks(page, place)


@pytest.mark.soak
def test_pages_imdb_runs(place: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands of the tutorial as they stand, on all reviews, with two steps for training."""
    monkeypatch.setenv("RNNKIT_DATA", str(shared_data))
    monkeypatch.setenv("RNNKIT_CONFIG_OVERRIDES", "train.max_steps=2 data.max_length=20")
    page = next(page for page in PAGES if page.name == "docs/tutorials/imdb.md")
    lines = "".join(block.text for block in page.blocks if block.language == "sh").splitlines()
    for call in lines:
        result = invoke(*shlex.split(call)[1:])
        assert result.exit_code == 0, f"{call}: {result.output}"


def run_blocks(page: Page, place: Path) -> None:
    """Runs the blocks of a page one after the other, and compares what they print."""
    scope: dict[str, Any] = {"__name__": "__main__"}
    for block in page.blocks:
        where = f"{page.name}:{block.line}"
        if block.title:
            (place / block.title).write_text(block.text, encoding="utf-8")
        elif block.language == "python" and not block.why_not:
            exec(compile(block.text, where, "exec"), scope)
        elif block.language == "pycon":
            check_session(block, scope, where)
        elif block.language == "console":
            with CONDITIONS[block.where]() as holds:
                for call, printed in block.calls() if holds else ():
                    if block.where == KILLED:
                        killed(call, place / "runs" / shlex.split(call)[2])
                    else:
                        check_call(call, printed, where)


def check_session(block: Block, scope: dict[str, Any], where: str) -> None:
    session = doctest.DocTestParser().get_doctest(block.text, scope, where, where, block.line)
    said: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).run(
        session, out=said.append, clear_globs=False
    )
    assert not said, "".join(said)
    scope.update(session.globs)


def check_call(call: str, printed: list[str], where: str) -> None:
    """Runs a command, and compares what it prints."""
    line, _, file = call.partition(" > ")
    words = shlex.split(line)
    assert words[0] == "rnnkit", f"{where}: {call}"
    if words[1:] == ["train", TRAINED]:
        return
    result = invoke(*words[1:])
    if file:
        Path(file).write_text(result.stdout, encoding="utf-8")
    fails = any(line.startswith("Error: ") for line in printed)
    assert (result.exit_code != 0) == fails, f"{where}: {call}: {result.output}"
    if not printed and file:
        return
    pattern = ".*".join(re.escape(part) for part in "\n".join(printed).split("..."))
    assert re.fullmatch(pattern, result.output.rstrip("\n"), re.DOTALL), (
        f"{where}: {call} prints\n{result.output}"
    )


# Configs.


def variants(text: str) -> Iterator[str]:
    """A block that shows a key several times, each time with one of them."""
    lines = text.splitlines()
    keys = [re.match(r"  \w+:", line) for line in lines]
    names = [key.group() if key else "" for key in keys]
    rows = [row for row, name in enumerate(names) if name and names.count(name) > 1]
    for chosen in rows or [-1]:
        yield "\n".join(line for row, line in enumerate(lines) if row == chosen or row not in rows)


def check_config(text: str, task: str, where: str) -> None:
    """A whole config is valid; sections of one are, in the starter of their task."""
    shown = parse(text, where).tree
    if {"task", "data", "model"} <= shown.keys():
        parse_config(text, where)
        return
    starter = STARTERS / f"{task}.yaml"
    config = parse(starter.read_text(encoding="utf-8"), starter.name).tree
    for section, value in shown.items():
        mapping = isinstance(value, dict) and isinstance(config.get(section), dict)
        config[section] = {**config[section], **value} if mapping else value
    parse_config(config, where)


# Commands.


def calls(page: Page) -> list[str]:
    """Every call of rnnkit on a page that stands in a block or between backquotes."""
    lines = [line for block in page.blocks for line in block.text.splitlines()]
    spans = [span for span in [*lines, *page.spans] if not span.startswith("next: ")]
    found = [re.sub(r"^(\$ |time )", "", span) for span in spans]
    return sorted({re.split(r" +[>|#] ", call)[0] for call in found if call.startswith("rnnkit ")})


@EACH
def test_pages_commands_are_valid(page: Page, tmp_path: Path) -> None:
    for name in {word for call in calls(page) for word in call.split() if word.endswith(".py")}:
        (tmp_path / name).write_text("", encoding="utf-8")
    for call in calls(page):
        words = call.split()
        if {"...", "--help", "RUN", "TASK"} & set(words):
            continue
        try:
            name = parsed(call).params.get("config")
        except click.MissingParameter:  # a verb that is mentioned
            continue
        if name is not None and not name.endswith(".yaml"):
            named = {*shipped_configs(), "CONFIG", "NAME", "rhymes", "my", "fabel"}
            assert name.removeprefix("runs/") in named, f"{page.name}: {call}"


@EACH
def test_pages_make_targets_and_files_exist(page: Page) -> None:
    targets = {span.split()[1] for span in page.spans if re.match(r"make [a-z]", span)}
    assert targets <= MAKE
    named = {
        span
        for span in page.spans
        if re.fullmatch(r"(?:[\w-]+/)+[\w.-]+\.(?:py|txt|yaml|md)", span)
    }
    folders = (REPO, REPO / "rnnkit", REPO / "rnnkit" / "data")
    assert [name for name in named if not any((folder / name).exists() for folder in folders)] == []


# Links.


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), re.M)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()).strip() for heading in headings]
    return {re.sub(r"[ ]+", "-", heading) for heading in plain}


@EACH
def test_pages_links_lead_somewhere(page: Page) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.prose):
        if target.startswith("http"):
            continue
        name, _, anchor = target.partition("#")
        file = (REPO / page.name).parent / name if name else REPO / page.name
        if file.parent.name == "generated":
            assert file.name in {"commands.md", "config.md", "python.md"}, target
            continue
        assert file.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(file.read_text(encoding="utf-8")), f"{page.name}: {target}"


def test_pages_are_in_the_navigation() -> None:
    listed = set(re.findall(r"\b[\w/-]+\.md\b", (REPO / "mkdocs.yml").read_text(encoding="utf-8")))
    written = {page.name.removeprefix("docs/") for page in PAGES} - {"README.md"}
    assert {name for name in listed if not name.startswith("reference/generated/")} == written
