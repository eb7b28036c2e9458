"""`rnnkit doctor`."""

from __future__ import annotations

from dataclasses import asdict

import click

from rnnkit.cli.options import json_option
from rnnkit.cli.output import paint, print_json, say

COLOURS = {"ok": "green", "remark": "yellow", "broken": "red"}


@click.command()
@click.option(
    "--device", is_flag=True, help="Ask each backend for its GPUs too, which takes a while."
)
@json_option
def doctor(device: bool, as_json: bool) -> None:
    """Check the installation, and say how to fix each fault.

    The exit code is 1 where something is broken.

    \b
    rnnkit doctor
    rnnkit doctor --json
    """
    from rnnkit.workflows import doctor as workflow

    findings = workflow.examine(devices=device)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            state = paint(f"{finding.state:6}", fg=COLOURS[finding.state])
            say(f"  {finding.name:{width}}  {finding.text}", lead=state)
            if finding.cure:
                say(f"{'':{width + 10}}{finding.cure}")
    if any(finding.state == "broken" for finding in findings):
        raise SystemExit(1)
