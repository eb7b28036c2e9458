"""The one place that knows TensorFlow from JAX: choice of backend and device, seeding, and compiled
steps.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from rnnkit.errors import RnnkitError

BACKENDS = ("tensorflow", "jax")
DEVICES = ("auto", "cpu", "gpu")

Sums = dict[str, Any]
Carried = Sequence[Any]
"""The state of a stream model, one array (batch, units) after the other."""
Objective = Callable[[Any, Any, Any], Sums]
"""(outputs, targets, weights) -> sums over the batch, with "loss" and "weight" among them."""


def select(backend: str | None = None, device: str = "auto") -> None:
    """Chooses backend and device; call it before anything imports keras.

    Args:
        backend: "tensorflow" or "jax"; where None, KERAS_BACKEND decides, else TensorFlow.
        device: "auto" takes a GPU where there is one, "cpu" hides it, "gpu" insists on it.

    Raises:
        RnnkitError: If the backend is not installed or cannot be changed any more, or if there is
            no GPU.
    """
    if device not in DEVICES:
        raise RnnkitError("--device", f"found {device!r}", f"Expected one of: {', '.join(DEVICES)}")
    if "keras" in sys.modules:
        import keras

        if backend not in (None, keras.backend.backend()):
            raise RnnkitError(
                "--backend",
                f"{backend}, but keras is imported with {keras.backend.backend()}",
                "",
                "Start a new process",
            )
    else:
        chosen = backend or os.environ.get("KERAS_BACKEND", "tensorflow")
        if chosen not in BACKENDS:
            raise RnnkitError(
                "--backend" if backend else "KERAS_BACKEND",
                f"found {chosen!r}",
                f"Expected one of: {', '.join(BACKENDS)}",
            )
        if importlib.util.find_spec(chosen) is None:
            extra = "rnnkit[jax]" if chosen == "jax" else "rnnkit"
            raise RnnkitError(
                "--backend", f"{chosen} is not installed", "", f"Run `pip install '{extra}'`"
            )
        os.environ["KERAS_BACKEND"] = chosen
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        if device == "cpu":
            os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
            os.environ["JAX_PLATFORMS"] = "cpu"
        with _quietly():
            import keras
    if device == "gpu" and not gpus():
        raise RnnkitError(
            "--device",
            "gpu, but no GPU is visible",
            "",
            "Install the extra 'gpu' (TensorFlow) or jax[cuda], check the driver, or use"
            " --device cpu",
        )


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Hides TensorFlow's greetings, which its C++ side writes whatever the log level; shows them
    when something fails.
    """
    sys.stderr.flush()
    real_stderr = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        except BaseException:
            said.seek(0)
            os.write(real_stderr, said.read())
            raise
        finally:
            os.dup2(real_stderr, 2)
            os.close(real_stderr)


