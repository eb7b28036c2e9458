"""Completion in the shells: the scripts, and a real shell that completes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(sys.executable).with_name("rnnkit")

pytestmark = pytest.mark.skipif(not SCRIPT.exists(), reason=f"no {SCRIPT}: rnnkit is not installed")


def environment(**changes: str) -> dict[str, str]:
    return {**os.environ, "PATH": f"{SCRIPT.parent}{os.pathsep}{os.environ['PATH']}", **changes}


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")


def script(shell: str) -> str:
    """What README's line hands to the shell."""
    result = subprocess.run(
        ["rnnkit"],
        env=environment(_RNNKIT_COMPLETE=f"{shell}_source"),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert result.stderr == ""
    return result.stdout


@pytest.mark.parametrize(
    ("shell", "part"),
    [
        ("bash", "complete -o nosort -F _rnnkit_completion rnnkit"),
        ("zsh", "#compdef rnnkit"),
        ("fish", "complete --no-files --command rnnkit"),
    ],
)
def test_main_prints_the_completion_script_of_each_shell(shell: str, part: str) -> None:
    assert part in script(shell)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_main_prints_a_script_that_its_shell_parses(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "completion").write_text(script(shell))
    assert (
        subprocess.run(
            [shell, "-n", str(tmp_path / "completion")],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        ).stderr
        == ""
    )


def complete_in_bash(line: str) -> list[str]:
    """What bash offers for a line, after README's line was typed."""
    words = line.split(" ")
    typed = f"""
        eval "$(_RNNKIT_COMPLETE=bash_source rnnkit)"
        COMP_WORDS=({" ".join(f"'{word}'" for word in words)})
        COMP_CWORD={len(words) - 1}
        _rnnkit_completion rnnkit
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    result = subprocess.run(
        ["bash", "--norc", "-c", typed],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return result.stdout.split()


@needs("bash")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("rnnkit tr", ["train"]),
        ("rnnkit config s", ["schema", "show"]),
        ("rnnkit generate --oov ", ["error", "skip", "unk"]),
        ("rnnkit train --dev", ["--device"]),
        ("rnnkit train --device g", ["gpu"]),
        ("rnnkit evaluate --part v", ["validation"]),
        ("rnnkit nothing", []),
    ],
)
def test_main_completes_in_bash(line: str, offered: list[str]) -> None:
    assert complete_in_bash(line) == offered


@needs("bash")
def test_main_offers_every_verb_in_bash() -> None:
    from rnnkit.cli import main

    assert sorted(complete_in_bash("rnnkit ")) == sorted(main.commands)


@needs("zsh")
def test_main_completes_in_zsh(tmp_path: Path) -> None:
    typed = """
        autoload -U compinit && compinit -u -d "$1/dump"
        eval "$(_RNNKIT_COMPLETE=zsh_source rnnkit)"
        compadd() { print -l -- "$@" }
        _describe() { eval "print -l -- \\${$3[@]}" }
        words=(rnnkit tr); CURRENT=2
        _rnnkit_completion
    """
    result = subprocess.run(
        ["zsh", "-f", "-c", typed, "zsh", str(tmp_path)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "train" in result.stdout, result.stderr


@needs("fish")
def test_main_completes_in_fish(tmp_path: Path) -> None:
    typed = "_RNNKIT_COMPLETE=fish_source rnnkit | source; complete --do-complete 'rnnkit tr'"
    result = subprocess.run(
        ["fish", "--no-config", "-c", typed],
        env=environment(HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "train" in result.stdout, result.stderr
