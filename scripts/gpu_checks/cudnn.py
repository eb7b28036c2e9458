"""cuDNN as keras calls it: is it taken, and is it right?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from gpu_checks.results import NotCheckedError, Tell
from gpu_checks.works import begun, classifier


def cudnn(cpu: bool, tell: Tell) -> None:
    """Whether keras' LSTM and GRU are cuDNN's, by the compiled program; its known fault, with a
    dropout so small that it drops nothing: the outputs in training must be those without, and the
    backward half of a bidirectional LSTM was not; and rnnkit's layer, which goes round it.
    """
    import keras
    import numpy as np

    inputs = np.random.default_rng(0).normal(size=(4, 12, 8)).astype(np.float32)
    for kind in (keras.layers.LSTM, keras.layers.GRU):
        for use in ("auto", True, False):
            tell(f"{kind.__name__}, use_cudnn={use}: calls of", calls_of(kind(6, use_cudnn=use)))
    found = {}
    for use in ("auto", False):
        cell = keras.layers.LSTM(6, dropout=1e-7, return_sequences=True, use_cudnn=use)
        found[use] = apart(keras.layers.Bidirectional(cell), inputs)
        tell(f"keras, use_cudnn={use}: training - inference, of each half", found[use])
    for padded in (False, True):
        model = bidirectional(padded)
        inputs[::2, 9:] *= not padded  # numbers are padded with zeros
        own = apart(model, inputs)
        tell(f"rnnkit{', padded' if padded else ''}: training - inference", own)
        assert max(own) < 1e-4, f"rnnkit's bidirectional LSTM is misaligned: {own}"
    assert max(found[False]) < 1e-4, "the steps without cuDNN are misaligned too"
    if cpu:
        raise NotCheckedError("cuDNN runs on a GPU alone; without it both halves are right")


def calls_of(layer: Any) -> list[str] | str:
    """The libraries' functions that the compiled program of a layer calls."""
    import jax
    import keras
    import numpy as np

    model = keras.Sequential([keras.Input((12, 8)), layer])
    inputs = np.zeros((4, 12, 8), np.float32)
    try:
        program = jax.jit(lambda x: model(x)).lower(inputs).compile().as_text()
    except Exception as error:  # keras says that it has no cuDNN for it
        return f"refused: {str(error)[-100:]}"
    return sorted(set(re.findall(r'custom_call_target="([^"]+)"', program)))


def bidirectional(padded: bool) -> Any:
    """rnnkit's model of a bidirectional LSTM with a dropout of nothing, read by another LSTM."""
    import numpy as np

    lengths = np.array([9, 12] * 4 if padded else [12] * 8)
    values = np.random.default_rng(0).normal(size=(lengths.sum(), 8)).astype(np.float32)
    np.savez("few.npz", x=values, lengths=lengths, y=np.arange(8) % 2)
    config = classifier(True, "lstm")
    layers = [{"lstm": {"units": 6, "bidirectional": True, "dropout": 1e-7}}, {"lstm": 6}]
    config["model"]["layers"] = layers
    config["data"]["dataset"]["arrays"] = str(Path("few.npz").resolve())
    with begun(config) as fit:
        return fit.model


def apart(layer: Any, inputs: Any) -> list[float]:
    """How far both halves of outputs in training are from those of inference."""
    import numpy as np

    difference = np.abs(np.asarray(layer(inputs, training=True)) - np.asarray(layer(inputs)))
    return [float(half.max()) for half in np.array_split(difference, 2, axis=-1) if half.size]
