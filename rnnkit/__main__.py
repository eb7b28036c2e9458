"""The command `rnnkit`, and `python -m rnnkit`."""

from rnnkit.platform.interrupt import exit_silently_on_interrupt


def main() -> None:
    """Runs the command line."""
    exit_silently_on_interrupt()  # while its modules are imported
    from rnnkit import cli

    cli.main()


if __name__ == "__main__":
    main()
