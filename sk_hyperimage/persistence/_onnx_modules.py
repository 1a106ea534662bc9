"""Fitted arithmetic as torch modules over batches of channel-last images, for export to ONNX."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import nn

from sk_hyperimage._typing import Floats
from sk_hyperimage.feature_extraction._covariance import LEAST
from sk_hyperimage.feature_extraction._statistics import _bands
from sk_hyperimage.images import Windows
from sk_hyperimage.neural_network._own_modules import described
from sk_hyperimage.neural_network.aggregation._dense import cut, n_shared, run_shared
from sk_hyperimage.neural_network.layers import LayeredNet
from sk_hyperimage.preprocessing._local_contrast import PADDINGS, mean_and_deviation
from sk_hyperimage.preprocessing._luminance_and_contrast import luminance


def constant(values: ArrayLike, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Fitted numbers as a tensor."""
    return torch.tensor(np.asarray(values), dtype=dtype)


class Normalize(nn.Module):
    """What LocalContrastNormalizer does."""

    def __init__(self, weights: Floats, eps: float, data_range: float | None, padding: str):
        super().__init__()
        self.weights = weights
        self.eps = eps
        self.data_range = data_range
        self.mode = PADDINGS[padding]

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """From (n, n_rows, n_cols, n_channels) to the same shape."""
        if self.data_range is not None:
            images = images / float(np.float32(self.data_range))
        reach = len(self.weights) // 2
        if self.mode == "constant":
            around = nn.functional.pad(images, (0, 0, reach, reach, reach, reach))
        else:
            around = images
            for axis in (1, 2):
                places = np.pad(np.arange(images.shape[axis]), reach, mode=self.mode)  # type: ignore
                around = around.index_select(axis, torch.from_numpy(places))
        mean, deviation = mean_and_deviation(around.permute(1, 2, 0, 3), self.weights, self.eps)
        return (images - mean.permute(2, 0, 1, 3)) / deviation.permute(2, 0, 1, 3)


class Luminance(nn.Module):
    """The first channel of LuminanceAndContrast."""

    shares: torch.Tensor

    def __init__(self, n_channels: int, data_range: float | None):
        super().__init__()
        shares = luminance(np.eye(n_channels, dtype=np.float32)[np.newaxis])[0]
        self.data_range = 1.0 if data_range is None else float(np.float32(data_range))
        self.register_buffer("shares", torch.from_numpy(shares))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """From (n, n_rows, n_cols, n_channels) to (n, n_rows, n_cols, 1)."""
        return images @ self.shares / self.data_range


class Clip(nn.Module):
    """What a FunctionTransformer of numpy.clip does."""

    def __init__(self, a_min: float, a_max: float):
        super().__init__()
        self.ends = a_min, a_max

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """From (n, n_features) to the same shape."""
        return rows.clamp(*self.ends)


class Describe(nn.Module):
    """A layer of a network for every patch: images to hyper-images, (n, U, V, D)."""

    def __init__(self, net: nn.Module, windows: Windows, layer: int):
        super().__init__()
        self.net = net
        self.windows = windows
        self.layer = layer

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """From (n, n_rows, n_cols, n_channels) to (n, U, V, D)."""
        maps, net = images.permute(0, 3, 1, 2), self.net
        if isinstance(net, LayeredNet):
            shared = n_shared(net, self.windows, self.layer)
            patches = run_shared(net, shared, maps, self.windows)
            rows = net.activations(patches, shared, self.layer)
        else:
            patches = cut(maps, self.windows)
            rows = described(net, patches.permute(0, 2, 3, 1), self.layer)
        grid_shape = self.windows.rows.size, self.windows.cols.size
        return rows.reshape(-1, *grid_shape, rows[0].numel())


class Statistics(nn.Module):
    """What HyperImageStatistics computes: (n, U, V, D) to (n, n_features_out)."""

    mean: torch.Tensor
    components: torch.Tensor

    def __init__(
        self,
        grid_shape: tuple[int, int],
        projection: tuple[Floats, Floats] | None,
        regions: Sequence[int],
        quantiles: Sequence[float],
    ):
        super().__init__()
        self.projection = projection is not None
        if projection is not None:
            mean, components = (constant(part, torch.float32) for part in projection)
            self.register_buffer("mean", mean)
            self.register_buffer("components", components)
        n_rows, n_columns = grid_shape
        self.regions = [
            (rows, columns)
            for n_regions in regions
            for rows in _bands(n_rows, n_regions)
            for columns in _bands(n_columns, n_regions)
        ]
        self.quantiles = quantiles

    def forward(self, hyper_images: torch.Tensor) -> torch.Tensor:
        """From (n, U, V, D) to (n, n_features_out)."""
        if self.projection:
            hyper_images = (hyper_images - self.mean) @ self.components.T
        statistics: list[torch.Tensor] = []
        for rows, columns in self.regions:
            patches = hyper_images[:, rows, columns].flatten(1, 2)
            n_patches = (rows.stop - rows.start) * (columns.stop - columns.start)
            mean = patches.mean(dim=1)
            deviation = (patches - mean[:, None]).square().mean(dim=1).sqrt()
            statistics += [mean, deviation, *quantiles_of(patches, n_patches, self.quantiles)]
        return torch.cat(statistics, dim=1)


