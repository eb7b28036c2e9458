"""Updates of keras' optimizers on TensorFlow in fewer passes over memory: keras makes each product
and each sum of an update an operation of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np


def fuse(optimizer: Any) -> None:
    """Replaces an optimizer's Adam update by TensorFlow's, one operation instead of thirteen, and
    its clipping by one that computes the global norm without writing gradients.
    """
    import keras

    is_adam = type(optimizer).update_step is keras.optimizers.Adam.update_step
    if is_adam and not optimizer.amsgrad:
        optimizer.update_step = partial(_adam, optimizer, optimizer.update_step)
    if optimizer.global_clipnorm:
        optimizer._clip_gradients = partial(_clipped, optimizer.global_clipnorm)


def _adam(optimizer: Any, of_keras: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
    """Adam: m and v are running averages of gradients and of their squares; at step t = 1, 2, ...
    the variable is reduced by rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) * m / (sqrt(v) + epsilon).
    """
    import tensorflow as tf
    from keras import ops

    if variable.dtype != "float32":
        of_keras(gradient, variable, learning_rate)
        return
    index = optimizer._get_variable_index(variable)
    slots = (slot[index].value for slot in (optimizer._momentums, optimizer._velocities))
    momentum, velocity = (slot.handle for slot in slots)
    step = ops.cast(optimizer.iterations + 1, "float32")  # not a variable if weights are averaged
    # TensorFlow computes 1 - beta_2 in single precision, so that v is larger than keras', by 5e-5
    # for beta_2 = 0.999; a larger rate and epsilon compensate for that
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
    """Gradients scaled to a global norm of at most `limit`; numbers that are not finite stay so."""
    import tensorflow as tf

    squares = [2.0 * tf.nn.l2_loss(gradient) for gradient in gradients if gradient is not None]
    norm = tf.sqrt(tf.add_n(squares))
    scale = limit * tf.minimum(1.0 / norm, 1.0 / limit) + (norm - norm)
    return [None if gradient is None else gradient * scale for gradient in gradients]
