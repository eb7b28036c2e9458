"""The trainings that are timed: the rows of issue 20's table, and reviews of unequal length."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnnkit.training.fit import Fit

Config = dict[str, Any]
EPOCHS = 3
LONGEST = 500
"""Tokens of a review."""


def sizes(cpu: bool) -> dict[str, Any]:
    """Of the table's rows; on a CPU small ones, which show that a check runs."""
    if cpu:
        rows = {"rows": (8, 20, 4), "units": 4, "models": [(8, 4, 6)], "words": 50}
        return {**rows, "steps": 6, "reviews": 200}
    models = [(200, 20, 20), (512, 20, 35), (1500, 20, 35)]  # units, batch, timesteps
    rows = {"rows": (128, 500, 32), "units": 32, "models": models, "words": 10_000}
    return {**rows, "steps": 20, "reviews": 20_096}


def classifier(cpu: bool, cell: str, **train: Any) -> Config:
    """LSTM(32) or another over sequences of numbers, whose file it writes once."""
    import numpy as np

    of = sizes(cpu)
    batch, steps, features = of["rows"]
    file = Path(f"sequences-{batch}.npz").resolve()
    if not file.exists():
        rows, generator = batch * of["steps"], np.random.default_rng(0)
        values = generator.standard_normal((rows, steps, features), np.float32)
        np.savez(file, x=values, y=generator.integers(0, 2, rows))
    return {
        "task": "classification",
        "data": {"dataset": {"arrays": str(file)}, "split": {"validation": 0, "test": 0}},
        "model": {"embedding": "none", "layers": [{cell: of["units"]}]},
        "train": {"batch_size": batch, "epochs": EPOCHS, "early_stopping": None, **train},
    }


def stream(cpu: bool, model: tuple[int, int, int], cell: str = "lstm", **train: Any) -> Config:
    """Two recurrent layers that predict the next of some thousand words."""
    import numpy as np

    units, batch, bptt = model
    words, tokens = sizes(cpu)["words"], batch * bptt * 2 * sizes(cpu)["steps"] + 1
    drawn = np.random.default_rng(0).integers(0, words, tokens)
    text = " ".join(f"w{number}" for number in [*range(words), *drawn[words:]][:tokens])
    return {
        "task": {"language_model": {"stream": True, "bptt": bptt}},
        "data": {"dataset": {"inline": text}, "split": {"validation": 0, "test": 0}},
        "model": {"embedding": units, "layers": [{cell: units}, {cell: units}]},
        "train": {"batch_size": batch, "epochs": EPOCHS, "early_stopping": None, **train},
    }


def reviews(cpu: bool, buckets: int) -> tuple[Config, str]:
    """imdb_lstm with so many widths: of IMDB, where RNNKIT_DATA has it, else of drawn words in
    texts that are as long as IMDB's, and which of the two.
    """
    train: Config = {"batch_size": 128, "epochs": 2, "early_stopping": None}
    train["num_buckets"] = buckets
    train |= {"learning_rate": 0.002, "schedule": "cosine", "clip_norm": 1.0}
    config = {"task": "classification", "model": {"embedding": 32, "layers": [{"lstm": 32}]}}
    data = {"max_length": LONGEST, "split": {"validation": 0, "test": 0}}
    folder = os.environ.get("RNNKIT_DATA", "")
    if not cpu and folder and any(Path(folder).rglob("imdb*")):
        data["dataset"] = {"imdb": {"vocab_size": 10_000}}
        return {**config, "data": data, "train": train}, "IMDB"
    data["dataset"] = {"jsonl": str(drawn_reviews(cpu))}
    data["tokenizer"] = {"word": {"vocab_size": 10_000}}
    return {**config, "data": data, "train": train}, "drawn words, lengths like IMDB's"


def drawn_reviews(cpu: bool) -> Path:
    """Texts whose lengths have IMDB's median, 174 words, and mean, 234."""
    import numpy as np

    file = Path("reviews.jsonl").resolve()
    if not file.exists():
        rows, generator = sizes(cpu)["reviews"], np.random.default_rng(0)
        lengths = np.clip(generator.lognormal(np.log(174), 0.77, rows), 10, 2000).astype(int)
        with file.open("w", encoding="utf-8") as lines:
            for number, length in enumerate(lengths):
                words = (generator.random(length) ** 2 * 10_000).astype(int)
                text = " ".join(f"w{word}" for word in words)
                lines.write(json.dumps({"text": text, "label": f"l{number % 2}"}) + "\n")
    return file


def works(cpu: bool) -> dict[str, Callable[[], Config]]:
    """The rows of the table, each with its config; on a CPU the first of either kind."""
    cells = ("lstm",) if cpu else ("lstm", "gru", "simple_rnn")
    return {
        **{cell: partial(classifier, cpu, cell) for cell in cells},
        **{f"2 x LSTM({model[0]})": partial(stream, cpu, model) for model in sizes(cpu)["models"]},
    }


def warm_up() -> None:
    """A small training, so that the first one that counts does not start the device's libraries."""
    timed(classifier(True, "lstm"))


@contextmanager
def begun(config: Config) -> Iterator[Fit]:
    """The loop of rnnkit's own training of a config, on JAX."""
    from rnnkit import backend
    from rnnkit.tasks.prepared import Source
    from rnnkit.tasks.task import load_task
    from rnnkit.workflows.buckets import resolve_num_buckets
    from rnnkit.workflows.trial import trial

    task = load_task(config)
    data = task.prepare(Source())
    backend.select("jax")
    task, data = resolve_num_buckets(task, data)
    with trial(task, data, task.network(data.codec)) as fit:
        yield fit


def timed(config: Config) -> dict[str, float]:
    """The loop of a training on the clock: milliseconds of a step of its best epoch after the
    first, the seconds that the first one takes longer, which are those of compilation, and the
    mean loss of the last one. It ends with its last step: nothing is saved.
    """
    from rnnkit.workflows.trial import EnoughError, run

    with begun(config) as fit:
        import keras

        class Clock(keras.callbacks.Callback):
            takes_logs_late = True

            def __init__(self) -> None:
                super().__init__()
                self.epochs: list[float] = []
                self.losses: list[Any] = []

            def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
                self.began, self.losses = time.perf_counter(), []

            def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
                self.losses.append(logs["loss"])
                if len(self.losses) == self.params["steps"]:
                    self.epochs.append(time.perf_counter() - self.began)
                    if len(self.epochs) == self.params["epochs"]:
                        raise EnoughError

        clock = Clock()
        run(fit, clock)
        steps, (first, *later) = len(clock.losses), clock.epochs
        return {
            "ms": round(1e3 * min(later) / steps, 3),
            "compile, s": round(first - min(later), 2),
            "steps": steps,
            "loss": sum(clock.losses) / steps,
        }
