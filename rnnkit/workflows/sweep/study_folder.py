"""Opens the folder of a study, or creates it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.storage import read_bytes, read_json, write_json
from rnnkit.workflows.planned import planned_folder
from rnnkit.workflows.sweep.claims import Claims
from rnnkit.workflows.sweep.outcome import Outcome
from rnnkit.workflows.sweep.plan import Plan, require_installed
from rnnkit.workflows.sweep.plan_checks import require_configs
from rnnkit.workflows.sweep.points import FixedPoints
from rnnkit.workflows.sweep.recipe import Recipe
from rnnkit.workflows.sweep.space import Point
from rnnkit.workflows.sweep.study import Study, Trial, run_name

FILE = "sweep.yaml"
"""The config of the study, in its folder."""

PLACE_FILE = "place.json"
"""The random id of a study's folder, which differs from that of another machine's folder."""


def make_study(
    plan: Plan, folder: Path | None = None, earlier: Mapping[str, float] | None = None
) -> Study:
    """Checks the configs of all known trials, and opens the folder of an earlier call or creates a
    new one.

    Args:
        plan: The plan of the sweep.
        folder: The folder of the process that started this one; None to find or create it.
        earlier: As in `Claims`.

    Raises:
        RnnkitError: If a trial's config is wrong, or the storage cannot be used.
    """
    require_installed(plan)
    require_configs(plan)
    points = _points(plan)
    for point in points:
        plan.recipe.task(point)
    opened = None
    if plan.section.storage is not None:  # a mistake is reported before a folder is created
        from rnnkit.workflows.sweep.tpe import open_study

        opened = open_study(plan, Path(), points)
    if folder is None:
        folder = planned_folder(plan.name, FILE, plan.config_text)
    else:
        _require_shared(folder, plan.config_text)
    claims = Claims(folder, earlier)
    if not plan.uses_optuna:
        return Study(folder, plan, FixedPoints(points, _ended(plan.recipe, folder)), claims)
    from rnnkit.workflows.sweep.tpe import OptunaPoints, open_study

    with claims.deciding():
        opened = opened or open_study(plan, folder, points)
        return Study(folder, plan, OptunaPoints(plan, *opened, _place_of(folder)), claims)


def _place_of(folder: Path) -> str:
    """The id of a study's folder; the process must hold the study's lock."""
    path = folder / PLACE_FILE
    if not path.is_file():
        write_json(path, {"place": secrets.token_hex(8)})
    return str(read_json(path, "place")["place"])


def _points(plan: Plan) -> Sequence[Point]:
    """The points of all trials, by number; none if they depend on scores."""
    numbers, seed = range(plan.trials), plan.section.random_seed
    if plan.search == "tpe":
        return []
    if plan.search == "grid":
        return [plan.space.grid_point(number) for number in numbers]
    points, tried = list[Point](), set[str]()
    for number in numbers:
        untried = plan.space.untried_point(seed, number, tried)
        points.append(untried or plan.space.random_point(seed, number))
        tried.add(repr(points[-1]))
    return points


def _ended(recipe: Recipe, folder: Path) -> Callable[[int, Point], Outcome | None]:
    """A function that reads the outcome of a trial from its run; None if it has not ended."""

    def ended(number: int, point: Point) -> Outcome | None:
        run = RunFolder(folder / run_name(number))
        if not run.is_trained:
            return None
        trial = Trial(run_name(number), recipe.task(point), run, number, point)
        return trial.outcome() if trial.is_done else None

    return ended


def _require_shared(folder: Path, config_text: str) -> None:
    """Checks that this machine sees the folder of the study.

    Raises:
        RnnkitError: If it does not.
    """
    path = folder / FILE
    if not path.is_file() or read_bytes(path).decode("utf-8", "replace") != config_text:
        got = "not the folder of this study on this machine"
        expected = "Expected a drive that all machines share"
        raise RnnkitError(str(folder), got, expected, "Set RNNKIT_RUNS to a folder on such a drive")
