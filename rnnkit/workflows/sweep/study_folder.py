"""The folder of a study, found or created, and the study in it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.storage import read_bytes, read_json, write_json
from rnnkit.workflows.planned import folder_of
from rnnkit.workflows.sweep.claims import Claims
from rnnkit.workflows.sweep.outcome import Outcome
from rnnkit.workflows.sweep.plan import Plan, require_installed
from rnnkit.workflows.sweep.plan_checks import require_configs
from rnnkit.workflows.sweep.points import Numbered
from rnnkit.workflows.sweep.recipe import Recipe
from rnnkit.workflows.sweep.space import Point
from rnnkit.workflows.sweep.study import Study, Trial, name_of

FILE = "sweep.yaml"
"""What a study varies, in its folder."""

PLACE_FILE = "place.json"
"""In the study's folder, what tells it from that of another machine."""


def make_study(
    plan: Plan, folder: Path | None = None, earlier: Mapping[str, float] | None = None
) -> Study:
    """Checks every trial's config, as far as it is known, and finds the folder of an earlier call
    or makes a new one.

    Args:
        plan: The plan of the sweep.
        folder: The folder of the process that asks for this one; None to find it.
        earlier: As in `Claims`.

    Raises:
        RnnkitError: If a trial's config is wrong, or the storage cannot be used.
    """
    require_installed(plan)
    require_configs(plan)
    described = plan.described
    points = _points(plan)
    for point in points:
        plan.recipe.task(point)
    found = None
    if plan.section.storage is not None:  # before a folder is made
        from rnnkit.workflows.sweep.tpe import open_study

        found = open_study(plan, Path(), points)
    if folder is None:
        folder = folder_of(plan.name, FILE, described)
    else:
        _require_shared(folder, described)
    claims = Claims(folder, earlier)
    if not plan.uses_optuna:
        return Study(folder, plan, Numbered(points, _ended(plan.recipe, folder)), claims)
    from rnnkit.workflows.sweep.tpe import OptunaPoints, open_study

    with claims.deciding():
        found = found or open_study(plan, folder, points)
        return Study(folder, plan, OptunaPoints(plan, *found, _place_of(folder)), claims)


def _place_of(folder: Path) -> str:
    """What names a study's folder. Whoever calls it holds the study's lock."""
    path = folder / PLACE_FILE
    if not path.is_file():
        write_json(path, {"place": secrets.token_hex(8)})
    return str(read_json(path, "place")["place"])


def _points(plan: Plan) -> Sequence[Point]:
    """Those that depend on their number alone; none if they depend on scores."""
    numbers, seed = range(plan.trials), plan.section.random_seed
    if plan.search == "tpe":
        return []
    if plan.search == "grid":
        return [plan.space.on_grid(number) for number in numbers]
    points, tried = list[Point](), set[str]()
    for number in numbers:
        points.append(plan.space.untried(seed, number, tried) or plan.space.at_random(seed, number))
        tried.add(repr(points[-1]))
    return points


def _ended(recipe: Recipe, folder: Path) -> Callable[[int, Point], Outcome | None]:
    """What came of a trial, as its run says."""

    def ended(number: int, point: Point) -> Outcome | None:
        run = RunFolder(folder / name_of(number))
        if not run.is_trained:
            return None
        trial = Trial(name_of(number), recipe.task(point), run, number, point)
        return trial.outcome() if trial.is_done else None

    return ended


def _require_shared(folder: Path, described: str) -> None:
    """The study's folder is the same one here.

    Raises:
        RnnkitError: If it is not.
    """
    path = folder / FILE
    if not path.is_file() or read_bytes(path).decode("utf-8", "replace") != described:
        got = "not the folder of this study on this machine"
        expected = "Expected a drive that all machines share"
        raise RnnkitError(str(folder), got, expected, "Set RNNKIT_RUNS to a folder on such a drive")
