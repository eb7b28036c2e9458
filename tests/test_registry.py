from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
from typing import Any, get_args

import pytest

import rnnkit
from rnnkit import registry
from rnnkit.architecture import InputSpec
from rnnkit.config.spec import Spec
from rnnkit.errors import RnnkitError
from rnnkit.models.activations import ACTIVATIONS, Activation
from rnnkit.registry import (
    INITIALIZERS,
    OPTIMIZERS,
    TABLES,
    TASK_FORMS,
    base_of,
    lookup,
    name_of,
    offered,
    task_forms,
)
from rnnkit.tasks.task import Task

BASES: dict[str, type[Spec]] = {kind: base_of(kind) for kind in registry.BASES}


@pytest.mark.parametrize("kind", TABLES)
def test_lookup_resolves_every_entry_with_a_docstring(kind: str) -> None:
    for name in TABLES[kind]:
        found = lookup(kind, name)
        assert found.__module__.startswith("rnnkit."), name
        assert (found.__doc__ or "").strip(), name
        assert name_of(kind, found) == name


@pytest.mark.parametrize("kind", BASES)
def test_lookup_every_spec_is_of_its_kind(kind: str) -> None:
    for name in TABLES[kind]:
        spec = lookup(kind, name)
        assert issubclass(spec, BASES[kind]), name
        assert not inspect.isabstract(spec), name
        assert spec.short is None or spec.short in spec.model_fields, name
        assert "__doc__" not in vars(spec) or spec.__doc__ != BASES[kind].__doc__, name


def test_tables_register_every_spec() -> None:
    for module in pkgutil.walk_packages(rnnkit.__path__, "rnnkit."):
        # nor the library of the kernels, which is no module of Python's
        if not module.name.endswith(("__main__", ".librnnkit")):
            importlib.import_module(module.name)
    pending: list[type[Spec]] = [Spec]
    found: list[type[Spec]] = []
    while pending:
        for spec in pending.pop().__subclasses__():
            pending.append(spec)
            found.append(spec)
    forms = {form for name, keys in TASK_FORMS.items() for form in task_forms(name, keys)}
    assert all(issubclass(form, Task) and form.name() in TABLES["task"] for form in forms)
    missing = [
        spec.__qualname__
        for spec in found
        for kind, base in BASES.items()
        if spec.__module__.startswith("rnnkit.")
        and "[" not in spec.__name__  # what a generic base makes of its arguments
        and issubclass(spec, base)
        and not (kind == "layer" and issubclass(spec, InputSpec))
        and not spec.__name__.endswith(("Spec", "Dataset", "Task", "Format"))  # bases
        and "[" not in spec.__name__  # a generic base with its types
        and not spec.__name__.startswith("_")
        and getattr(spec, "added_by_task", None) is None
        and spec is not base
        and spec not in forms  # named by the task that they are a form of
        and name_of(kind, spec) not in TABLES[kind]
    ]
    assert missing == []


def test_tables_are_in_alphabetical_order() -> None:
    for table in TABLES.values():
        assert list(table) == sorted(table)


@pytest.mark.parametrize("kind", TABLES)
def test_lookup_unknown_name_lists_the_known_ones(kind: str) -> None:
    known = next(iter(TABLES[kind]))
    with pytest.raises(RnnkitError, match=f"{kind} '{known}x'") as caught:
        lookup(kind, f"{known}x", where="here")
    assert caught.value.where == "here"
    assert all(name in caught.value.expected for name in offered(kind))
    assert "Did you mean" in caught.value.hint


def test_lookup_of_a_users_module_needs_it_loaded() -> None:
    name = "antigravity:Spec"
    with pytest.raises(RnnkitError, match="not loaded"):
        lookup("layer", name)
    assert "antigravity" not in sys.modules
    assert lookup("layer", f"{__name__}:Mine") is Mine
    assert name_of("layer", Mine) == f"{__name__}:Mine"
    with pytest.raises(RnnkitError, match="'Missing'"):
        lookup("layer", f"{__name__}:Missing")


class Mine(Spec):
    """A user's own component."""


def test_lookup_of_every_component_imports_no_framework() -> None:
    program = """
import sys
from rnnkit.registry import TABLES, lookup
for kind, table in TABLES.items():
    for name in table:
        lookup(kind, name)
        found = {"keras", "tensorflow", "jax", "torch", "pandas", "sklearn", "matplotlib"} & sys.modules.keys()
        assert not found, (kind, name, found)
"""  # noqa: E501
    process = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr


# What follows holds the literal lists against keras itself.

TRAIN_HAS_THEM = {
    "self",
    "learning_rate",
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "name",
    "kwargs",
}
OPTIONS_OF_KERAS_TRAINING = {
    "use_ema",
    "ema_momentum",
    "ema_overwrite_frequency",
    "loss_scale_factor",
}
NOT_A_PLAIN_OPTIMIZER = {
    "LossScaleOptimizer",  # wraps another
    "MultiOptimizer",  # wraps several
    "Optimizer",  # the base
}
NOT_FOR_RNNS = {"Initializer", "STFT"}


