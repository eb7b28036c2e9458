"""The model as a PyTorch script has it: a module of torch.nn's layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnkit.bench.peers.torch_layers import module_of
from rnnkit.bench.work import PeerLayer, Work


def build(work: Work) -> Any:
    """A torch.nn.Module with the weights of a work."""
    import torch
    from torch import nn

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList(map(module_of, work.layers))
            self.encoder = nn.ModuleList(map(module_of, work.encoder))
            kernels = work.of("condition")[::2]
            self.starts = nn.ModuleList(nn.Linear(*kernel.shape) for kernel in kernels)

        def start(self, context: Any) -> tuple[list[Any], Any]:
            """The state that each recurrent layer starts from, and the encoder's outputs."""
            memory = None
            if work.encoder:
                memory, context = _encoded(work.encoder, self.encoder, context)
            values = [torch.tanh(start(context))[None] for start in self.starts]
            return _grouped(values, work.layers), memory

        def forward(self, x: Any, states: Any = None, memory: Any = None) -> Any:
            """Logits, and the last state of each recurrent layer."""
            after: list[Any] = []
            for layer, module in zip(work.layers, self.layers, strict=True):
                if layer.states:
                    x, state = module(x, None if states is None else states[len(after)])
                    x = x if layer.sequence else _last(state)
                    after.append(state)
                elif layer.kind == "tied":
                    x = x @ self.layers[0].weight.T
                else:
                    x = module(x, memory) if layer.kind == "attention" else module(x)
            return x, after

    model = Model()
    _set_all(model, work)
    return model


def _encoded(layers: Sequence[PeerLayer], modules: Any, x: Any) -> tuple[Any, Any]:
    """An encoder's outputs, and the last ones of its recurrent layers side by side."""
    import torch

    last = []
    for layer, module in zip(layers, modules, strict=True):
        x = module(x)
        if layer.states:
            x, state = x
            last.append(_last(state))
    return x, torch.cat(last, dim=1)


def _grouped(values: Sequence[Any], layers: Sequence[PeerLayer]) -> list[Any]:
    """The state of each recurrent layer: a pair for an LSTM."""
    rest, states = iter(values), list[Any]()
    for layer in layers:
        own = tuple(next(rest) for _ in range(layer.states))
        if own:
            states.append(own if len(own) > 1 else own[0])
    return states


def _last(state: Any) -> Any:
    """The last output of each direction, side by side: (batch, features)."""
    import torch

    return torch.cat([*(state[0] if isinstance(state, tuple) else state)], dim=1)


def _set_all(model: Any, work: Work) -> None:
    import torch

    condition = work.of("condition")
    with torch.no_grad():
        for layers, modules in ((work.layers, model.layers), (work.encoder, model.encoder)):
            for layer, module in zip(layers, modules, strict=True):
                _set_weights(layer, module, work)
        for index, module in enumerate(model.starts):
            _set_dense(module, *condition[2 * index : 2 * index + 2])


def detached(states: Any) -> Any:
    """The same numbers: gradients go back no further."""
    return [
        tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
        for state in states
    ]


def _set_weights(layer: PeerLayer, module: Any, work: Work) -> None:
    import torch

    weights = work.of(layer.name)
    if layer.states:
        _set_recurrent(layer, module, weights)
    elif layer.kind == "embedding":
        module.weight.copy_(torch.from_numpy(weights[0]))
    elif layer.kind == "dense":
        _set_dense(module[0], *weights)
    elif layer.kind == "attention" and len(weights) > 2:
        keys, bias, query, score, output = weights
        _set_dense(module.keys, keys, bias)
        _set_dense(module.query, query)
        _set_dense(module.score, score)
        _set_dense(module.output, output)
    elif layer.kind == "attention":
        _set_dense(module.keys, weights[0])
        _set_dense(module.output, weights[1])
    elif weights:
        _set_dense(module.hidden, *weights[:2])
        _set_dense(module.score, weights[2])


def _set_dense(module: Any, kernel: np.ndarray, bias: np.ndarray | None = None) -> None:
    import torch

    module.weight.copy_(torch.from_numpy(kernel.T.copy()))
    if bias is not None:
        module.bias.copy_(torch.from_numpy(bias))


def _set_recurrent(layer: PeerLayer, module: Any, weights: Sequence[np.ndarray]) -> None:
    """Keras' weights. Where keras has one bias, torch's second one stays at zero."""
    import torch

    for number, suffix in enumerate(("", "_reverse")[: 1 + layer.is_bidirectional]):
        kernel, recurrent, bias = weights[3 * number : 3 * number + 3]
        both = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
        arrays = {"weight_ih": kernel.T, "weight_hh": recurrent.T}
        arrays |= {"bias_ih": both[0], "bias_hh": both[1]}
        for name, array in arrays.items():
            if layer.kind == "gru":  # z, r, h in keras; r, z, n in torch
                z, r, h = np.split(array, 3)
                array = np.concatenate([r, z, h])
            parameter = getattr(module, f"{name}_l0{suffix}")
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(array)))
            parameter.requires_grad = name != "bias_hh" or bias.ndim == 2
