"""The top-level functions: `rnnkit.train`, `rnnkit.load_run` and so on."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from typing_extensions import Unpack

from rnnkit.api.arguments import Pathlike, QueryData, checked, run_name
from rnnkit.api.data_arguments import DataArguments
from rnnkit.api.memory_data import keep_data_with, with_memory_data
from rnnkit.api.run import Run
from rnnkit.api.scores import Evaluations
from rnnkit.progress import quiet_stderr, to_stderr
from rnnkit.tasks.capabilities import Generates, GeneratesFromCondition, Oov
from rnnkit.workflows import train as _train
from rnnkit.workflows.engines import EngineName
from rnnkit.workflows.in_memory import require_same_data
from rnnkit.workflows.trained import find_trained

if TYPE_CHECKING:
    import keras
    import pandas as pd


class TrainArguments(DataArguments, total=False):
    """Further arguments of `rnnkit.train`.

    Args:
        verbose: Whether to show progress; otherwise only warnings.
    """

    verbose: bool


RunName = Pathlike | Run
"""A run: its name, its folder, or itself."""


@checked
def load_run(
    name: RunName | None = None, *, data: object = None, engine: EngineName = "auto"
) -> Run:
    """Opens a run by its path or name, or the newest one.

    Args:
        name: A path or a name; None for the newest run.
        data: The data in memory that it was trained on, if its folder does not keep them: to resume
            it, or to score its parts; {"train": ..., "validation": ...} if these had separate data.
        engine: What computes its answers: "auto", "numpy", "kernels", "onnx" or "keras".

    Examples:
        >>> rk.load_run("fable")
        Run('.../fable')

    Raises:
        RnnkitError: If there is no such run, or it was trained on other data.
    """
    run = Run(find_trained(run_name(name)), engine)
    if data is not None:
        keep_data_with(run, require_same_data(run.folder, data))
    return run


@checked
def train(
    config: Pathlike | Mapping[str, Any],
    *overrides: str | Mapping[str, Any],
    data: object = None,
    smoke: bool = False,
    init_from: RunName | None = None,
    device: str = "auto",
    backend: str | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    **columns: Unpack[TrainArguments],
) -> Run:
    """Trains a config in a new run folder. Progress goes to the logger "rnnkit".

    Args:
        config: A path, the name of a shipped config, or the config itself as a mapping.
        overrides: Assignments such as "train.epochs=3" or {"train.epochs": 3}.
        data: Data in memory, instead of the config's data set; `model.embedding` may then be left
            out. Every task takes a table: a DataFrame, a table of pyarrow, a `datasets.Dataset`, a
            mapping of columns. Texts with labels, pairs of texts, and sentences with tags may also
            be two lists in a tuple, or a list of pairs; sequences of numbers (x, y), with x an
            array (samples, timesteps, features) or a list of arrays (timesteps, features); data of
            a language model a text, or a list of texts; data of a forecaster a Series, whose index
            may be its times, or numbers (steps,). {"train": ..., "test": ...} gives the parts.
        smoke: Whether to take only a few steps, on a small sample.
        init_from: A run whose vocabulary and weights the training starts from.
        device: auto, cpu or gpu.
        backend: tensorflow or jax.
        callbacks: Further keras callbacks.
        columns: How the data are read, see `DataArguments`: the columns (text="review",
            label="stars"), what is held out (validation=0.1), whether they are kept (keep_data).
            Also `verbose=False`, which shows only warnings; the run's log has every line.

    Examples:
        >>> digits = rk.train("reverse_digits", smoke=True, verbose=False)
        >>> digits.config.kind()
        'seq2seq'

    Raises:
        RnnkitError: If an argument is wrong.
    """
    to_stderr()
    named = config if isinstance(config, Mapping) else os.fspath(config)
    is_quiet = not columns.pop("verbose", True)
    with (
        with_memory_data(named, overrides, data, columns) as (assignments, held),
        quiet_stderr(is_quiet),
    ):
        training = _train.train(
            named,
            assignments,
            smoke=smoke,
            init_from=run_name(init_from),
            device=device,
            backend_name=backend,
            callbacks=callbacks,
        )
    run = Run(training.run)
    if held is not None:
        keep_data_with(run, held)
    return run


@checked
def evaluate(
    *parts: str,
    run: RunName | None = None,
    data: object = None,
    errors: int = 0,
    verbose: bool = False,
    engine: EngineName = "auto",
    **keys: Any,
) -> Evaluations:
    """Scores a run on parts of its data, or on other data, compared with baselines; see
    `Run.evaluate`.

    Examples:
        >>> rk.evaluate("train", run="fable")[0].part
        'train'
    """
    opened = load_run(run, engine=engine)
    return opened.evaluate(*parts, data=data, errors=errors, verbose=verbose, **keys)


@checked
def generate(
    seed: str = "",
    *,
    run: RunName | None = None,
    oov: Oov = "error",
    condition: str | None = None,
    engine: EngineName = "auto",
    **options: Any,
) -> list[str]:
    """Texts that continue a seed, by default from the newest run that generates text; see
    `Run.generate`.

    Examples:
        >>> rk.generate("had a general", run="fable", max_new_tokens=1)
        ['had a general council']
    """
    generating = _generating(run, condition, engine)
    return generating.generate(seed, oov=oov, condition=condition, **options)


def _generating(run: RunName | None, condition: str | None, engine: EngineName) -> Run:
    is_conditioned = run is None and condition is not None
    capability = GeneratesFromCondition if is_conditioned else Generates
    return Run(find_trained(run_name(run), capability), engine)


@checked
def predict(
    data: QueryData,
    *,
    run: RunName | None = None,
    top: int | None = None,
    column: str | None = None,
    engine: EngineName = "auto",
) -> pd.DataFrame:
    """A run's answers to a text, or to each in a list, a table or a file; see `Run.predict`.

    Examples:
        >>> rk.predict("had a general", run="fable").token.tolist()
        ['council']
    """
    return load_run(run, engine=engine).predict(data, top=top, column=column)


@checked
def predict_file(
    data: Pathlike,
    output: Pathlike,
    *,
    run: RunName | None = None,
    column: str | None = None,
    overwrite: bool = False,
    jobs: int = 1,
    engine: EngineName = "auto",
) -> int:
    """Answers every record of a file, and returns their number; see `Run.predict_file`.

    Examples:
        >>> from pathlib import Path
        >>> _ = Path("more.csv").write_text("text\\na wonderful film\\n")
        >>> rk.predict_file("more.csv", "more_scored.csv", run=reviews)
        1
    """
    opened = load_run(run, engine=engine)
    return opened.predict_file(data, output, column=column, overwrite=overwrite, jobs=jobs)


@checked
def predict_files(
    data: Pathlike | Sequence[Pathlike],
    output: Pathlike,
    *,
    run: RunName | None = None,
    column: str | None = None,
    overwrite: bool = False,
    jobs: int = 1,
    engine: EngineName = "auto",
) -> int:
    """Answers every record of several files, and returns their number; see `Run.predict_files`.

    Examples:
        >>> from pathlib import Path
        >>> _ = Path("week.csv").write_text("text\\na wonderful film\\n")
        >>> rk.predict_files(["week.csv"], "week_scored.csv", run=reviews)
        1
    """
    opened = load_run(run, engine=engine)
    return opened.predict_files(data, output, column=column, overwrite=overwrite, jobs=jobs)
