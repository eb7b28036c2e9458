"""Many files answered on a Ray cluster, as `rnnkit predict --input ... --jobs` does on one machine.

    python scripts/predict_on_ray.py RUN 'parts/*.csv' --output scored --workers 8

Ray Data hands out files; each of its processes opens the run once, and answers whole files. Needs
`pip install 'rnnkit[ray]'`; RAY_ADDRESS names the cluster, whose machines share the drive of the
run and the files; without it this machine alone is one.

A file of answers is complete or absent, so the same command continues one that was stopped: files
of answers that are there are not written again, and of the others no finished chunk is computed
again, on whichever machine it was. A file is what a process gets: split one that is larger than the
others, or answer it with `--jobs` on one machine. One that cannot be answered is named at the end,
when all others are.
"""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path
from typing import Any

import rnnkit
from rnnkit.environment import require
from rnnkit.progress import log, to_stderr
from rnnkit.workflows.ray_cluster import cluster
from rnnkit.workflows.scoring.inputs import find_inputs
from rnnkit.workflows.scoring.targets import folder_targets, make_folder


class Answers:
    """A process of the cluster, which opens the run once.

    Args:
        run: The folder of the run.
        threads: How many threads it may take.
    """

    def __init__(self, run: str, threads: int):
        os.environ["RNNKIT_THREADS"] = str(threads)
        self._run = rnnkit.load_run(run)

    def __call__(self, file: dict[str, Any]) -> dict[str, Any]:
        """Answers a file: how many `rows` it has, or with which exit `code` it cannot be answered,
        and why.

        Args:
            file: The paths `input` and `output`.
        """
        if Path(file["output"]).exists():  # by a process that was killed just then
            return {"rows": 0, "code": 0, "error": ""}
        try:
            rows = self._run.predict_file(file["input"], file["output"])
        except rnnkit.RnnkitError as error:
            return {"rows": 0, "code": error.exit_code, "error": str(error)}
        return {"rows": rows, "code": 0, "error": ""}


def predict_on_ray(
    run: str, sources: list[str], output: Path, workers: int
) -> list[dict[str, Any]]:
    """Answers files; what `Answers` says of each that was left to answer.

    Args:
        run: The run's name or folder.
        sources: Files, folders or patterns.
        output: The folder of answers.
        workers: How many processes answer, with a processor each.
    """
    trained = rnnkit.load_run(run).trained
    inputs = find_inputs(trained, sources)
    targets = folder_targets(trained.predictor, inputs, output, False, lambda path: True)
    make_folder(output)
    left = [
        {"input": str(target.inputs[0].path), "output": str(target.path)}
        for target in targets
        if target.path is not None and not target.path.exists()
    ]
    files = [{key: str(Path(path).absolute()) for key, path in one.items()} for one in left]
    if not files:
        return []
    require("ray", "ray")
    with cluster("RAY_ADDRESS", log_to_driver=False) as ray:
        ray.data.DataContext.get_current().enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.WARNING)
        answered = ray.data.from_items(files, override_num_blocks=len(files)).map(
            Answers,
            fn_constructor_args=(str(trained.run.path.absolute()), 1),
            compute=ray.data.ActorPoolStrategy(size=min(workers, len(files))),
            num_cpus=1,
        )
        every: list[dict[str, Any]] = answered.take_all()
        return every


def positive(text: str) -> int:
    """A number of processes."""
    if (number := int(text)) < 1:
        raise ValueError
    return number


def main() -> None:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("run")
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--workers", type=positive, default=2)
    asked = parser.parse_args()
    to_stderr()
    try:
        files = predict_on_ray(asked.run, asked.sources, asked.output, asked.workers)
    except rnnkit.RnnkitError as error:
        log.error(f"Error: {error}")
        raise SystemExit(error.exit_code) from None
    refused = [one for one in files if one["code"]]
    for one in refused:
        log.error(f"Error: {one['error']}")
    answered = len(files) - len(refused)
    print(f"{sum(one['rows'] for one in files):,} rows of {answered:,} files answered")
    if refused:
        raise SystemExit(refused[0]["code"])


if __name__ == "__main__":
    main()
