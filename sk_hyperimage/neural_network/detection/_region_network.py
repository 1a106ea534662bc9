"""The light detector: a map of cells, context from coarser ones, and boxes told by every cell."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from sk_hyperimage.neural_network.detection._boxes import DetectionArchitecture
from sk_hyperimage.neural_network.detection._cells import N_GEOMETRY, CellBoxes
from sk_hyperimage.neural_network.layers import (
    LayeredNet,
    Shape,
    build_module,
    parse,
    trace_shapes,
)

# Cells of 8 x 8 pixels, described from all pixels, because noise shows in the finest detail and
# would be lost by reducing the image first.
TRUNK = "C(24,5,2,linear) BN(relu) C(40,3,2,linear) BN(relu) C(64,3,2,linear) BN(relu)"
# Maps of cells of 16 x 16, and of those in turn of 32 x 32 pixels, which see as far as a large
# region reaches: 170 pixels to each side.
CONTEXT = (
    "C(96,3,2,linear) BN(relu) 2x(C(96,linear) BN(relu))",
    "C(128,3,2,linear) BN(relu) 3x(C(128,linear) BN(relu))",
)
# On the sum of all.
HEAD = "C(64,linear) BN(relu)"

# A side on which layers are tried to learn their stride; strides are powers of two.
TRIED_SIDE = 1024
# What makes pixels in [0, 1] and their residuals numbers around 0 of about 1.
PIXEL_SCALE, RESIDUAL_SCALE = 4.0, 32.0
# Boxes begin with this distance, in cells, to their sides.
FIRST_DISTANCE = 8.0


@dataclass(frozen=True)
class RegionNetwork(DetectionArchitecture):
    """Small fully convolutional network that finds regions, without anchors.

    Given to a RegionDetector as `layers`. A trunk describes square cells of an image, further
    layers see its map ever more coarsely and so widely, all are added, and from the sum every
    cell tells its kind and the distances to the sides of its region. The network works on images
    of any size, and in training needs those of one size.

    Parameters
    ----------
    trunk : str, default="C(24,5,2,linear) BN(relu) C(40,3,2,linear) BN(relu) C(64,3,2,linear) \
BN(relu)"
        Convolutions, poolings and normalizations in the notation, with "same" padding, whose
        strides multiply to a power of two: the default makes cells of 8 x 8 pixels.
    context : tuple of str
        The same, each for the map that the one before it makes, the first for that of the trunk.
        What they make is enlarged again and added to what they were given, the last first. The
        default makes cells of 16 x 16 pixels of 96 filters and of 32 x 32 pixels of 128, with 3
        and 4 convolutions, and sees 170 pixels to each side.
    head : str or None, default="C(64,linear) BN(relu)"
        The same, of stride 1, for the sum.
    residuals : bool, default=True
        Whether the network also sees every pixel's difference from the mean of the 3 x 3 around
        it, which shows noise and its absence before anything is learned.

    Raises
    ------
    ValueError
        In `fit`, if layers are no chain of such layers.

    See Also
    --------
    RegionDetector : Trains it.
    SSD300 : The network of the paper.

    Examples
    --------
    >>> from sk_hyperimage.neural_network import RegionNetwork
    >>> net = RegionNetwork()(input_shape=(300, 300, 3), n_outputs=8)
    >>> sum(weights.numel() for weights in net.parameters())
    868766
    """

    trunk: str = TRUNK
    context: tuple[str, ...] = CONTEXT
    head: str | None = HEAD
    residuals: bool = True

    def __call__(self, *, input_shape: Shape, n_outputs: int | None) -> RegionNet:
        """Build the network.

        Parameters
        ----------
        input_shape : tuple of int
            (n_rows, n_cols, n_channels) of a sample.
        n_outputs : int
            Number of kinds.
        """
        if self.head is not None and stride_of(self.head, "head") > 1:
            raise ValueError(f"head of RegionNetwork must be of stride 1, got {self.head!r}")
        shape = (*input_shape[:2], input_shape[2] * (1 + self.residuals))
        trunk = Level(self.trunk, "trunk", shape)
        context: list[Level] = []
        for layers in self.context:
            context.append(Level(layers, "context", [trunk, *context][-1].made))
        head = None if self.head is None else build_module(self.head, trunk.made)
        return RegionNet(trunk, context, head, n_outputs or 0, self.residuals)

    def task(self, n_kinds: int, max_detections: int, score_threshold: float) -> CellBoxes:
        """Cells of the trunk's map."""
        stride = stride_of(self.trunk, "trunk")
        return CellBoxes(n_kinds, max_detections, score_threshold, stride)


