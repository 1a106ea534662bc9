"""Common parts of layers with weights: activation functions, first weights, names."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "linear": nn.Identity,
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}


def activated(activation: str, **blocks: nn.Module) -> nn.Sequential:
    """Modules in a row, the activation function last.

    Their names keep those of weights apart from where padding or flattening stands.
    """
    return nn.Sequential(OrderedDict(blocks, activation=ACTIVATIONS[activation]()))


def he_normal(module: nn.Conv2d | nn.Linear) -> nn.Module:
    """The module with He-normal weights, drawn from torch's random state, and zero biases."""
    nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    nn.init.zeros_(module.bias)  # type: ignore[arg-type]
    return module
