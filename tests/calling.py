"""The command line called within the test's own process, which saves a start of Python each time."""

from __future__ import annotations

from click.testing import CliRunner, Result

from rnnkit.cli import main


def call(*arguments: object, stdin: str | bytes | None = None) -> Result:
    """Runs `rnnkit ARGUMENTS`; what is no error of rnnkit's or click's is raised."""
    result = CliRunner().invoke(main, [*map(str, arguments)], input=stdin, prog_name="rnnkit")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def done(*arguments: object, stdin: str | bytes | None = None) -> str:
    """What `rnnkit ARGUMENTS` prints, which must succeed."""
    result = call(*arguments, stdin=stdin)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*arguments: object, code: int = 2, stdin: str | bytes | None = None) -> str:
    """What `rnnkit ARGUMENTS` says on stderr when it ends with `code`."""
    result = call(*arguments, stdin=stdin)
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    return result.stderr
