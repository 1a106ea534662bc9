"""Minima and maxima of windows, and where they are."""

from __future__ import annotations

from collections.abc import Callable

import torch

from sk_hyperimage.images import Windows

# Of torch.min and torch.max, the functions that do not tell places, which are faster.
WITHOUT_PLACES = {torch.min: torch.amin, torch.max: torch.amax}

# Floats of the output of a convolution that stay in a processor's cache until they are pooled.
CACHED_FLOATS = 2**21


def extremes_in(maps: torch.Tensor, windows: Windows, select: Callable, size: int) -> torch.Tensor:
    """Minima or maxima of the first `size` rows and columns of windows, (n * U * V, channels)."""
    pixels = maps.permute(0, 2, 3, 1)
    if pixels.requires_grad:
        # Gradients reach one pixel a window; through slices they would fill a map for each.
        places = places_in(maps.detach(), windows, select, size)
        return pixels.flatten(1, 2).gather(1, places).flatten(0, 1)
    rows, cols = windows.rows.ravel(), windows.cols.ravel()
    extreme = WITHOUT_PLACES[select]
    bands = torch.stack([extreme(pixels[:, row : row + size], dim=1) for row in rows], dim=1)
    cells = [extreme(bands[:, :, col : col + size], dim=2) for col in cols]
    return torch.stack(cells, dim=2).flatten(0, 2)


def places_in(maps: torch.Tensor, windows: Windows, select: Callable, size: int) -> torch.Tensor:
    """Where the extremes of windows are among the pixels, (n, U * V, channels)."""
    pixels = maps.permute(0, 2, 3, 1)
    n_cols = pixels.shape[2]
    first = torch.from_numpy(windows.cols.ravel().copy()).to(pixels.device)
    across = first[:, None] + torch.arange(size, device=pixels.device)
    places = []
    for row in windows.rows.ravel().tolist():
        band = pixels[:, row : row + size]
        # The column first, of extremes along columns; then the row, in that column alone.
        along_columns = WITHOUT_PLACES[select](band, dim=1)
        column = select(along_columns[:, across], dim=2).indices + first[:, None]
        in_column = band.gather(2, column[:, None].expand(-1, size, -1, -1))
        places.append((select(in_column, dim=1).indices + row) * n_cols + column)
    return torch.cat(places, dim=1)


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
        (height, width), (down, right) = ctx.kernel, ctx.stride
        cut = maps.permute(0, 2, 3, 1).unfold(1, height, down).unfold(2, width, right)
        cut = cut.permute(0, 1, 2, 4, 5, 3)  # channels last, as they lie in memory
        image = torch.arange(len(maps), device=maps.device)[:, None, None, None]
        inputs = cut[image, places // ctx.n_cols, places % ctx.n_cols].flatten(0, 2)
        of_outputs = gradient.reshape(-1, places.shape[-1]).to(maps.dtype)  # from bfloat16
        of_weight = torch.einsum("nf,nfhwc->fchw", of_outputs, inputs)
        return of_weight, of_outputs.sum(dim=0), None, None, None, None, None