def gpus() -> list[str]:
    """The names of the GPUs that the backend sees."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        return [str(device) for device in jax.devices() if device.platform == "gpu"]
    import tensorflow as tf

    return [device.name for device in tf.config.list_physical_devices("GPU")]


def seed(random_seed: int) -> None:
    """Seeds Python, NumPy and keras, and asks for operations that give the same result every
    time."""
    import keras

    with _quietly():  # under JAX this imports TensorFlow where it is installed
        keras.utils.set_random_seed(random_seed)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


class TrainStep:
    """One compiled step of training, on the batch as it is: (inputs, targets, weights) -> sums over
    the batch.

    Keras' own `train_on_batch` spends as long on bookkeeping as a small model takes to compute;
    this runs the same mathematics. On JAX the variables live outside the model between two calls of
    `sync`.

    Args:
        model: A built keras.Model.
        optimizer: A keras optimizer; built here.
        objective: The sums of a batch; the gradient is that of the mean loss plus the model's own
            losses.
        carried: The state that the model takes beside its inputs and gives beside its outputs,
            carried from step to step; none where empty.
    """

    def __init__(self, model: Any, optimizer: Any, objective: Objective, carried: Carried = ()):
        import keras

        self.carried = carried
        self._model, self._optimizer, self._objective = model, optimizer, objective
        optimizer.build(model.trainable_variables)
        self._names: list[str] = []
        self._learning_rate: float | None = None
        self._on_jax = keras.backend.backend() == "jax"
        self._state: list[list[Any]] | None = None
        self._step = self._compile_jax() if self._on_jax else self._compile_tensorflow()

    def __call__(
        self, inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray, learning_rate: float
    ) -> dict[str, float]:
        if self._on_jax:
            if self._state is None:
                self._state = [
                    [variable.value for variable in group] for group in self._variables()
                ]
            self._state[2][self._learning_rate_index] = np.float32(learning_rate)
            *self._state, self.carried, sums = self._step(
                *self._state, self.carried, inputs, targets, weights
            )
        else:
            if learning_rate != self._learning_rate:
                self._optimizer.learning_rate = self._learning_rate = learning_rate
            self.carried, sums = self._step(tuple(self.carried), inputs, targets, weights)
        return dict(zip(self._names, np.asarray(sums).tolist(), strict=True))

    def sync(self) -> None:
        """Brings the model's and the optimizer's variables up to date; needed before anything reads
        or sets them.
        """
        if self._state is not None:
            for group, values in zip(self._variables(), self._state, strict=True):
                for variable, value in zip(group, values, strict=True):
                    variable.assign(value)
            self._state = None
        self._learning_rate = None

    def _variables(self) -> tuple[list[Any], list[Any], list[Any]]:
        return (
            self._model.trainable_variables,
            self._model.non_trainable_variables,
            self._optimizer.variables,
        )

    def _total(
        self, outputs: Any, targets: Any, weights: Any, losses: list[Any]
    ) -> tuple[Any, Any]:
        from keras import ops

        sums = self._objective(outputs, targets, weights)
        self._names = list(sums)
        return sum(losses, start=sums["loss"] / sums["weight"]), ops.stack(
            [ops.cast(value, "float32") for value in sums.values()]
        )

    def _compile_tensorflow(self) -> Callable[..., Any]:
        import tensorflow as tf

        # Autograph would read this file again, whatever has become of it since; batches of unequal
        # length share one graph.
        @tf.function(autograph=False, reduce_retracing=True)
        def step(carried: Any, inputs: Any, targets: Any, weights: Any) -> Any:
            with tf.GradientTape() as tape:
                outputs, carried = _apart(
                    self._model(_together(inputs, carried), training=True), carried
                )
                loss, sums = self._total(outputs, targets, weights, self._model.losses)
            gradients = tape.gradient(loss, self._model.trainable_variables)
            if self._optimizer.global_clipnorm or self._optimizer.clipvalue:
                # An embedding's gradient is a list of rows; a row that comes twice must be added up
                # before it is measured.
                gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
            self._optimizer.apply(gradients, self._model.trainable_variables)
            return carried, sums

        compiled: Callable[..., Any] = step
        return compiled

    def _compile_jax(self) -> Callable[..., Any]:
        import jax

        paths = [variable.path for variable in self._optimizer.variables]
        self._learning_rate_index = next(
            index for index, path in enumerate(paths) if path.endswith("learning_rate")
        )

        def mean_loss(
            trainable: Any, others: Any, carried: Any, inputs: Any, targets: Any, weights: Any
        ) -> Any:
            answer, others, losses = self._model.stateless_call(
                trainable, others, _together(inputs, carried), training=True, return_losses=True
            )
            outputs, carried = _apart(answer, carried)
            loss, sums = self._total(outputs, targets, weights, losses)
            return loss, (others, carried, sums)

        def step(trainable: Any, others: Any, slots: Any, carried: Any, *batch: Any) -> Any:
            (_, (others, carried, sums)), gradients = jax.value_and_grad(mean_loss, has_aux=True)(
                trainable, others, carried, *batch
            )
            trainable, slots = self._optimizer.stateless_apply(slots, gradients, trainable)
            return list(trainable), list(others), list(slots), carried, sums

        return jax.jit(step)


def _together(inputs: Any, carried: Any) -> Any:
    """What a model takes: its inputs, and the carried state where it has one."""
    if isinstance(inputs, tuple):
        return [*inputs, *carried]
    return [inputs, *carried] if carried else inputs


def _apart(answer: Any, carried: Any) -> tuple[Any, Any]:
    """What a model gives: its outputs, and the new state where it has one."""
    return (answer[0], tuple(answer[1:])) if carried else (answer, ())


class TestStep:
    """One compiled step of scoring: (inputs, targets, weights) -> sums over the batch. Changes
    nothing but the carried state.
    """

    __test__ = False  # not a test case, whatever pytest makes of the name

    def __init__(self, model: Any, objective: Objective, carried: Carried = ()):
        import keras

        self.carried = carried
        self._names: list[str] = []
        self._model, self._objective = model, objective
        self._on_jax = keras.backend.backend() == "jax"
        if self._on_jax:
            import jax

            def step(trainable: Any, others: Any, carried: Any, inputs: Any, *rest: Any) -> Any:
                answer, _ = model.stateless_call(
                    trainable, others, _together(inputs, carried), training=False
                )
                outputs, carried = _apart(answer, carried)
                return carried, self._sums(outputs, *rest)

            self._step = jax.jit(step)
        else:
            import tensorflow as tf

            def step_eagerly(carried: Any, inputs: Any, *rest: Any) -> Any:
                outputs, carried = _apart(
                    model(_together(inputs, carried), training=False), carried
                )
                return carried, self._sums(outputs, *rest)

            self._step = tf.function(step_eagerly, autograph=False, reduce_retracing=True)

    def __call__(
        self, inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray
    ) -> Mapping[str, float]:
        variables = (
            [
                [variable.value for variable in group]
                for group in (self._model.trainable_variables, self._model.non_trainable_variables)
            ]
            if self._on_jax
            else []
        )
        self.carried, sums = self._step(*variables, tuple(self.carried), inputs, targets, weights)
        return dict(zip(self._names, np.asarray(sums).tolist(), strict=True))

    def _sums(self, outputs: Any, targets: Any, weights: Any) -> Any:
        from keras import ops

        sums = self._objective(outputs, targets, weights)
        self._names = list(sums)
        return ops.stack([ops.cast(value, "float32") for value in sums.values()])