def stride_of(layers: str, name: str) -> int:
    """Pixels from one cell to the next in the map that layers make.

    Raises
    ------
    ValueError
        If the layers make no map, or one that does not lie evenly over its input.
    """
    shape = trace_shapes(parse(layers), (TRIED_SIDE, TRIED_SIDE, 3))[-1]
    stride = TRIED_SIDE // shape[0]
    if len(shape) != 3 or shape[0] != shape[1] or shape[0] * stride != TRIED_SIDE:
        raise ValueError(
            f"{name} of RegionNetwork must make a map that lies evenly over the image: "
            f"convolutions and poolings with 'same' padding and strides of 1, 2, 4 and so on; got "
            f"{layers!r}"
        )
    return stride


class Level(nn.Module):
    """Layers that make a map of cells of `stride` x `stride` places of their input.

    Parameters
    ----------
    layers : str
    name : str
        What messages call them.
    shape : tuple of int
        Of the input.

    Attributes
    ----------
    stride : int
    made : tuple of int
        Shape of the output.
    """

    def __init__(self, layers: str, name: str, shape: Shape):
        super().__init__()
        self.stride = stride_of(layers, name)
        filled = [-(-side // self.stride) * self.stride for side in shape[:2]]
        self.layers = build_module(layers, (*filled, shape[2]))
        self.made = trace_shapes(parse(layers), (*filled, shape[2]))[-1]

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """From (n, c, h, w), whose last rows and columns are repeated until cells are whole."""
        rows, cols = (-side % self.stride for side in maps.shape[2:])
        return whole(self.layers, functional.pad(maps, (0, cols, 0, rows), mode="replicate"))


class RegionNet(nn.Module):
    """The network of a RegionNetwork, from batches (n, n_rows, n_cols, n_channels).

    Parameters
    ----------
    trunk : Level
    context : list of Level
    head : LayeredNet or None
    n_kinds : int
    residuals : bool
    """

    def __init__(
        self,
        trunk: Level,
        context: list[Level],
        head: LayeredNet | None,
        n_kinds: int,
        residuals: bool,
    ):
        super().__init__()
        self.trunk = trunk
        self.context = nn.ModuleList(context)
        self.strides = [level.stride for level in context]
        self.head = head
        self.residuals = residuals
        widths = [level.made[2] for level in (trunk, *context)]
        self.joins = nn.ModuleList(
            nn.Conv2d(deeper, width, 1) for width, deeper in zip(widths, widths[1:], strict=False)
        )
        width = widths[0] if head is None else head.kinds[-1].output_shape(head.shapes[-1])[-1]
        self.last = nn.Conv2d(width, n_kinds + 1 + N_GEOMETRY, 1)
        with torch.no_grad():
            self.last.weight.mul_(0.1)
            self.last.bias.zero_()  # type: ignore[union-attr]
            distances = slice(n_kinds + 1, n_kinds + N_GEOMETRY)
            self.last.bias[distances] = math.log(FIRST_DISTANCE)  # type: ignore[index]

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Outputs of cells, (n, U, V, n_kinds + 6); see CellBoxes."""
        return self.last(self._described(batch)).permute(0, 2, 3, 1)

    def embed(self, batch: torch.Tensor, layer: int) -> torch.Tensor:
        """Descriptions of cells, (n, U, V, n_filters): what the last layer, -1, reads."""
        if layer != -2:
            raise ValueError(
                f"layer={layer} is out of range: a network of regions describes cells by -2, its "
                f"last layer but one, alone"
            )
        return self._described(batch).permute(0, 2, 3, 1)

    def _described(self, batch: torch.Tensor) -> torch.Tensor:
        maps = batch.permute(0, 3, 1, 2)
        pixels = (maps - 0.5) * PIXEL_SCALE
        if self.residuals:
            pixels = torch.cat([pixels, (maps - means_of_9(maps)) * RESIDUAL_SCALE], dim=1)
        maps = self.trunk(pixels.contiguous(memory_format=torch.channels_last))
        return whole(self.head, self._with_context(maps, 0))

    def _with_context(self, maps: torch.Tensor, level: int) -> torch.Tensor:
        """Maps, and what coarser ones from `level` on add to them."""
        if level == len(self.context):
            return maps
        coarse = self._with_context(self.context[level](maps), level + 1)
        wide = functional.interpolate(
            self.joins[level](coarse),
            scale_factor=self.strides[level],
            mode="bilinear",
            align_corners=False,
        )
        return maps + wide[..., : maps.shape[2], : maps.shape[3]]


def means_of_9(maps: torch.Tensor) -> torch.Tensor:
    """Means of 3 x 3 pixels of maps (n, c, h, w), whose border is repeated.

    Sums of shifted maps: of three channels this takes a fraction of the time of torch's pooling.
    """
    rows = functional.pad(maps, (1, 1, 1, 1), mode="replicate")
    cols = rows[:, :, :-2] + rows[:, :, 1:-1] + rows[:, :, 2:]
    return (cols[..., :-2] + cols[..., 1:-1] + cols[..., 2:]) / 9


def whole(net: LayeredNet | None, maps: torch.Tensor) -> torch.Tensor:
    """All layers of a network, on maps (n, c, h, w) of any size."""
    return maps if net is None else net.run(maps, 0, len(net.layers))
