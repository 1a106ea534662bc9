"""Minima and maxima of windows, and where they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, reduce
from itertools import pairwise

import numpy as np
import torch
from torch.nn.functional import embedding_bag

from sk_hyperimage.images import Windows

# Of torch.min and torch.max, the functions that do not tell places, which are faster.
WITHOUT_PLACES = {torch.min: torch.amin, torch.max: torch.amax}
OF_TWO = {torch.min: torch.minimum, torch.max: torch.maximum}

# Floats of the output of a convolution that stay in a processor's cache until they are pooled.
CACHED_FLOATS = 2**21


def extremes_in(maps: torch.Tensor, windows: Windows, select: Callable, size: int) -> torch.Tensor:
    """Minima or maxima of the first `size` rows and columns of windows, (n * U * V, channels)."""
    pixels = maps.permute(0, 2, 3, 1)
    if pixels.requires_grad:
        # Gradients reach one pixel a window; through slices they would fill a map for each.
        places = places_in(maps.detach(), windows, select, size)
        return pixels.flatten(1, 2).gather(1, places).flatten(0, 1)
    extreme = WITHOUT_PLACES[select]
    if pixels.is_cuda:  # a few kernels, since starting one takes longer than it runs
        rows, cols = (ranges(n, size, pixels.device) for n in (windows.rows, windows.cols))
        bands = extreme(pixels[:, rows], dim=2)
        return extreme(bands[:, :, cols], dim=3).flatten(0, 2)
    bands = extremes_of_rows(pixels, windows.rows.ravel(), size, select)
    cells = [extreme(bands[:, :, col : col + size], dim=2) for col in windows.cols.ravel()]
    return torch.stack(cells, dim=2).flatten(0, 2)


def extremes_of_rows(
    pixels: torch.Tensor, starts: np.ndarray, size: int, select: Callable
) -> torch.Tensor:
    """Extremes of `size` rows from each start, (n, starts, columns, channels).

    Rows that bands have in common are read once: this takes most of the time of pooling.
    """
    edges = np.unique([starts, starts + size])
    first, last = np.searchsorted(edges, [starts, starts + size])
    bands = list(zip(first.tolist(), last.tolist(), strict=True))
    extreme = WITHOUT_PLACES[select]
    if len(edges) > edges[-1] - edges[0]:  # single rows: nothing to share
        rows = pixels[:, edges[0] :]
        return torch.stack([extreme(rows[:, i:j], dim=1) for i, j in bands], dim=1)
    parts = [extreme(pixels[:, top:end], dim=1) for top, end in pairwise(edges)]
    return torch.stack([reduce(OF_TWO[select], parts[i:j]) for i, j in bands], dim=1)


def places_in(maps: torch.Tensor, windows: Windows, select: Callable, size: int) -> torch.Tensor:
    """Where the extremes of windows are among the pixels, (n, U * V, channels)."""
    pixels = maps.permute(0, 2, 3, 1)
    n_cols = pixels.shape[2]
    across = ranges(windows.cols, size, pixels.device)
    places = []
    for row in windows.rows.ravel().tolist():
        band = pixels[:, row : row + size]
        # The column first, of extremes along columns; then the row, in that column alone.
        along_columns = WITHOUT_PLACES[select](band, dim=1)
        column = select(along_columns[:, across], dim=2).indices + across[:, :1]
        in_column = band.gather(2, column[:, None].expand(-1, size, -1, -1))
        places.append((select(in_column, dim=1).indices + row) * n_cols + column)
    return torch.cat(places, dim=1)


def ranges(starts: np.ndarray, size: int, device: torch.device) -> torch.Tensor:
    """The `size` numbers from each start, (n_starts, size)."""
    return _sent_ranges(tuple(starts.ravel().tolist()), size, device)


@lru_cache(maxsize=64)
def _sent_ranges(starts: tuple[int, ...], size: int, device: torch.device) -> torch.Tensor:
    # Sent once: a GPU would wait for them in every update.
    with torch.inference_mode(False):
        return (torch.tensor(starts)[:, None] + torch.arange(size)).to(device)


class ExtremesOfConvolution(torch.autograd.Function):
    """Extremes of an unpadded convolution's output in windows.

    Only the outputs that are extremes have gradients. So those of the weights come from the
    inputs below these, where autograd would convolve with a gradient of zeros nearly everywhere.
    """

    @staticmethod
    def forward(ctx, weight, bias, maps, stride, windows, extremes, size):  # noqa: D102
        portion = len(maps)
        if maps.device.type == "cpu":
            portion = max(1, CACHED_FLOATS // (maps[0, 0].numel() * len(weight)))
        values, found = [], []
        for some in maps.split(portion):
            outputs = torch.conv2d(some, weight, bias, stride)
            pixels = outputs.permute(0, 2, 3, 1).flatten(1, 2)
            places = [places_in(outputs, windows, select, size) for select in extremes]
            values.append(torch.cat([pixels.gather(1, place) for place in places], dim=2))
            found.append(torch.stack(places, dim=2))
        ctx.save_for_backward(maps, torch.cat(found))
        ctx.kernel, ctx.stride, ctx.n_cols = weight.shape[2:], stride, outputs.shape[3]
        return torch.cat(values).flatten(0, 1)

    @staticmethod
    def backward(ctx, gradient):  # noqa: D102
        maps, places = ctx.saved_tensors  # places (n, U * V, minima and maxima, filters)
        of_outputs = gradient.reshape(-1, places.shape[-1]).to(maps.dtype)  # from bfloat16
        inputs, rows = rows_below(maps, places, ctx.kernel, ctx.stride, ctx.n_cols)
        # A sum of rows of the inputs for each filter and row of its kernel, which are not copied.
        of_weight = embedding_bag(
            rows.flatten(0, 1),
            inputs,
            per_sample_weights=of_outputs.T[:, None].expand(rows.shape).flatten(0, 1),
            mode="sum",
        )
        of_weight = of_weight.reshape(*rows.shape[:2], ctx.kernel[1], -1).permute(0, 3, 1, 2)
        return of_weight, of_outputs.sum(dim=0), None, None, None, None, None


def rows_below(
    maps: torch.Tensor,
    places: torch.Tensor,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    n_cols: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows of the inputs of a convolution, and which of them lie below some of its outputs.

    Parameters
    ----------
    maps : tensor of shape (n, channels, n_rows, n_columns)
    places : tensor of shape (n, ..., n_filters)
        Of outputs among all of a map, which has `n_cols` columns.
    kernel, stride : pair of int

    Returns
    -------
    inputs : tensor of shape (n * n_rows * n_cols, kernel columns * channels)
        What one row of the kernel sees at every row of the maps and every column of the outputs.
    rows : tensor of shape (n_filters, kernel rows, number of outputs of a filter)
    """
    (height, width), (down, right) = kernel, stride
    seen = maps.permute(0, 2, 3, 1).unfold(2, width, right).transpose(3, 4)
    inputs = seen.flatten(3).flatten(0, 2)
    image = torch.arange(len(maps), device=maps.device) * (maps.shape[2] * n_cols)
    top = places + places.div(n_cols, rounding_mode="floor") * ((down - 1) * n_cols)
    top = top + image.reshape(-1, *(1,) * (places.ndim - 1))
    below = torch.arange(height, device=maps.device) * n_cols
    return inputs, top.flatten(0, -2).T[:, None] + below[:, None]
