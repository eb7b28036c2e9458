"""What an optimizer of keras does on TensorFlow, in fewer passes over the variables: keras writes
each product and each sum of an update as an operation of its own, which reads and writes memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np


def fuse(optimizer: Any) -> None:
    """Gives an optimizer TensorFlow's own Adam, which is one operation where keras' takes thirteen,
    and a norm of all gradients that writes none of them.
    """
    import keras

    is_adam = type(optimizer).update_step is keras.optimizers.Adam.update_step
    if is_adam and not optimizer.amsgrad:
        optimizer.update_step = partial(_adam, optimizer, optimizer.update_step)
    if optimizer.global_clipnorm:
        optimizer._clip_gradients = partial(_clipped, optimizer.global_clipnorm)


def _adam(optimizer: Any, of_keras: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
    """m and v are the running averages of gradients g and of their squares; of step t = 1, 2, ...
    the variable loses rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) * m / (sqrt(v) + epsilon).
    """
    import tensorflow as tf
    from keras import ops

    if variable.dtype != "float32":
        of_keras(gradient, variable, learning_rate)
        return
    index = optimizer._get_variable_index(variable)
    slots = (slot[index].value for slot in (optimizer._momentums, optimizer._velocities))
    momentum, velocity = (slot.handle for slot in slots)
    step = ops.cast(optimizer.iterations + 1, "float32")  # no variable where steps are averaged
    # TensorFlow's 1 - beta_2 is of single precision, 5e-5 more than keras' where beta_2 is 0.999,
    # and v with it; what it divides takes this back
    more = float(np.sqrt((1 - np.float32(optimizer.beta_2)) / (1 - optimizer.beta_2)))
    tf.raw_ops.ResourceApplyAdam(
        var=variable.handle,
        m=momentum,
        v=velocity,
        beta1_power=tf.pow(optimizer.beta_1, step),
        beta2_power=tf.pow(optimizer.beta_2, step),
        lr=learning_rate * more,
        beta1=optimizer.beta_1,
        beta2=optimizer.beta_2,
        epsilon=optimizer.epsilon * more,
        grad=gradient,
    )


def _clipped(limit: float, gradients: Sequence[Any]) -> list[Any]:
    """Gradients whose norm, of all together, is at most `limit`; what is not finite stays so."""
    import tensorflow as tf

    squares = [2.0 * tf.nn.l2_loss(gradient) for gradient in gradients if gradient is not None]
    norm = tf.sqrt(tf.add_n(squares))
    scale = limit * tf.minimum(1.0 / norm, 1.0 / limit) + (norm - norm)
    return [None if gradient is None else gradient * scale for gradient in gradients]
