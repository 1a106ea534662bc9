"""DIQA's first stage: a network that tells from an image alone how far it is from the original."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from sk_hyperimage.architectures import DIQA_STAGE1
from sk_hyperimage.neural_network._low_frequencies import (
    CELL,
    Gray,
    LowFrequencies,
    inner,
    over_cells,
)
from sk_hyperimage.neural_network.layers import (
    Architecture,
    LayeredNet,
    Shape,
    build_module,
    parse,
    trace_shapes,
)
from sk_hyperimage.neural_network.layers._weighted import he_normal

N_HALVINGS = 2


@dataclass(frozen=True)
class DIQA(Architecture):
    """The first stage of DIQA, which learns a map of errors.

    Given to an :class:`ErrorMapRegressor` as `layers`. Eight convolutions see a gray or RGB image
    in [0, 1] less its low frequencies and tell the error of every cell of 4 x 4 pixels. Where an
    image is flat nothing shows how much texture was lost: an error there counts by its
    reliability, and those of four cells at the border, where zeros beyond the image reach most,
    not at all.

    Parameters
    ----------
    convolutions : str, default=architectures.DIQA_STAGE1
        In the notation: layers that make a map of cells of 4 x 4 pixels, with "same" padding.
    steepness : float, default=1.0
        Of the reliability ``2 / (1 + exp(-steepness * |x|)) - 1`` of a pixel without its low
        frequencies, of gray levels x in [0, 255] as in the authors' code: 1 gives one gray level
        a reliability of 0.46, and five 0.99.
    brightness : bool, default=False
        Whether the mean and the deviation of the low frequencies, two features made by hand in
        the original, stand behind the 128 features of a description.

    Raises
    ------
    ValueError
        In `fit`, if samples are not gray or RGB images, if `convolutions` make no such map, or if
        `steepness` is not positive.

    See Also
    --------
    ErrorMapRegressor : Trains it.
    sk_hyperimage.ensemble.surveyed_model : The whole model, "DIQA".

    Notes
    -----
    381,329 weights, the last 129 of them of the error map. ``model.embed(images, -1)`` are error
    maps in units of the standardized target, and ``model.embed(images)`` the means of the features
    over the cells inside the border.

    References
    ----------
    Kim, Nguyen and Lee, "Deep CNN-based blind image quality predictor", IEEE Transactions on
    Neural Networks and Learning Systems 30(1), 2019.

    Examples
    --------
    >>> from sk_hyperimage.neural_network import DIQA
    >>> net = DIQA(brightness=True)(input_shape=(112, 112, 3), n_outputs=None)
    >>> sum(weights.numel() for weights in net.parameters())
    381329
    """

    convolutions: str = DIQA_STAGE1
    steepness: float = 1.0
    brightness: bool = False

    def __call__(self, *, input_shape: Shape, n_outputs: int | None) -> nn.Module:
        """Build the network.

        Parameters
        ----------
        input_shape : tuple of int
            (n_rows, n_cols, n_channels) of a sample; 1 or 3 channels.
        n_outputs : int or None
            Of no matter: there are as many as there are cells.
        """
        if len(input_shape) != 3 or input_shape[2] not in (1, 3):
            raise ValueError(
                f"DIQA takes gray or RGB images, got samples of shape {tuple(input_shape)}"
            )
        if not self.steepness > 0:
            raise ValueError(f"steepness of DIQA must be positive, got {self.steepness!r}")
        gray = (*input_shape[:2], 1)
        made = trace_shapes(parse(self.convolutions), gray)[-1]
        if made[:-1] != tuple(-(-side // CELL) for side in input_shape[:2]):
            raise ValueError(
                f"convolutions of DIQA must make a map of cells of {CELL} x {CELL} pixels, but "
                f"{self.convolutions!r} makes {made} of {gray}"
            )
        features = build_module(self.convolutions, gray)
        return ErrorNet(input_shape[2], features, made[-1], float(self.steepness), self.brightness)


class ErrorNet(nn.Module):
    """Errors of cells, and how far they can be told.

    Parameters
    ----------
    n_channels : {1, 3}
        Of an image.
    features : LayeredNet
        Makes the map that errors are told from.
    n_features : int
    steepness : float
    brightness : bool
    """

    def __init__(
        self,
        n_channels: int,
        features: LayeredNet,
        n_features: int,
        steepness: float,
        brightness: bool,
    ):
        super().__init__()
        self.steepness, self.brightness = steepness, brightness
        self.gray = Gray(n_channels)
        self.low_frequencies = LowFrequencies(N_HALVINGS)
        self.features = features
        self.error = he_normal(nn.Linear(n_features, 1))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Mean error, errors of all cells, and their reliability, (n, 1 + 2 n_cells)."""
        detail, _ = self.frequencies(batch)
        errors = self.error(self.map_of(detail)).flatten(1)
        reliability = self.reliability(detail).flatten(1)
        total = reliability.sum(dim=1, keepdim=True).clamp(min=torch.finfo(errors.dtype).tiny)
        mean = (errors * reliability).sum(dim=1, keepdim=True) / total
        return torch.cat([mean, errors, reliability], dim=1)

    def embed(self, batch: torch.Tensor, layer: int) -> torch.Tensor:
        """Error maps (n, h, w, 1), or before them the descriptions of images.

        Their layers are -1 and -2, and none but these.
        """
        if not -2 <= layer < 2:
            raise ValueError(f"layer={layer} is out of range: DIQA has 2 layers")
        detail, low = self.frequencies(batch)
        features = self.map_of(detail)
        if layer in (-1, 1):
            return self.error(features)
        rows, cols = inner(features.shape[1:3])
        means = features[:, rows, cols].mean(dim=(1, 2))
        if not self.brightness:
            return means
        low = low.flatten(1)
        by_hand = [low.mean(dim=1), low.std(dim=1, correction=0)]
        return torch.cat([means, torch.stack(by_hand, dim=1)], dim=1)

    def frequencies(self, batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """High and low frequencies of images as gray, (n, 1, n_rows, n_cols)."""
        # A difference of numbers that are nearly alike needs more digits than bfloat16 has.
        with torch.autocast(batch.device.type, enabled=False):
            gray = self.gray(batch.permute(0, 3, 1, 2))
            low = self.low_frequencies(gray)
            return gray - low, low

    def map_of(self, detail: torch.Tensor) -> torch.Tensor:
        """Features of all cells, (n, h, w, n_features)."""
        return self.features(detail.permute(0, 2, 3, 1)).permute(0, 2, 3, 1)

    def reliability(self, detail: torch.Tensor) -> torch.Tensor:
        """How far the error of each cell can be told, in [0, 1], (n, h, w)."""
        levels = 255 * detail.abs()
        reliability = over_cells(torch.tanh(self.steepness * levels / 2))[:, 0]
        rows, cols = inner(reliability.shape[1:])
        inside = torch.zeros_like(reliability[0])
        inside[rows, cols] = 1
        return reliability * inside
