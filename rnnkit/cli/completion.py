"""`rnnkit completion`."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from rnnkit.cli.mistyped import Group
from rnnkit.cli.output import print_text, say
from rnnkit.errors import RnnkitError

SHELLS = ("bash", "zsh", "fish")

shell_option = click.option(
    "--shell", type=click.Choice(SHELLS), help="The shell. Default: $SHELL."
)


@click.group(cls=Group)
def completion() -> None:
    """Complete verbs and options in your shell with the Tab key.

    \b
    rnnkit completion install
    rnnkit completion show --shell zsh
    """


@completion.command()
@shell_option
def install(shell: str | None) -> None:
    """Install the completion script of your shell, and say what is written and where.

    A second call renews the script and writes nothing else.

    \b
    rnnkit completion install
    rnnkit completion install --shell fish
    """
    shell = shell or _users_shell()
    script, startup, line = _places(shell)
    from rnnkit.storage import require_no_link, write_text

    require_no_link(script)
    script.parent.mkdir(parents=True, exist_ok=True)  # where the XDG standard has such files
    write_text(script, _source(shell))
    say(f"wrote {script}")
    if startup is not None:
        written = startup.read_text(encoding="utf-8") if startup.exists() else ""
        if line in written.splitlines():
            say(f"{startup} reads it already")
        else:
            gap = "\n" if written and not written.endswith("\n") else ""
            with startup.open("a", encoding="utf-8") as file:  # it may be a link to elsewhere
                file.write(f"{gap}{line}\n")
            say(f"added to {startup}: {line}")
    say(f"open a new {shell}, type `rnnkit tr` and press Tab")


@completion.command()
@shell_option
def show(shell: str | None) -> None:
    """Print the completion script of your shell.

    \b
    rnnkit completion show --shell bash > rnnkit.bash
    """
    print_text(_source(shell or _users_shell()))


def _users_shell() -> str:
    name = Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        got = f"the shell is {name!r}" if name else "SHELL is not set"
        raise RnnkitError("--shell", got, f"Expected one of: {', '.join(SHELLS)}", "Name one")
    return name


def _source(shell: str) -> str:
    kind = get_completion_class(shell)
    assert kind is not None
    root = click.get_current_context().find_root().command
    return kind(root, {}, "rnnkit", "_RNNKIT_COMPLETE").source()


def _places(shell: str) -> tuple[Path, Path | None, str]:
    """The file of the script, the file that the shell reads when it starts, and the line there."""
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    if shell == "fish":  # reads the folder itself
        config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
        return config / "fish" / "completions" / "rnnkit.fish", None, ""
    script = data / "rnnkit" / f"completion.{shell}"
    source = f"[ ! -f {shlex.quote(str(script))} ] || . {shlex.quote(str(script))}"
    if shell == "zsh":
        folder = Path(os.environ.get("ZDOTDIR") or home)
        needed = "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }"
        return script, folder / ".zshrc", f"{needed}; {source}"
    return script, home / ".bashrc", source
