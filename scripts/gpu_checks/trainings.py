"""Trainings that say whether the same comes out: again, on several GPUs, and as published."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from gpu_checks.results import LIMIT, NotCheckedError, Tell, in_own_process
from gpu_checks.works import begun, sizes, stream

DETERMINISTIC = "--xla_gpu_deterministic_ops=true"


def repeated(cpu: bool, tell: Tell) -> None:
    """The same training again and again, in processes of their own. What the first one compiled is
    kept for the second; the others compile anew. Are the weights the same? If not, are they with
    XLA's promise of it, and what does that cost?
    """
    folder = str(Path("cache").resolve())
    kept = [in_own_process(cpu, RNNKIT_CACHE=folder) for _ in range(2)]
    tell("compile, s: first and second training", [one["compile, s"] for one in kept])
    anew = in_own_process(cpu, RNNKIT_CACHE="off")
    is_same = len({one["weights"] for one in (*kept, anew)}) == 1
    tell("as it is", {"same weights": is_same, "ms": anew["ms"]})
    if is_same:
        return
    promised = [in_own_process(cpu, RNNKIT_CACHE="off", XLA_FLAGS=DETERMINISTIC) for _ in range(2)]
    is_same = promised[0]["weights"] == promised[1]["weights"]
    tell(DETERMINISTIC, {"same weights": is_same, "ms": promised[1]["ms"]})
    assert is_same, "the same seed gave other weights"


def several_gpus(cpu: bool, tell: Tell) -> None:
    """One process on one GPU and on two: the same losses."""
    if cpu:
        ways: list[dict[str, str]] = [
            {"XLA_FLAGS": f"--xla_force_host_platform_device_count={number}"} for number in (1, 2)
        ]
    else:
        import jax

        if len(jax.devices()) < 2:
            raise NotCheckedError("there is one GPU, and two are needed")
        ways = [{"CUDA_VISIBLE_DEVICES": "0"}, {"CUDA_VISIBLE_DEVICES": "0,1"}]
    found = [in_own_process(cpu, **way) for way in ways]
    for one in found:
        tell(f"{one['devices']} devices", {name: one[name] for name in ("ms", "loss")})
    one, two = found
    assert (one["devices"], two["devices"]) == (1, 2)
    assert abs(one["loss"] - two["loss"]) < 1e-4 * one["loss"], "the losses differ"


def once(cpu: bool, tell: Tell) -> None:
    """A training, and the checksum of its weights; what `in_own_process` runs."""
    import hashlib

    import numpy as np

    config = stream(cpu, sizes(cpu)["models"][0])
    layers = config["model"]["layers"]
    config["model"]["layers"] = [*layers[:1], {"gru": layers[1]["lstm"]}]
    checksum = hashlib.sha256()
    with begun(config) as fit:
        import jax

        fit.go()
        for variable in fit.model.weights:
            checksum.update(np.asarray(variable.value).tobytes())
        first, *later = (row["seconds"] for row in fit.progress.history)
        loss, steps = fit.progress.history[-1]["loss"], fit.train.steps
    found = {"weights": checksum.hexdigest(), "ms": round(1e3 * min(later) / steps, 3)}
    found |= {"compile, s": round(first - min(later), 2), "devices": len(jax.devices())}
    print(json.dumps({**found, "loss": loss}))


def ptb_tied(cpu: bool, tell: Tell) -> None:
    """The shipped config, for as many epochs as the time allows (published: 76.05)."""
    started = time.monotonic()
    from rnnkit.errors import RnnkitError
    from rnnkit.workflows.train import train

    limit = float(os.environ[LIMIT]) - 15  # its end, and its scores
    if folder := os.environ.get("RNNKIT_TEST_DATA"):
        os.environ.setdefault("RNNKIT_DATA", folder)
    import keras

    class InTime(keras.callbacks.Callback):
        """Ends the training before the time does."""

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            tell("epochs", epoch + 1)
            tell("validation perplexity", logs.get("val_perplexity"))
            spent = time.monotonic() - started
            self.model.stop_training |= spent + 1.5 * spent / (epoch + 1) > limit

    overrides = ["model.embedding=8"] if cpu else []
    overrides += [f"model.layers.{index}.lstm.units=8" for index in (1, 3)] if cpu else []
    try:
        shown = [InTime()]
        run = train("ptb_tied", overrides, smoke=cpu, backend_name="jax", callbacks=shown).run
    except RnnkitError as error:
        raise NotCheckedError(f"Penn Treebank is not here ({error})") from None
    tell("scores", json.loads(run.metrics.read_text(encoding="utf-8")))
