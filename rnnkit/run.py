"""The run folder: what `train` leaves and every other verb understands (a public contract, see
docs/reference/run-folder.md)."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import numpy as np

from rnnkit.config import load_config
from rnnkit.config.spec import Spec
from rnnkit.environment import describe_environment
from rnnkit.errors import RnnkitError
from rnnkit.movable_folder import MovableFolder, PathInFolder, locked_folder
from rnnkit.platform import disk
from rnnkit.platform.names import portable, require_short
from rnnkit.platform.shell import quote
from rnnkit.resume_command import resume_command
from rnnkit.storage import npz_bytes, read_bytes, read_json, write_bytes, write_json, write_text
from rnnkit.storage.arrays import Archive
from rnnkit.storage.history import History, history_text, read_history
from rnnkit.storage.reading import ARRAYS_BYTES
from rnnkit.storage.schemas import Environment, Manifest
from rnnkit.storage.together import Replaced, new_folder, settle, written_together
from rnnkit.storage.weights import checked_weights

FORMAT = 1


def runs_folder() -> Path:
    """Where runs are kept: `RNNKIT_RUNS`, or `runs` below the current folder."""
    return Path(os.environ.get("RNNKIT_RUNS", "runs"))


_PLACE: ContextVar[Path | None] = ContextVar("folder of the next run", default=None)


@contextlib.contextmanager
def next_run_at(path: Path) -> Iterator[None]:
    """Makes the next run, created inside, this very folder, whatever its config is called."""
    token = _PLACE.set(path)
    try:
        yield
    finally:
        _PLACE.reset(token)


class RunFolder:
    """One run: the paths of its files, and how they are read and written. Every write is atomic."""

    config = PathInFolder("config.yaml")
    tokenizer = PathInFolder("tokenizer.json")
    source_tokenizer = PathInFolder("source_tokenizer.json")
    lengths = PathInFolder("lengths.json")
    scaler = PathInFolder("scaler.json")
    environment = PathInFolder("environment.json")
    history = PathInFolder("history.csv")
    log = PathInFolder("training.log")
    tensorboard = PathInFolder("tensorboard")
    report = PathInFolder("report.html")
    samples = PathInFolder("samples")
    checkpoints = PathInFolder("checkpoints")
    weights = Replaced("weights.npz")
    manifest = Replaced("manifest.json")
    labels = Replaced("labels.json")  # with thresholds, which are those of the weights
    metrics = Replaced("metrics.json")
    keras_export = Replaced("model.keras")

    def __init__(self, path: Path):
        self._path = path
        self._folder: MovableFolder | None = None

    @property
    def path(self) -> Path:
        """The folder; while it is locked, under its current name, even if it was moved.

        Raises:
            RnnkitError: If it was removed while it was locked_folder.
        """
        return self._folder.path() if self._folder else self._path

    def __str__(self) -> str:
        return str(self.path)

    def confusion(self, part: str) -> Path:
        """The picture of a part's confusion matrix."""
        return self.path / f"confusion-{part}.png"

    def confusions(self) -> list[Path]:
        """The pictures of confusion matrices that exist."""
        return sorted(self.path.glob("confusion-*.png"))

    @classmethod
    def create(
        cls,
        name: str,
        config: str,
        *,
        sample: bool = False,
        fill: Callable[[RunFolder], None] = lambda run: None,
    ) -> RunFolder:
        """Creates the folder of a run: NAME, or NAME-2, NAME-3 if that is taken; nothing is ever
        overwritten. A name that only some systems accept is made portable. The folder appears with
        all its files, or not at all.

        Args:
            name: The run's name, usually the config's.
            config: The resolved config as YAML.
            sample: Whether the run uses the data set's small built-in sample (`--smoke`).
            fill: Adds further files.
        """
        place = _PLACE.get() or runs_folder() / portable(name)
        parent, name = place.parent, place.name

        def write(path: Path) -> None:
            run = cls(path)
            write_text(run.config, config)
            write_json(run.environment, {**describe_environment(), "sample": sample})
            fill(run)

        try:
            require_short(parent / name)
            parent.mkdir(exist_ok=True)
            return cls(new_folder(parent, name, write))
        except OSError as error:
            raise disk.no_run_folder(parent, error) from None

    @contextlib.contextmanager
    def replacing(self) -> Iterator[RunFolder]:
        """A run to which weights, manifest, labels, metrics and export are written: they replace
        those of this run, all at once, when the block ends. Requires the lock.
        """
        with written_together(self.path) as folder:
            yield RunFolder(folder)

    def load_config(self, overrides: Sequence[str] = ()) -> Spec:
        """The run's checked config, without the environment's overrides."""
        return load_config(self.config, overrides, environment=False)

    @property
    def uses_sample(self) -> bool:
        """Whether the run was trained with `--smoke`."""
        return bool(read_json(self.environment, kind=Environment)["sample"])

    @property
    def is_trained(self) -> bool:
        return self.weights.is_file() and self.manifest.is_file()

    def save_weights(self, weights: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        """Writes weights.npz, and manifest.json with its checksum and `facts` about the
        training."""
        content = npz_bytes(weights)
        write_bytes(self.weights, content)
        arrays = {
            name: {"shape": list(array.shape), "dtype": str(array.dtype)}
            for name, array in weights.items()
        }
        checksum = hashlib.sha256(content).hexdigest()
        write_json(self.manifest, {"format": FORMAT, "sha256": checksum, "arrays": arrays, **facts})

    def load_manifest(self) -> dict[str, Any]:
        """manifest.json: format, checksum, arrays, and the facts about the training.

        Raises:
            RnnkitError: If the run is not trained, or its format is a later one.
        """
        if not self.is_trained:
            is_begun = any(self.checkpoints.glob("step-*"))
            again = resume_command(self) if is_begun else f"rnnkit train {quote(str(self.config))}"
            got = "not trained yet: it holds no weights"
            raise RnnkitError(str(self), got, "Expected a trained run", f"Continue with `{again}`")
        version = read_json(self.manifest, "format")["format"]
        if version != FORMAT:
            got, expected = f"format {version!r}", f"Expected format {FORMAT}"
            hint = "Use the version of rnnkit that trained this run"
            raise RnnkitError(str(self.manifest), got, expected, hint)
        return read_json(self.manifest, kind=Manifest)

    def load_weights(
        self, expected: Mapping[str, tuple[int | None, ...]], unlisted_layers: Sequence[str] = ()
    ) -> dict[str, np.ndarray]:
        """The best weights, checked before use.

        Args:
            expected: Name and shape of each weight that the config asks for.
            unlisted_layers: Layers that may have further weights.

        Raises:
            RnnkitError: If the file is damaged or its weights are not those of the config.
        """
        manifest, content = self._read_weights()
        if hashlib.sha256(content).hexdigest() != manifest.get("sha256"):
            got = "damaged weights: the checksum differs from the manifest's"
            hint = f"Copy the run again, or write them again with `{resume_command(self)}`"
            raise RnnkitError(str(self.weights), got, "Expected those of the training", hint)
        archive = Archive(io.BytesIO(content), str(self.weights))
        return checked_weights(archive, expected, unlisted_layers)

    def _read_weights(self) -> tuple[dict[str, Any], bytes]:
        """A consistent pair of manifest.json and the content of weights.npz, even while a training
        is replacing them.
        """
        manifest = self.load_manifest()
        while True:
            content = read_bytes(self.weights, ARRAYS_BYTES, links=False)
            if manifest == (newer := self.load_manifest()):
                return manifest, content
            manifest = newer

    def save_history(self, rows: Sequence[Mapping[str, float]]) -> None:
        """Writes history.csv, a row per epoch."""
        write_text(self.history, history_text(rows))

    def load_history(self) -> History:
        """The epochs in history.csv.

        Raises:
            RnnkitError: If it is missing or damaged.
        """
        hint = "Copy the run again"
        if any(self.checkpoints.glob("step-*")):
            hint = f"Write it again: `{resume_command(self)}`"
        return read_history(self.history, hint)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keeps a second process from training in this folder, and completes what a killed one had
        saved.

        Raises:
            RnnkitError: If another process holds the lock, or a file to be written is a link.
        """
        written = (self.log, self.samples, self.tensorboard, self.checkpoints)
        with locked_folder(self._path, written) as self._folder:
            try:
                settle(self.path)
                yield
            finally:
                self._path, self._folder = self._folder.last, None
