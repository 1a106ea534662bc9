"""A word that keeps training from the layers ahead of it."""

from __future__ import annotations

from dataclasses import dataclass

from sk_hyperimage.neural_network.layers._layer import Layer, Shape


@dataclass(frozen=True)
class Frozen(Layer):
    """Leave the weights of all layers ahead of it as they start; no gradients are computed."""

    word = "Frozen"
    needs_arguments = False
    freezes = True

    def module(self, shape: Shape) -> None:
        return None
