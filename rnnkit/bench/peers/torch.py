"""PyTorch: torch.nn.LSTM, GRU or RNN in a module, and a loop over batches."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from rnnkit.bench.peer import Peer, Unit, Work

BETA, EPSILON = 0.999, 1e-7
"""Of keras' Adam: how long squares of gradients are remembered, and what is added to their root."""


class Torch(Peer):
    """PyTorch."""

    requires: ClassVar[Mapping[str, str]] = {"torch": "torch"}
    verbs: ClassVar[tuple[str, ...]] = ("train", "generate", "predict")

    def prepare(self, work: Work) -> Unit:
        import torch

        model = _model(work)
        kind = np.int64 if work.reads_tokens else np.float32
        inputs = torch.from_numpy(work.inputs.astype(kind))
        if work.verb == "train":
            classes = work.loss == "cross_entropy" and not work.is_binary
            targets = torch.from_numpy(work.targets.astype(np.int64 if classes else np.float32))
            data = torch.utils.data.TensorDataset(inputs, targets)
            batches = torch.utils.data.DataLoader(data, batch_size=work.batch_size)
            optimizer = _adam(model, work.learning_rate)
            return lambda: _train(model, batches, optimizer, work)
        model.eval()
        if work.verb == "generate":
            seed = torch.from_numpy(work.seed.astype(np.int64))
            continued = _generate_carried if work.kind == "stream" else _generate
            return lambda: continued(model, seed, work.tokens)
        return lambda: _predict(model, inputs, work)


def _model(work: Work) -> Any:
    import torch
    from torch import nn

    cells = {"lstm": nn.LSTM, "gru": nn.GRU, "simple_rnn": nn.RNN}

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            size = work.features
            self.embedding = nn.Embedding(work.vocabulary, size) if work.reads_tokens else None
            self.layers = nn.ModuleList()
            for layer in work.layers:
                both = layer["bidirectional"]
                self.layers.append(
                    cells[layer["cell"]](size, layer["units"], batch_first=True, bidirectional=both)
                )
                size = layer["units"] * (1 + both)
            self.head = nn.Linear(size, work.classes)

        def forward(self, x: Any, states: Any = None) -> Any:
            """Logits, and the last state of each layer."""
            if self.embedding is not None:
                x = self.embedding(x)
            after = []
            for index, layer in enumerate(self.layers):
                x, state = layer(x, None if states is None else states[index])
                after.append(state)
            if work.kind != "last":
                return self.head(x), after
            last = state[0] if isinstance(state, tuple) else state
            both = layer.bidirectional
            return self.head(torch.cat([last[-2], last[-1]], dim=1) if both else last[-1]), after

    model = Model()
    _set_weights(model, work)
    return model


def _set_weights(model: Any, work: Work) -> None:
    """Keras' weights. Where keras has one bias, torch's second one stays at zero."""
    import torch

    directions = iter(work.recurrent_weights())
    with torch.no_grad():
        if work.reads_tokens:
            model.embedding.weight.copy_(torch.from_numpy(work.weights[0]))
        for layer, settings in zip(model.layers, work.layers, strict=True):
            for suffix in ("", "_reverse")[: 1 + settings["bidirectional"]]:
                kernel, recurrent, bias = next(directions)
                both = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
                arrays = {"weight_ih": kernel.T, "weight_hh": recurrent.T}
                arrays |= {"bias_ih": both[0], "bias_hh": both[1]}
                for name, array in arrays.items():
                    if settings["cell"] == "gru":  # z, r, h in keras; r, z, n in torch
                        z, r, h = np.split(array, 3)
                        array = np.concatenate([r, z, h])
                    parameter = getattr(layer, f"{name}_l0{suffix}")
                    parameter.copy_(torch.from_numpy(np.ascontiguousarray(array)))
                    parameter.requires_grad = name != "bias_hh" or bias.ndim == 2
        model.head.weight.copy_(torch.from_numpy(work.weights[-2].T.copy()))
        model.head.bias.copy_(torch.from_numpy(work.weights[-1]))


def _adam(model: Any, learning_rate: float) -> Any:
    """Adam with the steps of keras', which adds its epsilon to what is not yet corrected for the
    start of the averages; torch adds it afterwards.
    """
    import torch

    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, betas=(0.9, BETA))
    steps = itertools.count(1)

    def correct(optimizer: Any, *_: Any) -> None:
        share = 1 - BETA ** next(steps)
        for group in optimizer.param_groups:
            group["eps"] = EPSILON / math.sqrt(share)

    optimizer.register_step_pre_hook(correct)
    return optimizer


def _train(model: Any, batches: Any, optimizer: Any, work: Work) -> float:
    from torch import nn

    first, rows = 0.0, 0
    for number in range(work.passes):
        states = None
        for inputs, targets in batches:
            optimizer.zero_grad()
            outputs, after = model(inputs, states)
            states = _detached(after) if work.kind == "stream" else None
            loss = _loss(outputs, targets, work)
            loss.backward()
            if work.clip_norm is not None:
                nn.utils.clip_grad_norm_(model.parameters(), work.clip_norm)
            optimizer.step()
            if not number:
                first, rows = first + loss.item() * len(inputs), rows + len(inputs)
    return first / rows


def _loss(outputs: Any, targets: Any, work: Work) -> Any:
    import torch
    from torch.nn import functional

    if work.loss == "quantile":
        levels = torch.tensor(work.levels)
        errors = targets[..., None] - outputs.reshape(*targets.shape, len(work.levels))
        return torch.maximum(levels * errors, (levels - 1) * errors).mean()
    if work.loss != "cross_entropy":
        return {"mse": functional.mse_loss, "mae": functional.l1_loss}[work.loss](outputs, targets)
    if work.is_binary:
        return functional.binary_cross_entropy_with_logits(outputs[:, 0], targets)
    return functional.cross_entropy(outputs.reshape(-1, work.classes), targets.reshape(-1))


def _detached(states: Any) -> Any:
    """The same numbers: gradients go back no further."""
    return [
        tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
        for state in states
    ]


def _predict(model: Any, inputs: Any, work: Work) -> np.ndarray:
    import torch

    answers, states = [], None
    with torch.no_grad():
        for part in inputs.split(work.batch_size if work.kind == "stream" else 256):
            outputs, after = model(part, states)
            states = after if work.kind == "stream" else None
            answers.append(outputs.numpy())
    return np.concatenate(answers)


def _generate(model: Any, window: Any, count: int) -> list[int]:
    import torch

    tokens = []
    with torch.no_grad():
        for _ in range(count):
            token = model(window)[0].argmax(dim=1)
            tokens.append(int(token))
            window = torch.cat([window[:, 1:], token[None]], dim=1)
    return tokens


def _generate_carried(model: Any, seed: Any, count: int) -> list[int]:
    import torch

    tokens = []
    with torch.no_grad():
        logits, states = model(seed)
        for _ in range(count):
            token = logits[:, -1].argmax(dim=1)
            tokens.append(int(token))
            logits, states = model(token[None], states)
    return tokens
