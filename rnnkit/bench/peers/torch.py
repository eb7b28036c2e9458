"""PyTorch: torch.nn.LSTM, GRU or RNN in a module, and a loop over batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from rnnkit.bench.peer import Peer, Unit, Work


class Torch(Peer):
    """PyTorch."""

    requires: ClassVar[Mapping[str, str]] = {"torch": "torch"}
    verbs: ClassVar[tuple[str, ...]] = ("train", "generate", "predict")

    def prepare(self, work: Work) -> Unit:
        import torch

        model = _model(work)
        inputs = torch.from_numpy(work.inputs.astype(np.int64))
        if work.verb == "train":
            kind = np.float32 if work.classes == 1 else np.int64
            targets = torch.from_numpy(work.targets.astype(kind))
            data = torch.utils.data.TensorDataset(inputs, targets)
            batches = torch.utils.data.DataLoader(data, batch_size=work.batch_size)
            # keras' epsilon, so that both take the same steps
            optimizer = torch.optim.Adam(model.parameters(), lr=work.learning_rate, eps=1e-7)
            return lambda: _train(model, batches, optimizer, work)
        model.eval()
        if work.verb == "generate":
            return lambda: _generate(model, inputs[:1], work.tokens)
        return lambda: _predict(model, inputs)


def _model(work: Work) -> Any:
    import torch
    from torch import nn

    cells = {"lstm": nn.LSTM, "gru": nn.GRU, "simple_rnn": nn.RNN}

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            size = work.weights[0].shape[1]
            self.embedding = nn.Embedding(work.vocabulary, size)
            self.layers = nn.ModuleList()
            for layer in work.layers:
                both = layer["bidirectional"]
                self.layers.append(
                    cells[layer["cell"]](size, layer["units"], batch_first=True, bidirectional=both)
                )
                size = layer["units"] * (1 + both)
            self.head = nn.Linear(size, work.classes)

        def forward(self, ids: Any) -> Any:
            x = self.embedding(ids)
            for layer in self.layers:
                x, state = layer(x)
            last = state[0] if isinstance(state, tuple) else state
            both = layer.bidirectional
            return self.head(torch.cat([last[-2], last[-1]], dim=1) if both else last[-1])

    model = Model()
    _set_weights(model, work)
    return model


def _set_weights(model: Any, work: Work) -> None:
    """Keras' weights. Where keras has one bias, torch's second one stays at zero."""
    import torch

    directions = iter(work.recurrent_weights())
    with torch.no_grad():
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


def _train(model: Any, batches: Any, optimizer: Any, work: Work) -> float:
    from torch import nn

    binary = nn.BCEWithLogitsLoss()
    categorical = nn.CrossEntropyLoss()
    first, rows = 0.0, 0
    for number in range(work.passes):
        for ids, targets in batches:
            optimizer.zero_grad()
            logits = model(ids)
            loss = (
                binary(logits[:, 0], targets) if work.classes == 1 else categorical(logits, targets)
            )
            loss.backward()
            if work.clip_norm is not None:
                nn.utils.clip_grad_norm_(model.parameters(), work.clip_norm)
            optimizer.step()
            if not number:
                first, rows = first + loss.item() * len(ids), rows + len(ids)
    return first / rows


def _predict(model: Any, inputs: Any) -> np.ndarray:
    import torch

    with torch.no_grad():
        return np.concatenate([model(part).numpy() for part in inputs.split(256)])


def _generate(model: Any, window: Any, count: int) -> list[int]:
    import torch

    tokens = []
    with torch.no_grad():
        for _ in range(count):
            token = model(window).argmax(dim=1)
            tokens.append(int(token))
            window = torch.cat([window[:, 1:], token[None]], dim=1)
    return tokens
