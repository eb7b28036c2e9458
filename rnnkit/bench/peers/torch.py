"""PyTorch: torch.nn.LSTM, GRU or RNN in a module, and a loop over batches."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from rnnkit.bench.answers import ANSWERED
from rnnkit.bench.peer import Peer, Unit
from rnnkit.bench.peers.torch_layers import lacks
from rnnkit.bench.peers.torch_model import build, detached
from rnnkit.bench.work import PeerLayer, Work

BETA, EPSILON = 0.999, 1e-7
"""Of keras' Adam: how long squares of gradients are remembered, and what is added to their root."""


class Torch(Peer):
    """PyTorch."""

    requires: ClassVar[Mapping[str, str]] = {"torch": "torch"}
    verbs: ClassVar[tuple[str, ...]] = ("train", "generate", "predict")

    def lacks(self, layer: PeerLayer) -> str:
        return lacks(layer)

    def prepare(self, work: Work) -> Unit:
        import torch

        model = build(work)
        inputs, context = (_tensor(data) for data in (work.inputs, work.context))
        if work.verb == "train":
            classes = work.loss == "cross_entropy" and not work.is_binary
            targets = torch.from_numpy(work.targets.astype(np.int64 if classes else np.float32))
            parts = (inputs, targets, context) if work.kind == "conditioned" else (inputs, targets)
            data = torch.utils.data.TensorDataset(*parts)
            batches = torch.utils.data.DataLoader(data, batch_size=work.batch_size)
            optimizer = _adam(model, work.learning_rate)
            return lambda: _train(model, batches, optimizer, work)
        model.eval()
        if work.verb == "predict":
            return lambda: _predict(model, inputs, context, work)
        seed = _tensor(work.seed)
        if work.kind == "last":
            return lambda: _generate(model, seed, work.tokens)
        if work.kind == "conditioned":
            return lambda: _generate_carried(model, seed, work.tokens, context[:1])
        return lambda: _generate_carried(model, seed, work.tokens)


def _tensor(data: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(data.astype(np.int64 if data.dtype.kind == "i" else np.float32))


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
        for inputs, targets, *context in batches:
            optimizer.zero_grad()
            if context:
                outputs, _ = model(inputs, *model.start(*context))
            else:
                outputs, after = model(inputs, states)
                states = detached(after) if work.kind == "stream" else None
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
    if work.loss == "binary_cross_entropy":
        return functional.binary_cross_entropy_with_logits(outputs, targets)
    if work.loss != "cross_entropy":
        return {"mse": functional.mse_loss, "mae": functional.l1_loss}[work.loss](outputs, targets)
    if work.is_binary:
        return functional.binary_cross_entropy_with_logits(outputs[:, 0], targets)
    return functional.cross_entropy(outputs.reshape(-1, work.classes), targets.reshape(-1))


def _predict(model: Any, inputs: Any, context: Any, work: Work) -> np.ndarray:
    import torch

    size = work.batch_size if work.kind == "stream" else ANSWERED
    answers, states = [], None
    with torch.no_grad():
        for number, part in enumerate(inputs.split(size)):
            if work.kind == "conditioned":
                own = context[number * size : number * size + len(part)]
                outputs, _ = model(part, *model.start(own))
            else:
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


def _generate_carried(model: Any, seed: Any, count: int, context: Any = None) -> list[int]:
    import torch

    tokens = []
    with torch.no_grad():
        states, memory = (None, None) if context is None else model.start(context)
        logits, states = model(seed, states, memory)
        for _ in range(count):
            token = logits[:, -1].argmax(dim=1)
            tokens.append(int(token))
            logits, states = model(token[None], states, memory)
    return tokens
