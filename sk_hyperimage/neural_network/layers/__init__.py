"""Layers and their notation: one file a kind of layer, with all that is to be known of it.

A new kind is a new file, with a subclass of `Layer`, and a row in `_kinds.py`. Neither the parser
nor the network, nor the encoding that overlapping patches share, knows a kind by name.
"""

from sk_hyperimage.neural_network.layers._layer import Layer, Shape, Step, trace_shapes
from sk_hyperimage.neural_network.layers._network import (
    Architecture,
    LayeredNet,
    build_module,
    comes_trained,
    make_module,
)
from sk_hyperimage.neural_network.layers._notation import n_parameters, parse

__all__ = [
    "Architecture",
    "Layer",
    "LayeredNet",
    "Shape",
    "Step",
    "build_module",
    "comes_trained",
    "make_module",
    "n_parameters",
    "parse",
    "trace_shapes",
]