def public_classes(module: Any, base: type[Any]) -> set[str]:
    """The names of the classes of a keras module, without its aliases."""
    return {
        value.__name__
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, base)
    }


def keras_defaults(keras_class: type[Any], but: set[str]) -> dict[str, Any]:
    """The arguments of a keras class and their defaults."""
    return {
        name: parameter.default
        for name, parameter in inspect.signature(keras_class.__init__).parameters.items()
        if name not in but
    }


def test_optimizers_are_those_of_keras() -> None:
    import keras

    ours = {lookup("optimizer", name).__name__ for name in OPTIMIZERS}
    assert (
        ours == public_classes(keras.optimizers, keras.optimizers.Optimizer) - NOT_A_PLAIN_OPTIMIZER
    )
    assert {name: name for name in OPTIMIZERS} == {
        lookup("optimizer", name).__name__.lower(): name for name in OPTIMIZERS
    }


def after_a_step(optimizer: Any) -> Any:
    """A matrix of ones after one step along a gradient of ones."""
    import keras
    import numpy as np

    variable = keras.Variable(np.ones((2, 3)), dtype="float32")
    optimizer.build([variable])
    optimizer.apply([keras.ops.ones((2, 3))], [variable])
    return np.asarray(variable)


def limits(spec: type[Spec]) -> list[dict[str, float]]:
    """The arguments of a spec at the very ends of what it accepts."""
    steps = {"ge": 0.0, "le": 0.0, "gt": 1e-9, "lt": -1e-9}
    return [
        {name: type(bound)(bound + step) if step == 0 else bound + step}
        for name, field in spec.model_fields.items()
        for item in field.metadata
        for kind, step in steps.items()
        if (bound := getattr(item, kind, None)) is not None
    ]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer_spec_is_that_of_keras(name: str) -> None:
    """Its arguments, their defaults and bounds, and what builds from it."""
    import keras

    spec = lookup("optimizer", name)
    own = getattr(keras.optimizers, spec.__name__)
    fields = {name: field for name, field in spec.model_fields.items() if name != "lazy"}  # our own
    assert {field: info.default for field, info in fields.items()} == keras_defaults(
        own, TRAIN_HAS_THEM | OPTIONS_OF_KERAS_TRAINING
    )
    for arguments in limits(spec):  # keras refuses none of what the spec accepts
        ((argument, value),) = arguments.items()
        assert getattr(spec(**arguments).build(0.1, None, None), argument) == value
    for clip_norm, clip_value in ((None, None), (1.0, None), (None, 0.5)):
        built = spec().build(0.25, clip_norm, clip_value)
        assert type(built) is own
        assert (float(built.learning_rate), built.clipnorm) == (0.25, None)
        assert (built.global_clipnorm, built.clipvalue) == (clip_norm, clip_value)
    assert (after_a_step(built) < 1).all()
    for argument, field in spec.model_fields.items():
        if "None" in str(field.annotation):
            assert (after_a_step(spec(**{argument: None}).build(0.25, None, None)) < 1).all()


def test_initializers_are_those_of_keras() -> None:
    import keras

    ours = {lookup("initializer", name).__name__ for name in INITIALIZERS}
    assert ours == public_classes(keras.initializers, keras.initializers.Initializer) - NOT_FOR_RNNS
    for name in INITIALIZERS:
        assert getattr(keras.initializers, name) is getattr(
            keras.initializers, lookup("initializer", name).__name__
        )


@pytest.mark.parametrize("name", INITIALIZERS)
def test_initializer_spec_is_that_of_keras(name: str) -> None:
    import keras
    import numpy as np

    spec = lookup("initializer", name)
    own = getattr(keras.initializers, spec.__name__)
    # The axes matter to convolutions only.
    but = {"self", "args", "kwargs", "seed", "input_axes", "output_axes"}
    defaults = keras_defaults(own, but)
    assert {field: info.default for field, info in spec.model_fields.items()} == defaults
    for arguments in ({}, *limits(spec)):
        built = spec(**arguments).build()
        assert type(built) is own
        assert np.isfinite(np.asarray(built((4, 12)))).all()


def test_initializers_of_a_bias_give_vectors() -> None:
    for name in INITIALIZERS:
        if name not in ("identity", "orthogonal"):
            assert tuple(lookup("initializer", name)().build()((12,)).shape) == (12,)
            layer = lookup("layer", "simple_rnn")(units=3, bias_initializer={name: {}})
            assert name_of("initializer", type(layer.bias_initializer)) == name


def test_activations_are_those_of_the_engine_and_of_keras() -> None:
    import keras

    assert set(get_args(Activation)) == ACTIVATIONS.keys()
    for name in get_args(Activation):
        assert keras.activations.get(name) is getattr(keras.activations, name)


def test_lookup_never_offers_what_only_python_makes() -> None:
    for name in ("memory_txets", "memory", "sries"):
        with pytest.raises(RnnkitError) as caught:
            lookup("dataset", name)
        assert "memory_" not in str(caught.value).replace(repr(name), "")
