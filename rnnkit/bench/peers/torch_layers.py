"""Layers as a PyTorch script has them."""

from __future__ import annotations

from typing import Any

from rnnkit.bench.work import PeerLayer

ACTIVATIONS = {
    "linear": "Identity",
    "elu": "ELU",
    "gelu": "GELU",
    "relu": "ReLU",
    "relu6": "ReLU6",
    "selu": "SELU",
    "sigmoid": "Sigmoid",
    "silu": "SiLU",
    "softplus": "Softplus",
    "softsign": "Softsign",
    "tanh": "Tanh",
}
"""Keras' activations and torch's layers."""
OF_CELLS = {"activation": "tanh", "recurrent_activation": "sigmoid"}
"""Those that torch's recurrent layers have."""


def lacks(layer: PeerLayer) -> str:
    """What of a layer torch does not have; "" where it has all."""
    for key, own in OF_CELLS.items():
        wanted = layer.settings.get(key, own)
        if (layer.states and wanted != own) or wanted not in ACTIVATIONS:
            return f"{key} {wanted}, which torch's layer lacks"
    return ""


def module_of(layer: PeerLayer) -> Any:
    """The torch.nn.Module of a layer."""
    from torch import nn

    settings = layer.settings
    cells = {"lstm": nn.LSTM, "gru": nn.GRU, "simple_rnn": nn.RNN}
    if layer.kind in cells:
        both = layer.is_bidirectional
        return cells[layer.kind](
            layer.inputs, settings["units"], batch_first=True, bidirectional=both
        )
    if layer.kind == "embedding":
        return nn.Embedding(layer.inputs, settings["dim"])
    if layer.kind == "dense":
        linear = nn.Linear(layer.inputs, settings["units"])
        return nn.Sequential(linear, getattr(nn, ACTIVATIONS[settings["activation"]])())
    others = {"one_hot": _one_hot, "pool": _pool, "attention": _attention}
    return others[layer.kind](layer) if layer.kind in others else nn.Identity()


def _one_hot(layer: PeerLayer) -> Any:
    from torch import nn

    class OneHot(nn.Module):
        def forward(self, tokens: Any) -> Any:
            return nn.functional.one_hot(tokens, layer.inputs).float()

    return OneHot()


def _pool(layer: PeerLayer) -> Any:
    from torch import nn

    mode = layer.settings["mode"]

    class Pool(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            if mode == "attention":
                self.hidden = nn.Linear(layer.inputs, layer.inputs)
                self.score = nn.Linear(layer.inputs, 1, bias=False)

        def forward(self, x: Any) -> Any:
            if mode == "attention":
                return (self.score(self.hidden(x).tanh()).softmax(dim=1) * x).sum(dim=1)
            return {"mean": x.mean(dim=1), "max": x.amax(dim=1), "last": x[:, -1]}[mode]

    return Pool()


def _attention(layer: PeerLayer) -> Any:
    """Of Bahdanau or Luong, as tutorials write it."""
    import torch
    from torch import nn

    settings = layer.settings
    additive, units = settings["score"] == "additive", settings["units"]

    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            size = units if additive else layer.inputs
            self.keys = nn.Linear(settings["memory"], size, bias=additive)
            if additive:
                self.query = nn.Linear(layer.inputs, size, bias=False)
                self.score = nn.Linear(size, 1, bias=False)
            self.output = nn.Linear(settings["memory"] + layer.inputs, units, bias=False)

        def forward(self, x: Any, memory: Any) -> Any:
            keys = self.keys(memory)
            if additive:
                compared = self.query(x)[:, :, None] + keys[:, None]
                scores = self.score(compared.tanh())[..., 0]
            else:
                scores = torch.bmm(x, keys.transpose(1, 2))
            context = torch.bmm(scores.softmax(dim=-1), memory)
            return self.output(torch.cat([context, x], dim=-1)).tanh()

    return Attention()
