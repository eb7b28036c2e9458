"""Calls of the command line inside this process: as fast as a function call."""

from __future__ import annotations

from click.testing import CliRunner, Result

from rnnkit.cli import main


def invoke(
    *arguments: object, stdin: str | bytes | None = None, env: dict[str, str] | None = None
) -> Result:
    """`rnnkit ARGUMENTS`; an error that the command line does not explain itself is raised here."""
    result = CliRunner().invoke(
        main, [str(argument) for argument in arguments], input=stdin, env=env, prog_name="rnnkit"
    )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def done(*arguments: object, stdin: str | bytes | None = None) -> Result:
    """A call that must succeed."""
    result = invoke(*arguments, stdin=stdin)
    assert result.exit_code == 0, result.stderr
    return result
