"""Atrous VGG-16: the dense layers of VGG-16 as convolutions, of a fourth of the units."""

from __future__ import annotations

from functools import partial

import torch
from torch import nn
from torch.nn import functional

from sk_hyperimage.neural_network.trunks._plain import VGG16
from sk_hyperimage.neural_network.trunks._trunk import Stage, Trunk

# Every so many units of VGG-16 are kept, and places of the 7 x 7 that its fc6 reads; what lies
# between them in the image is skipped, and twice as much where pool5 no longer halves the map.
UNITS, PLACES, DILATION = 4, 3, 6
N_UNITS = VGG16.n_units // UNITS


class AtrousVGG16(Trunk):
    """VGG-16 without its last halving, whose fc6 and fc7 are convolutions (Section 2.1).

    Parameters
    ----------
    n_outputs : int or None
        Of the last layer, of the mean of fc7 over all places; None leaves it out.
    before : torch.nn.Module or None
    dropout : float

    References
    ----------
    L.-C. Chen, G. Papandreou, I. Kokkinos, K. Murphy and A. L. Yuille, "DeepLab", 2016. W. Liu et
    al., "SSD: single shot multibox detector", ECCV 2016, Section 3: its poolings and dilation.
    """

    def __init__(self, n_outputs: int | None, before: nn.Module | None, dropout: float):
        super().__init__(before, dropout)
        self.features = nn.ModuleDict()
        n_channels, number = 3, -2
        for conv in VGG16.convolutions:
            number += 2 + conv.pooled
            self.features[str(number)] = nn.Conv2d(n_channels, conv.n_filters, 3, padding=1)
            n_channels = conv.n_filters
        self.classifier = nn.ModuleDict(
            {
                "0": nn.Conv2d(n_channels, N_UNITS, 3, padding=DILATION, dilation=DILATION),
                "3": nn.Conv2d(N_UNITS, N_UNITS, 1),
            }
        )
        if n_outputs is not None:
            self.classifier["6"] = nn.Linear(N_UNITS, n_outputs)

    def stages(self) -> list[Stage]:
        """The stages of VGG-16, by its names."""
        stages = [
            Stage(conv.name, (module,), partial(self._convolve, conv.pooled, module))
            for conv, module in zip(VGG16.convolutions, self.features.values(), strict=True)
        ]
        first, second, *last = self.classifier.values()
        stages.append(Stage("fc6", (first,), partial(self._first_of_dense, first)))
        stages.append(Stage("fc7", (second,), partial(self._convolve, False, second)))
        for module in last:
            stages.append(Stage("fc8", (module,), partial(self._last, module)))
        return stages

    def _convolve(self, pooled: bool, module: nn.Module, maps: torch.Tensor) -> torch.Tensor:
        if pooled:  # odd maps are rounded up: 300 pixels make maps of 150, 75, 38 and 19
            maps = functional.max_pool2d(maps, 2, ceil_mode=True)
        return torch.relu(module(maps))

    def _first_of_dense(self, module: nn.Module, maps: torch.Tensor) -> torch.Tensor:
        return torch.relu(module(functional.max_pool2d(maps, 3, stride=1, padding=1)))

    def _last(self, module: nn.Module, maps: torch.Tensor) -> torch.Tensor:
        return module(self.dropout(maps.mean(dim=(2, 3))))


def subsampled(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Weights of an atrous VGG-16 from those of VGG-16, by the same names.

    Every fourth unit of fc6 and fc7 is kept, and of the 7 x 7 places that a unit of fc6 reads
    every third. The last layer is left out: it is always a new one.
    """
    kept = {name: w for name, w in weights.items() if not name.startswith("classifier.6.")}
    for name in kept:
        if name == "classifier.0.weight":
            whole = kept[name].reshape(VGG16.n_units, -1, VGG16.cells, VGG16.cells)
            kept[name] = whole[::UNITS, :, ::PLACES, ::PLACES].contiguous()
        elif name == "classifier.3.weight":
            kept[name] = kept[name][::UNITS, ::UNITS, None, None].contiguous()
        elif name.startswith("classifier."):
            kept[name] = kept[name][::UNITS].contiguous()
    return kept
