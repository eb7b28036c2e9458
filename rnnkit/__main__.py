"""The command `rnnkit`, and `python -m rnnkit`."""

import signal


def main() -> None:
    """Runs the command line."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Ctrl-C before the command's own handler is there, as while its modules are imported, ends
        # it without a traceback
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from rnnkit import cli

    cli.main()


if __name__ == "__main__":
    main()
