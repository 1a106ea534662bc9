"""DeepQA: a full-reference network that learns where errors are seen."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from sk_hyperimage.neural_network._low_frequencies import (
    Gray,
    LowFrequencies,
    inner,
    over_cells,
)
from sk_hyperimage.neural_network.layers import Architecture, Shape
from sk_hyperimage.neural_network.layers._weighted import he_normal
from sk_hyperimage.neural_network.training._net import Penalized

# How often images are halved for their low frequencies.
N_HALVINGS = 3
# log 255**2, the logarithm of the largest squared error.
LARGEST = 2 * math.log(255)
SLOPE = 0.1
SOBEL = ((1.0, 2.0, 1.0), (0.0, 0.0, 0.0), (-1.0, -2.0, -1.0))


@dataclass(frozen=True)
class DeepQA(Architecture):
    """The network of DeepQA, a full-reference model of quality.

    Given to a CNNRegressor as `layers`. It reads pairs of an image and its reference, which
    :func:`~sk_hyperimage.images.pair_images` makes, and learns the sensitivity of the eye to an
    error at every place. Sensitivity times error is the perceived error, whose mean two dense
    layers turn into the score.

    Parameters
    ----------
    smoothness : float, default=1.6e-4
        Weight of the total variation of the sensitivity map in the loss, beside the squared error
        of standardized scores. The authors' 1e-2, beside 1e3 times the squared error of scores in
        [0, 1], is that for scores with a standard deviation of 0.25. 0 leaves it out.

    Raises
    ------
    ValueError
        In `fit`, if the samples are not pairs of gray or RGB images, or if `smoothness` is
        negative.

    See Also
    --------
    sk_hyperimage.ensemble.surveyed_model : The whole model, "DeepQA".
    sk_hyperimage.images.pair_images : Makes pairs.

    Notes
    -----
    Pairs are of images in [0, 1]; RGB ones become gray inside. One branch of convolutions sees
    the image less its low frequencies, the other the map of errors
    ``1 - log((255 d)**2 + 1) / log(255**2)``, 1 where the difference d of the pair is 0. Four more
    convolutions give the sensitivity, at a quarter of the size, without its border of 4 cells.
    130,510 weights for images of any size.

    ``model.embed(pairs, -3)`` are the sensitivity maps, (n, n_rows, n_cols, 1), and
    ``model.embed(pairs, -4)`` sensitivity times error, the maps of perceived errors.

    Differences from the authors' release: the last layer is linear, since its ReLU would allow no
    standardized score below 0, and the sensitivity is 1 everywhere before training, which so
    begins with the mean error. Too high a learning rate soon makes the whole map 0, from where it
    does not come back, with a warning: the authors' rates are 1e-4 and 5e-4, with "adam".

    References
    ----------
    J. Kim and S. Lee, "Deep learning of human visual sensitivity in image quality assessment
    framework", CVPR 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.images import pair_images
    >>> from sk_hyperimage.neural_network import CNNRegressor, DeepQA
    >>> references = np.random.default_rng(0).random((8, 48, 48), dtype=np.float32)
    >>> damage = np.arange(8, dtype=np.float32)[:, None, None] / 10
    >>> pairs = pair_images((1 - damage) * references, references)
    >>> model = CNNRegressor(DeepQA(), loss="squared_error", max_epochs=1, random_state=0)
    >>> model.fit(pairs, damage.ravel()).embed(pairs, -3).shape
    (8, 4, 4, 1)
    """

    smoothness: float = 1.6e-4

    def __call__(self, *, input_shape: Shape, n_outputs: int | None) -> nn.Module:
        """Build the network.

        Parameters
        ----------
        input_shape : tuple of int
            (n_rows, n_cols, n_channels) of a pair; 2 or 6 channels.
        n_outputs : int or None
            Width of the last layer; None leaves it out.
        """
        if len(input_shape) != 3 or input_shape[2] not in (2, 6):
            raise ValueError(
                f"DeepQA takes pairs of gray or RGB images, of 2 or 6 channels, got samples of "
                f"shape {tuple(input_shape)}: make pairs with sk_hyperimage.images.pair_images"
            )
        if not self.smoothness >= 0:
            raise ValueError(f"smoothness of DeepQA must not be negative, got {self.smoothness!r}")
        return SensitivityNet(input_shape[2] // 2, n_outputs, float(self.smoothness))


class SensitivityNet(Penalized):
    """Scores of pairs through a map of where errors are seen.

    Parameters
    ----------
    n_channels : {1, 3}
        Of an image.
    n_outputs : int or None
    smoothness : float
    """

    sobel: torch.Tensor
    # Samples may have any number of rows and columns.
    takes_any_grid = True

    def __init__(self, n_channels: int, n_outputs: int | None, smoothness: float):
        super().__init__()
        self.smoothness = smoothness
        self.gray = Gray(n_channels)
        self.low_frequencies = LowFrequencies(N_HALVINGS)
        self.image_branch = _branch()
        self.error_branch = _branch()
        self.together = _convolutions((64, 64, 1), (64, 64, 2), (64, 64, 1))
        # 1 everywhere at first, so that training begins with the mean error: drawn at random, the
        # whole map may begin, or soon be, at the ReLU's 0, from where it cannot learn.
        self.sensitivity = nn.Conv2d(64, 1, 3, padding=1)
        nn.init.zeros_(self.sensitivity.weight)
        nn.init.ones_(self.sensitivity.bias)  # type: ignore[arg-type]
        self.hidden = he_normal(nn.Linear(1, 4))
        self.output = None if n_outputs is None else nn.Linear(4, n_outputs)
        if self.output is not None:
            # 0 at first, the mean of standardized scores: what training would have to take off the
            # mean score otherwise, it would take off the map.
            nn.init.zeros_(self.output.weight)
            nn.init.zeros_(self.output.bias)
        sobel = torch.tensor(np.stack([SOBEL, np.transpose(SOBEL)])[:, None], dtype=torch.float32)
        self.register_buffer("sobel", sobel, persistent=False)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Outputs (n, n_outputs) of pairs (n, n_rows, n_cols, 2 n_channels)."""
        return self.embed(batch, -1)

    def embed(self, batch: torch.Tensor, layer: int) -> torch.Tensor:
        """Outputs, or before them 4 units, sensitivity maps and maps of perceived errors.

        Their layers are -1 to -4, and none but these.
        """
        n_layers = 4 if self.output is not None else 3
        if not -n_layers <= layer < n_layers:
            raise ValueError(f"layer={layer} is out of range: DeepQA has {n_layers} layers")
        layer %= n_layers
        sensitivity, error = self.maps(batch.permute(0, 3, 1, 2))
        if layer == 1:
            return sensitivity.permute(0, 2, 3, 1)
        perceived = sensitivity * error
        if layer == 0:
            return perceived.permute(0, 2, 3, 1)
        if self.training:
            self.penalties = self.smoothness * self.variation(sensitivity)
        units = functional.leaky_relu(self.hidden(perceived.mean(dim=(2, 3))), SLOPE)
        return units if layer == 2 else self.output(units)  # type: ignore[misc]

    def maps(self, pairs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Sensitivity and error at a quarter of the size, without the border, (n, 1, h, w)."""
        # The logarithm of small errors needs more digits than bfloat16 has.
        with torch.autocast(pairs.device.type, enabled=False):
            pairs = pairs.to(self.sobel.dtype)
            image, reference = map(self.gray, pairs.chunk(2, dim=1))
            error = 1 - torch.log((255 * (image - reference)).square() + 1) / LARGEST
            detail = image - self.low_frequencies(image)
        both = torch.cat([self.image_branch(detail), self.error_branch(error)], dim=1)
        sensitivity = torch.relu(self.sensitivity(self.together(both)))
        small = over_cells(error)
        rows, cols = inner(small.shape[2:])
        return sensitivity[:, :, rows, cols], small[:, :, rows, cols]

    def variation(self, maps: torch.Tensor) -> torch.Tensor:
        """Total variation of maps (n, 1, h, w), the mean of gradients' lengths cubed, (n,)."""
        gradients = functional.conv2d(functional.pad(maps, (1, 1, 1, 1), "replicate"), self.sobel)
        return gradients.square().sum(dim=1).pow(1.5).mean(dim=(1, 2))


def _convolutions(*sizes: tuple[int, int, int]) -> nn.Sequential:
    """Convolutions of 3 x 3, given by channels, filters and stride."""
    layers: list[nn.Module] = []
    for n_channels, n_filters, stride in sizes:
        layers += [
            he_normal(nn.Conv2d(n_channels, n_filters, 3, stride, padding=1)),
            nn.LeakyReLU(SLOPE),
        ]
    return nn.Sequential(*layers)


def _branch() -> nn.Sequential:
    return _convolutions((1, 32, 1), (32, 32, 2))
