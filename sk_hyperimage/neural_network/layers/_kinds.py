"""All kinds of layers, by their words in the notation."""

from __future__ import annotations

from sk_hyperimage.neural_network.layers._constrained import ConstrainedConv
from sk_hyperimage.neural_network.layers._conv import Conv
from sk_hyperimage.neural_network.layers._dropout import Dropout
from sk_hyperimage.neural_network.layers._fc import Dense
from sk_hyperimage.neural_network.layers._frozen import Frozen
from sk_hyperimage.neural_network.layers._input import Input
from sk_hyperimage.neural_network.layers._layer import Layer
from sk_hyperimage.neural_network.layers._normalization import BatchNorm, LocalResponseNorm
from sk_hyperimage.neural_network.layers._over_cells import Mean, MeanStd, WeightedMean
from sk_hyperimage.neural_network.layers._pairs import Fuse, Twins
from sk_hyperimage.neural_network.layers._pool import AveragePool, MaxPool, MinMaxPool

KINDS: dict[str, type[Layer]] = {
    kind.word: kind
    for kind in (
        Conv,
        ConstrainedConv,
        MaxPool,
        MinMaxPool,
        AveragePool,
        LocalResponseNorm,
        BatchNorm,
        Mean,
        MeanStd,
        WeightedMean,
        Dense,
        Dropout,
        Frozen,
        Input,
        Twins,
        Fuse,
    )
}