def quantiles_of(
    patches: torch.Tensor, n_patches: int, quantiles: Sequence[float]
) -> list[torch.Tensor]:
    """Quantiles along the axis 1 of (n, n_patches, ...), interpolated as numpy does."""
    if set(quantiles) <= {0, 1}:
        return [patches.amax(dim=1) if quantile else patches.amin(dim=1) for quantile in quantiles]
    ordered, last = patches.sort(dim=1).values, n_patches - 1
    found = []
    for quantile in quantiles:
        below = min(int(quantile * last), last)
        weight = quantile * last - below
        low, high = ordered[:, below], ordered[:, min(below + 1, last)]
        found.append(low + (high - low) * weight)
    return found


class Covariance(nn.Module):
    """What HyperImageCovariance computes: (n, U, V, D) to (n, n_features_out)."""

    offset: torch.Tensor
    axes: torch.Tensor
    above: torch.Tensor

    def __init__(self, mean: Floats, components: Floats, spread: Floats):
        super().__init__()
        self.register_buffer("offset", constant(mean))
        self.register_buffer("axes", constant((components / spread[:, np.newaxis]).T))
        n = len(spread) + 1
        self.register_buffer("above", torch.from_numpy(np.flatnonzero(np.triu(np.ones((n, n))))))

    def forward(self, hyper_images: torch.Tensor) -> torch.Tensor:
        """From (n, U, V, D) to (n, n_features_out)."""
        patches = (hyper_images.double().flatten(1, 2) - self.offset) @ self.axes
        patches = torch.cat([patches, torch.ones_like(patches[..., :1])], dim=2)
        moments = patches.transpose(1, 2) @ patches / patches.shape[1]
        moments = moments + LEAST * torch.eye(moments.shape[1], dtype=moments.dtype)
        fourth_root = square_root(square_root(moments))
        return fourth_root.flatten(1).index_select(1, self.above)


def square_root(matrices: torch.Tensor) -> torch.Tensor:
    """Square roots of symmetric matrices, by Newton's and Schulz's coupled iteration.

    ONNX knows no eigenvalues. An eigenvalue counts if it is no less than 1e-13 of the trace.
    """
    one = torch.eye(matrices.shape[1], dtype=matrices.dtype)
    trace = (matrices * one).sum(dim=(1, 2), keepdim=True)
    root, inverse = matrices / trace, one.expand_as(matrices)
    for _ in range(40):  # an eigenvalue's root grows by 3 / 2 a step, until it is near
        step = 1.5 * one - 0.5 * inverse @ root
        root, inverse = root @ step, step @ inverse
    return root * trace.sqrt()


class SideBySide(nn.Module):
    """Several modules on the same input, their outputs concatenated."""

    def __init__(self, parts: Sequence[nn.Module]):
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """From (n, ...) to (n, ..., n_features_out)."""
        return torch.cat([part(batch) for part in self.parts], dim=-1)


class Affine(nn.Module):
    """``(x - offset) * factor + shift`` of every column, in float64."""

    offset: torch.Tensor
    factor: torch.Tensor
    shift: torch.Tensor

    def __init__(self, offset: ArrayLike = 0, factor: ArrayLike = 1, shift: ArrayLike = 0):
        super().__init__()
        self.register_buffer("offset", constant(offset))
        self.register_buffer("factor", constant(factor))
        self.register_buffer("shift", constant(shift))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Of the same shape."""
        return (batch.double() - self.offset) * self.factor + self.shift


class RBFMachine(nn.Module):
    """A support vector regression with the kernel ``exp(-gamma |x - v|^2)``: (n, d) to (n,)."""

    vectors: torch.Tensor
    coefficients: torch.Tensor

    def __init__(self, vectors: Floats, coefficients: Floats, intercept: float, gamma: float):
        super().__init__()
        self.register_buffer("vectors", constant(vectors))
        self.register_buffer("coefficients", constant(coefficients))
        self.intercept = float(intercept)
        self.gamma = float(gamma)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """From (n, n_features) to (n,)."""
        batch = batch.double()
        squares = batch.square().sum(dim=1, keepdim=True) + self.vectors.square().sum(dim=1)
        distances = squares - 2 * batch @ self.vectors.T
        return torch.exp(-self.gamma * distances) @ self.coefficients + self.intercept


class Linear(nn.Module):
    """Decisions ``x @ coefficients.T + intercept`` in float64: (n, d) to (n, n_outputs)."""

    coefficients: torch.Tensor
    intercept: torch.Tensor

    def __init__(self, coefficients: Floats, intercept: Floats):
        super().__init__()
        self.register_buffer("coefficients", constant(coefficients))
        self.register_buffer("intercept", constant(intercept))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """From (n, n_features) to (n, n_outputs)."""
        return batch.double() @ self.coefficients.T + self.intercept


class FirstColumn(nn.Module):
    """Outputs (n, 1) as (n,)."""

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """From (n, 1) to (n,)."""
        return batch[:, 0]


class Probabilities(nn.Module):
    """Logits (n, 1) of the greater of two labels, or (n, n_classes), as (n, n_classes)."""

    def forward(self, logits: torch.Tensor) -> torch.Tensor:
        """In float64; rows sum to one."""
        logits = logits.double()
        if logits.shape[1] > 1:
            return torch.softmax(logits, dim=1)
        greater = torch.sigmoid(logits)
        return torch.cat([1 - greater, greater], dim=1)
