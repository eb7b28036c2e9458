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
        ("rnnkit train pol", ["pollution"]),
        ("rnnkit config show imdb_s", ["imdb_simple_rnn"]),
        ("rnnkit generate nons", []),
    ],
)
def test_main_completes_in_bash(line: str, offered: list[str]) -> None:
    assert complete_in_bash(line) == offered


@needs("bash")
def test_main_completes_runs_in_bash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "my_run").mkdir()
    (tmp_path / "my_run/config.yaml").write_text("task: tagging\n")
    monkeypatch.setenv("RNNKIT_RUNS", str(tmp_path))
    assert complete_in_bash("rnnkit generate my") == ["my_run"]
    assert complete_in_bash("rnnkit train my") == ["my_run"]


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


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_install_writes_once(
    shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.cli.invoke import done

    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "ZDOTDIR"):
        monkeypatch.delenv(name, raising=False)
    startup = {"bash": ".bashrc", "zsh": ".zshrc"}.get(shell)
    if startup:
        (tmp_path / startup).write_text("alias ll='ls -l'", encoding="utf-8")
    first = done("completion", "install", "--shell", shell).stdout
    (written,) = [Path(line.split()[1]) for line in first.splitlines() if line.startswith("wrote ")]
    assert written.is_relative_to(tmp_path)
    assert "_RNNKIT_COMPLETE" in written.read_text(encoding="utf-8")
    again = done("completion", "install", "--shell", shell).stdout
    assert "added" not in again
    if startup:
        lines = (tmp_path / startup).read_text(encoding="utf-8").splitlines()
        assert lines[0] == "alias ll='ls -l'"
        assert [line for line in lines if str(written) in line] == lines[1:]


@needs("bash")
def test_completion_install_completes_in_a_new_bash(tmp_path: Path) -> None:
    changes = {"HOME": str(tmp_path), "SHELL": "/bin/bash", "XDG_DATA_HOME": ""}
    command = ["rnnkit", "completion", "install"]
    subprocess.run(command, env=environment(**changes), capture_output=True, check=True)
    typed = """
        COMP_WORDS=(rnnkit tr); COMP_CWORD=1; _rnnkit_completion rnnkit; echo "${COMPREPLY[@]}"
    """
    shell = ["bash", "--rcfile", str(tmp_path / ".bashrc"), "-ic", typed]
    result = subprocess.run(
        shell, env=environment(**changes), capture_output=True, text=True, timeout=60, check=False
    )
    assert result.stdout == "train\n"


def test_completion_install_of_an_unknown_shell() -> None:
    from tests.cli.invoke import invoke

    refused = invoke("completion", "install", env={"SHELL": "/bin/dash"})
    assert refused.exit_code == 2
    assert "--shell" in refused.stderr
    assert "dash" in refused.stderr
