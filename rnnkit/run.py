"""The run folder: what `train` leaves and every other verb understands (a public contract, see
docs/reference/run-folder.md)."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rnnkit.config import load_config
from rnnkit.config.spec import Spec
from rnnkit.environment import describe_environment
from rnnkit.errors import RnnkitError
from rnnkit.held import Below, HeldFolder, locked
from rnnkit.platform.names import portable, require_short
from rnnkit.storage import npz_bytes, read_bytes, read_json, write_bytes, write_json, write_text
from rnnkit.storage.arrays import Archive
from rnnkit.storage.reading import ARRAYS_BYTES

FORMAT = 1


def runs_folder() -> Path:
    """Where runs are kept: `RNNKIT_RUNS`, or `runs` below the current folder."""
    return Path(os.environ.get("RNNKIT_RUNS", "runs"))


class RunFolder:
    """The paths of one run, and its arrays and records in and out. Every write is atomic."""

    config = Below("config.yaml")
    tokenizer = Below("tokenizer.json")
    source_tokenizer = Below("source_tokenizer.json")
    lengths = Below("lengths.json")
    scaler = Below("scaler.json")
    labels = Below("labels.json")
    weights = Below("weights.npz")
    manifest = Below("manifest.json")
    environment = Below("environment.json")
    history = Below("history.csv")
    metrics = Below("metrics.json")
    keras_export = Below("model.keras")
    log = Below("training.log")
    tensorboard = Below("tensorboard")
    samples = Below("samples")
    checkpoints = Below("checkpoints")

    def __init__(self, path: Path):
        self._path = path
        self._held: HeldFolder | None = None

    @property
    def path(self) -> Path:
        """The folder; while it is locked, wherever it was moved to.

        Raises:
            RnnkitError: If it was removed while it is locked.
        """
        return self._held.path() if self._held else self._path

    def __str__(self) -> str:
        return str(self.path)

    def confusion(self, part: str) -> Path:
        """The picture of a part's confusion matrix."""
        return self.path / f"confusion-{part}.png"

    @classmethod
    def create(cls, name: str, config: str, *, sample: bool = False) -> RunFolder:
        """A new folder for the run `name`: NAME, or NAME-2, NAME-3 where that is taken; nothing is
        overwritten. A name that only some systems take is made portable.

        Args:
            name: The run's name, usually the config's.
            config: The resolved config as YAML.
            sample: Whether the run uses the data set's small built-in sample (`--smoke`).
        """
        parent, name = runs_folder(), portable(name)
        try:
            require_short(parent / name)
            parent.mkdir(exist_ok=True)
            taken = {path.name.casefold() for path in parent.iterdir()}  # A and a are one on macOS
            for number in range(1, 1_000_000):
                path = parent / (name if number == 1 else f"{name}-{number}")
                if path.name.casefold() in taken:
                    continue
                with contextlib.suppress(FileExistsError):
                    path.mkdir()
                    break
        except OSError as error:
            got = f"cannot create a folder for the run ({error.strerror})"
            expected = "Expected a folder that can be written, in one that exists"
            raise RnnkitError(str(parent), got, expected, "Set RNNKIT_RUNS") from None
        run = cls(path)
        write_text(run.config, config)
        write_json(run.environment, {**describe_environment(), "sample": sample})
        return run

    def load_config(self, overrides: Sequence[str] = ()) -> Spec:
        """The run's checked config, without the environment's overrides."""
        return load_config(self.config, overrides, environment=False)

    @property
    def uses_sample(self) -> bool:
        """Whether the run was trained with `--smoke`."""
        return bool(read_json(self.environment, "sample")["sample"])

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
        write_json(
            self.manifest,
            {
                "format": FORMAT,
                "sha256": hashlib.sha256(content).hexdigest(),
                "arrays": arrays,
                **facts,
            },
        )

    def load_manifest(self) -> dict[str, Any]:
        """manifest.json: format, checksum, arrays, and the facts about the training.

        Raises:
            RnnkitError: If the run is not trained, or its format is a later one.
        """
        if not self.is_trained:
            again = f"{self} --resume" if any(self.checkpoints.glob("step-*")) else self.config
            raise RnnkitError(
                str(self),
                "not trained yet: it holds no weights",
                "",
                f"Continue with `rnnkit train {again}`",
            )
        version = read_json(self.manifest, "format")["format"]
        if version != FORMAT:
            raise RnnkitError(
                str(self.manifest),
                f"format {version!r}",
                f"Expected format {FORMAT}",
                "Use the version of rnnkit that trained this run",
            )
        return read_json(self.manifest, "task", "sha256")

    def load_weights(
        self, expected: Mapping[str, tuple[int | None, ...]], unlisted_layers: Sequence[str] = ()
    ) -> dict[str, np.ndarray]:
        """The best weights, checked before use.

        Args:
            expected: Name and shape of each weight that the config asks for.
            unlisted_layers: Layers that may have others.

        Raises:
            RnnkitError: If the file is damaged or holds other weights than the config asks for.
        """
        manifest = self.load_manifest()
        content = read_bytes(self.weights, ARRAYS_BYTES, links=False)
        if hashlib.sha256(content).hexdigest() != manifest.get("sha256"):
            hint = f"Copy the run again, or write them again with `rnnkit train {self} --resume`"
            raise RnnkitError(
                str(self.weights),
                "damaged weights: the checksum differs from the manifest's",
                "",
                hint,
            )
        archive = Archive(io.BytesIO(content), str(self.weights))
        self._require_expected(archive, expected, unlisted_layers)
        arrays = {name: archive.read(name) for name in archive.names}
        for name, array in arrays.items():
            if name in expected and not np.isfinite(array).all():
                wanted = f"Expected finite float32{list(array.shape)}"
                raise RnnkitError(str(self.weights), f"{name} holds NaN or infinity", wanted)
        return arrays

    def _require_expected(
        self,
        archive: Archive,
        expected: Mapping[str, tuple[int | None, ...]],
        unlisted_layers: Sequence[str],
    ) -> None:
        """Refuses other weights than the config asks for, before any is read."""
        hint = "config.yaml and weights.npz are not from the same run"
        for name, header in archive.headers.items():
            if name not in expected and not name.startswith(
                tuple(f"{layer}/" for layer in unlisted_layers)
            ):
                got = f"an array {name!r} that the config does not ask for"
                raise RnnkitError(str(self.weights), got, f"Expected {', '.join(expected)}", hint)
            if name in expected and (header.shape != expected[name] or header.dtype != np.float32):
                got = f"{name} is {header.dtype}{list(header.shape)}"
                raise RnnkitError(
                    str(self.weights), got, f"Expected finite float32{list(expected[name])}"
                )
        if missing := [name for name in expected if name not in archive.headers]:
            names = ", ".join(archive.names)
            raise RnnkitError(str(self.weights), f"no array {missing[0]!r}", f"Found {names}", hint)

    def save_history(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """history.csv: one row per epoch."""
        text = io.StringIO()
        columns = dict.fromkeys(column for row in rows for column in row)
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_text(self.history, text.getvalue())

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keeps a second process from training in this folder.

        Raises:
            RnnkitError: If another process holds the lock, or what it would write is a link.
        """
        written = (self.log, self.samples, self.tensorboard, self.checkpoints)
        with locked(self._path, written) as self._held:
            try:
                yield
            finally:
                self._path, self._held = self._held.last, None


def list_runs() -> list[RunFolder]:
    """The runs of the runs folder, newest weights first; those without weights last."""
    runs = [RunFolder(path.parent) for path in runs_folder().glob("*/config.yaml")]
    return sorted(
        runs,
        key=lambda run: (
            run.is_trained,
            (run.manifest if run.is_trained else run.config).stat().st_mtime_ns,
        ),
        reverse=True,
    )
