"""SSD300, the detector of paper 3, over an atrous VGG-16 or a ResNet-101."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from sk_hyperimage.neural_network.detection._boxes import DetectionArchitecture
from sk_hyperimage.neural_network.detection._prior_boxes import PriorBoxes
from sk_hyperimage.neural_network.detection._priors import MAPS, SIDE, boxes_per_cell
from sk_hyperimage.neural_network.layers import Shape
from sk_hyperimage.neural_network.trunks import (
    Release,
    Trunk,
    check_rgb,
    choose_release,
    file_of,
    network_of,
    read_trunk,
)

# Stages of trunks whose maps are read, and their filters.
READ = {
    "atrous_vgg16": {"conv4_3": 512, "fc7": 1024},
    "resnet101": {"layer2": 512, "layer3": 1024, "layer4": 2048},
}
# Further maps: filters of 1 x 1, of 3 x 3, and the stride of these; without a border from the
# fifth map on.
EXTRAS = ((256, 512, 2), (128, 256, 2), (128, 256, 1), (128, 256, 1))
# What the map of conv4_3 is scaled to at first: it is larger than the others by as much.
FIRST_NORM = 20.0


@dataclass(frozen=True)
class SSD300(DetectionArchitecture):
    """The single shot multibox detector on images of 300 x 300 pixels.

    Given to a RegionDetector as `layers`. Six maps, from 38 x 38 cells to one, tell for 8732
    default boxes which kind of region they hold and how they are to be moved.

    Parameters
    ----------
    trunk : {"atrous_vgg16", "resnet101"}, default="atrous_vgg16"
        The network whose maps are read: conv4_3 and fc7, or layer2 to layer4.
    weights : str, default=None
        Which of the published weights the trunk starts from, by torchvision's name; None is
        "IMAGENET1K_V1". "random" starts it from weights at random.
    path : str or path-like, default=None
        The file of these weights, as in :class:`PretrainedNetwork`; or of the `weights_` of a
        CNNClassifier with the same trunk that was fine-tuned before, as in the paper.
    frozen : str, default=None
        The last stage of the trunk that keeps its weights. None trains all.

    Raises
    ------
    FileNotFoundError
        In `fit`, if there is no such file.
    ValueError
        In `fit`, if a parameter is none of the above, if images are not RGB of 300 x 300 pixels,
        or if the file is not one of the trunk's.

    See Also
    --------
    RegionDetector : Trains it.
    RegionNetwork : A small network, which trains on a processor.

    Notes
    -----
    Of 9 outputs a box, 8 kinds and none, it has 24,681,542 parameters over "atrous_vgg16". The
    published training is ``RegionDetector(SSD300(), solver="sgd", nesterovs_momentum=False,
    learning_rate_init=1e-3, alpha=5e-4, batch_size=32, augmentation="horizontal",
    score_threshold=0.01, max_detections=200)`` over 120,000 updates.

    The paper does not say which maps of ResNet-101 are read; these have the same numbers of cells
    as those of VGG-16, and so the same default boxes.

    References
    ----------
    W. Liu et al., "SSD: single shot multibox detector", ECCV 2016. N. Ahn, B. Kang and K.-A.
    Sohn, "Image distortion detection using convolutional neural network", ACPR 2017, Section 2.2.

    Examples
    --------
    >>> from sk_hyperimage.neural_network import RegionDetector, SSD300
    >>> model = RegionDetector(SSD300(path="vgg16-397923af.pth"), augmentation="horizontal")
    """

    trunk: str = "atrous_vgg16"
    weights: str | None = None
    path: str | os.PathLike | None = None
    frozen: str | None = None

    def __post_init__(self) -> None:
        if self.path is not None:  # as text, which files hold
            object.__setattr__(self, "path", os.fspath(self.path))

    def __call__(self, *, input_shape: Shape, n_outputs: int | None) -> SSDNet:
        """Build the network, the weights of its trunk loaded.

        Parameters
        ----------
        input_shape : tuple of int
            (300, 300, 3).
        n_outputs : int
            Number of kinds.
        """
        net = self.untrained(input_shape=input_shape, n_outputs=n_outputs)
        if self.weights != "random":
            path = file_of(self._release(), self.path, self._owner)
            read = read_trunk(self.trunk, list(READ[self.trunk])[-1], path)
            net.trunk.load_state_dict(read, strict=False)
        return net

    def untrained(self, *, input_shape: Shape, n_outputs: int | None) -> SSDNet:
        """The same network before its file is read, for the weights of a fitted model."""
        if self.trunk not in READ:
            raise ValueError(f"trunk of SSD300 must be one of {list(READ)}, got {self.trunk!r}")
        check_rgb(input_shape, self._owner)
        if tuple(input_shape[:2]) != (SIDE, SIDE):
            raise ValueError(
                f"{self._owner} takes images of {SIDE} x {SIDE} pixels, got samples of shape "
                f"{tuple(input_shape)}; a RegionNetwork takes any"
            )
        before = self._release().standardize()
        trunk = network_of(self.trunk).trunk(None, before=before)
        if self.frozen is not None:
            trunk.freeze(self.frozen)
        return SSDNet(trunk, READ[self.trunk], n_outputs or 0)

    def task(self, n_kinds: int, max_detections: int, score_threshold: float) -> PriorBoxes:
        """Default boxes."""
        return PriorBoxes(n_kinds, max_detections, score_threshold)

    @property
    def _owner(self) -> str:
        """What messages call this."""
        return f"SSD300({self.trunk!r})"

    def _release(self) -> Release:
        weights = None if self.weights == "random" else self.weights
        return choose_release(network_of(self.trunk).releases, weights, self._owner)


class SSDNet(nn.Module):
    """The network of SSD300, from batches (n, 300, 300, 3).

    Parameters
    ----------
    trunk : Trunk
    read : dict of str to int
        Stages of the trunk and their filters.
    n_kinds : int
    """

    def __init__(self, trunk: Trunk, read: dict[str, int], n_kinds: int):
        super().__init__()
        self.trunk = trunk
        self.read = tuple(read)
        self.n_columns = n_kinds + 1 + 4
        widths = list(read.values())
        self.extras = nn.ModuleList()
        for n_map in range(len(widths), len(MAPS)):
            narrow, wide, stride = EXTRAS[n_map - 2]
            self.extras.append(
                nn.Sequential(
                    nn.Conv2d(widths[-1], narrow, 1),
                    nn.ReLU(),
                    nn.Conv2d(narrow, wide, 3, stride, padding=stride - 1),
                    nn.ReLU(),
                )
            )
            widths.append(wide)
        # Maps of a network without normalization differ in size; conv4_3 has the largest values.
        first = widths[0] if "conv4_3" in read else 0
        self.scale = nn.Parameter(torch.full((first,), FIRST_NORM))
        self.predictors = nn.ModuleList(
            nn.Conv2d(width, boxes_per_cell(elongated) * self.n_columns, 3, padding=1)
            for width, (_, _, elongated) in zip(widths, MAPS, strict=True)
        )
        for module in [*self.extras.modules(), *self.predictors]:
            if isinstance(module, nn.Conv2d):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)  # type: ignore[arg-type]

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Outputs of default boxes, (n, 8732, n_kinds + 5); see PriorBoxes."""
        outputs = []
        for maps, predictor in zip(self._maps(batch), self.predictors, strict=True):
            of_cells = predictor(maps).permute(0, 2, 3, 1)
            outputs.append(of_cells.reshape(len(batch), -1, self.n_columns))
        return torch.cat(outputs, dim=1)

    def _maps(self, batch: torch.Tensor) -> list[torch.Tensor]:
        """The six maps, from the finest."""
        maps = self.trunk.before(batch.permute(0, 3, 1, 2))
        found = []
        for stage in self.trunk.up_to(self.read[-1]):
            maps = stage.compute(maps)
            if stage.name in self.read:
                found.append(maps)
        for extra in self.extras:
            found.append(extra(found[-1]))
        if len(self.scale):
            found[0] = functional.normalize(found[0], dim=1) * self.scale[:, None, None]
        return found
