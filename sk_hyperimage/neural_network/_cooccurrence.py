"""The network of residual co-occurrences: two convolutions, an assignment and a mean, twice.

Weights are in units of pixels in [0, 1], where the paper's learning rate belongs. What is
computed is in gray levels, whose whole numbers also shorter types of floats hold.
"""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import nn
from torch.nn import functional

from sk_hyperimage._typing import Floats
from sk_hyperimage.images import Windows
from sk_hyperimage.images._gray import LUMA
from sk_hyperimage.neural_network._assignment import hard_counts, soft_counts
from sk_hyperimage.neural_network._window_sums import window_sums

LEVELS, GREEN = 255, 1


class Half(nn.Module):
    """Filters, and words that the residuals of neighbors are compared with (Eq. 1 to 3).

    Parameters
    ----------
    filters : ndarray of shape (n_pixels, n_rows, n_cols)
    words : ndarray of shape (n_words, n_pixels)
        In gray levels.
    offsets : ndarray of shape (n_words,)
        In squared gray levels.
    reach : tuple of int
        Rows and columns of the filters that are not only zeros at the end: the others are laid
        beyond the border, where zeros are.
    clip : float or None
        Gray levels at which residuals are clipped, the f of Eq. 1.
    """

    def __init__(
        self,
        filters: Floats,
        words: Floats,
        offsets: Floats,
        reach: tuple[int, int],
        clip: float | None = None,
    ):
        super().__init__()
        self.reach = reach
        self.clip = clip
        n_pixels, *size = filters.shape
        self.padding = (size[0] - reach[0], size[1] - reach[1])
        self.conv1 = nn.Conv2d(1, n_pixels, size)  # type: ignore[arg-type]
        self.conv2 = nn.Conv2d(n_pixels, len(words), 1)
        with torch.no_grad():
            self.conv1.weight.copy_(torch.as_tensor(filters)[:, None])
            self.conv1.bias.zero_()  # type: ignore[union-attr]
            self.conv2.weight.copy_(torch.as_tensor(words)[..., None, None] / LEVELS)
            self.conv2.bias.copy_(torch.as_tensor(offsets) / LEVELS**2)  # type: ignore[union-attr]

    def residuals(self, levels: torch.Tensor, *, transposed: bool) -> torch.Tensor | None:
        """Outputs of the filters (n, n_pixels, h, w) for one channel (n, 1, H, W).

        Transposed filters see the image as the others see its transpose. None where they are
        larger than it, as one row is after transposition.
        """
        filters, (below, right), reach = self.conv1.weight, self.padding, self.reach
        if transposed:
            filters, below, right, reach = filters.transpose(2, 3), right, below, reach[::-1]
        if levels.shape[2] < reach[0] or levels.shape[3] < reach[1]:
            return None
        if below or right:
            levels = functional.pad(levels, (0, right, 0, below))
        biases = LEVELS * cast(torch.Tensor, self.conv1.bias)
        residuals = functional.conv2d(levels, filters, biases)
        return residuals if self.clip is None else residuals.clamp(-self.clip, self.clip)

    def compared_with(self, sharpness: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Words and offsets for scores of residuals in gray levels, times a sharpness."""
        words = (LEVELS * sharpness) * self.conv2.weight[:, :, 0, 0]
        return words, (LEVELS**2 * sharpness) * cast(torch.Tensor, self.conv2.bias)


class CooccurrenceNet(nn.Module):
    """Shares of words in an image and its transpose, and a linear readout.

    Parameters
    ----------
    halves : dict of str to Half
    channel : {"green", "gray"}
        What it reads of RGB images.
    sharpness : float or None
        Factor of the scores in the softmax over words. None: the greatest score takes all, and
        filters and words are frozen, since they have no gradient.
    readout : torch.nn.Linear or None
        None: the shares are the outputs.
    factors : tuple of float
        Of the learning rates of filters, words, offsets and readout.
    """

    def __init__(
        self,
        halves: dict[str, Half],
        channel: str,
        sharpness: float | None,
        readout: nn.Linear | None,
        factors: tuple[float, float, float, float] = (1, 1, 1, 1),
    ):
        super().__init__()
        self.halves = nn.ModuleDict(halves)
        self.readout = readout
        self.channel = channel
        self.sharpness = sharpness
        names = ("halves.*.conv1.*", "halves.*.conv2.weight", "halves.*.conv2.bias", "readout.*")
        self.learning_rate_factors = dict(zip(names, factors, strict=True))
        if sharpness is None:
            self.halves.requires_grad_(False)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Outputs (n, n_outputs) for pixels in [0, 1], (n, n_rows, n_cols, n_channels)."""
        return self.embed(batch, -1)

    def embed(self, batch: torch.Tensor, layer: int) -> torch.Tensor:
        """Outputs of the readout (-1), or the shares of words that it reads (-2)."""
        with torch.autocast(batch.device.type, enabled=False):
            levels = self._levels(batch)
            shares = [self._shares(half, levels) for half in self._halves()]
            return self._read(torch.cat(shares, dim=1), layer)

    def embed_windows(self, images: torch.Tensor, windows: Windows, layer: int) -> torch.Tensor:
        """As `embed` for all windows of images, what they share being computed once.

        Parameters
        ----------
        images : tensor of shape (n, H, W, n_channels)
        windows : Windows
            A lattice of U x V windows.
        layer : int

        Returns
        -------
        activations : tensor of shape (n * U * V, ...)
        """
        rows, cols = _span(windows)
        with torch.autocast(images.device.type, enabled=False):
            levels, windows = self._levels(images[:, rows, cols]), windows.after(1, 1)
            shares = [self._shares_of(windows, half, levels) for half in self._halves()]
            return self._read(torch.cat(shares, dim=-1).flatten(0, 2), layer)

    def shares_windows(self, windows: Windows) -> bool:
        """Whether windows overlap, and none is padded by itself."""
        n_pixels = math.prod(span.stop - span.start for span in _span(windows))
        overlap = windows.rows.size * windows.cols.size * math.prod(windows.shape) > n_pixels
        return overlap and not any(max(half.padding) for half in self._halves())

    def _halves(self) -> list[Half]:
        return list(self.halves.values())  # type: ignore[arg-type]

    def _levels(self, batch: torch.Tensor) -> torch.Tensor:
        """Whole gray levels (n, 1, n_rows, n_cols), as an image of 8 bits has them."""
        weights = self._halves()[0].conv1.weight
        if batch.shape[-1] == 1:
            levels = batch[..., 0] * LEVELS
        elif self.channel == "green":
            levels = batch[..., GREEN] * LEVELS
        else:
            levels = batch.double() @ torch.as_tensor(LUMA, device=batch.device) * LEVELS
        return levels.round().clamp(0, LEVELS).to(weights.dtype)[:, None]

    def _words(self, half: Half) -> tuple[torch.Tensor, torch.Tensor]:
        return half.compared_with(1 if self.sharpness is None else self.sharpness)

    def _shares(self, half: Half, levels: torch.Tensor) -> torch.Tensor:
        """Shares of the words of one half, (n, n_words)."""
        maps = [half.residuals(levels, transposed=transposed) for transposed in (False, True)]
        # A place counts the same in the image and in its transpose, and words are the same.
        places = torch.cat(
            [residuals.flatten(2) for residuals in maps if residuals is not None], 2
        )
        count = hard_counts if self.sharpness is None else soft_counts
        return count(places, *self._words(half)) / places.shape[2]

    def _shares_of(self, windows: Windows, half: Half, levels: torch.Tensor) -> torch.Tensor:
        """Shares of the words of one half in windows, (n, U, V, n_words)."""
        sums, n_places = torch.zeros(()), 0
        for transposed in (False, True):
            residuals = half.residuals(levels, transposed=transposed)
            reach = half.reach[::-1] if transposed else half.reach
            shape = (windows.shape[0] - reach[0] + 1, windows.shape[1] - reach[1] + 1)
            if residuals is None or min(shape) < 1:
                continue
            there = Windows(windows.rows, windows.cols, shape)
            softly = self.sharpness is not None
            sums = sums + window_sums(residuals, *self._words(half), there, softly=softly)
            n_places += math.prod(shape)
        return sums / n_places

    def _read(self, shares: torch.Tensor, layer: int) -> torch.Tensor:
        layers = [shares] if self.readout is None else [shares, self.readout(shares)]
        if not -len(layers) <= layer < len(layers):
            raise ValueError(
                f"layer={layer} is out of range: a network of co-occurrences describes by the "
                f"shares of its words" + (" (-2) or its outputs (-1)" if self.readout else " (-1)")
            )
        return layers[layer]


def _span(windows: Windows) -> list[slice]:
    """Rows and columns from the first window of a lattice to the last."""
    return [
        slice(int(starts.min()), int(starts.max()) + side)
        for starts, side in zip((windows.rows, windows.cols), windows.shape, strict=True)
    ]
