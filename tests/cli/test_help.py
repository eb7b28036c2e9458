from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import rnnkit
from rnnkit.cli import main
from rnnkit.cli.groups import GROUPS
from tests.cli.invoke import done, invoke, parsed
from tests.conftest import Rnnkit


def commands(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command and group, by the words that name it."""
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, (*path, name))


ALL = list(commands(main))
VERBS = {"train", "evaluate", "predict", "generate", "inspect", "check", "config", "datasets"}


def test_main_has_every_verb() -> None:
    assert main.commands.keys() >= VERBS


@pytest.mark.parametrize(
    ("path", "command"), ALL, ids=[" ".join(path) or "rnnkit" for path, _ in ALL]
)
def test_main_explains_every_command(path: tuple[str, ...], command: click.Command) -> None:
    result = done(*path, "--help")
    assert result.stderr == ""
    assert result.stdout.startswith(f"Usage: {' '.join(('rnnkit', *path))} ")
    assert command.help
    assert command.help.splitlines()[0] in " ".join(result.stdout.split()).replace("- ", "-")
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            assert option.help, f"{option.opts} has no help"
            assert option.opts[0] in result.stdout
    assert done(*path, "-h").stdout == result.stdout


def test_predict_shows_at_most_seven_options() -> None:
    """The others, --jobs among them, are named in its text."""
    options = [one for one in main.commands["predict"].params if isinstance(one, click.Option)]
    assert len([one for one in options if not one.hidden]) <= 7
    text = " ".join(done("predict", "--help").stdout.split())
    assert "--jobs N" in text
    assert "--code FILE.py" in text


def examples(command: click.Command) -> list[str]:
    return [
        line.strip() for line in (command.help or "").splitlines() if "    rnnkit " in f"    {line}"
    ]


@pytest.mark.parametrize(
    ("path", "command"), ALL, ids=[" ".join(path) or "rnnkit" for path, _ in ALL]
)
def test_main_shows_examples_that_can_be_typed(
    path: tuple[str, ...], command: click.Command, tmp_path: Path
) -> None:
    """Two of each verb, one of what belongs to a verb; what click refuses is raised here."""
    shown = examples(command)
    assert len(shown) >= (2 if len(path) < 2 else 1)
    (tmp_path / "my_layers.py").write_text("", encoding="utf-8")
    for line in shown:
        assert parsed(line).command_path


def test_main_lists_every_command_in_one_group_on_the_first_screen() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(main.commands)
    text = done("--help").stdout
    assert all(
        re.search(rf"^  {name} +[A-Z].*[^.]\.$", text, re.MULTILINE) for name in main.commands
    )
    assert len(text.splitlines()) <= 42
    assert all(f"\n{title}:\n" in text for title in GROUPS)


def test_main_prints_the_version() -> None:
    assert done("--version").stdout.strip() == f"rnnkit, version {rnnkit.__version__}"


def test_main_without_a_command_shows_the_help_and_fails() -> None:
    result = invoke()
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == done("--help").stdout


def test_main_is_a_program_and_a_module(rnnkit: Rnnkit) -> None:
    as_module = rnnkit("--help")
    assert (as_module.returncode, as_module.stderr) == (0, "")
    program = [
        sys.executable,
        "-c",
        "import sys; sys.argv = ['rnnkit', 'generate', '--help']; from rnnkit.cli import main\n"
        "try: main()\nfinally: print(*(name for name in sys.modules if name.startswith('rnnkit')))",
    ]
    shown = subprocess.run(program, capture_output=True, text=True, check=True).stdout.splitlines()
    assert shown[0].startswith("Usage: rnnkit generate")
    modules = set(shown[-1].split())
    assert "rnnkit.cli.generate" in modules
    assert not {"rnnkit.cli.train", "rnnkit.cli.hub", "rnnkit.cli.inspect"} & modules


def test_main_with_debug_shows_the_traceback(rnnkit: Rnnkit) -> None:
    quiet, loud = rnnkit("check", "nosuch"), rnnkit("--debug", "check", "nosuch")
    assert quiet.returncode == 2
    assert "Traceback" not in quiet.stderr
    assert loud.returncode != 0
    assert "Traceback" in loud.stderr
    assert "RnnkitError: nosuch: no such file" in loud.stderr


def test_process_draws_to_files_whatever_backend_a_notebook_names() -> None:
    program = (
        "from rnnkit import process; import os; process.set_up_command();"
        " print(os.environ['MPLBACKEND'])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"MPLBACKEND": "module://of_another_environment"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == "agg\n"
