"""Descriptions of overlapping patches that share their convolutions, where that is exact.

A layer that adds no border computes on a patch what it computes there on the whole image, as long
as its stride meets every patch alike. Such layers run once per image; a pooling layer that leaves
one value of each patch, or the first layer of another kind, ends the sharing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import nn

from sk_hyperimage._typing import Ints
from sk_hyperimage.images import Windows
from sk_hyperimage.neural_network.layers._modules import (
    POOLING,
    LayeredNet,
    MinMaxPooling,
    run_blocks,
)

# Floats of the maps of one strip of an image: so few stay in a cache, and in memory that is used
# again, where larger ones would be fetched from the operating system page by page.
STRIP_FLOATS = 2**22

# What a pooling layer keeps of the values that it sees.
EXTREMES = {nn.MaxPool2d: [torch.amax], MinMaxPooling: [torch.amin, torch.amax]}
# What finds the places of these values.
SELECTIONS = {torch.amin: torch.min, torch.amax: torch.max}


def crop(maps: torch.Tensor, windows: Windows) -> torch.Tensor:
    """Maps (n, channels, H, W) from the first window to the last."""
    rows, cols = (
        slice(int(starts.flat[0]), int(starts.flat[-1]) + side)
        for starts, side in zip((windows.rows, windows.cols), windows.shape, strict=True)
    )
    return maps[:, :, rows, cols]


def cut(maps: torch.Tensor, windows: Windows) -> torch.Tensor:
    """All windows of maps (n, channels, H, W), (n * U * V, channels, n_rows, n_cols)."""
    patches = maps.unfold(2, windows.shape[0], 1).unfold(3, windows.shape[1], 1)
    rows, cols = torch.tensor(windows.rows), torch.tensor(windows.cols)
    return patches[:, :, rows, cols].permute(0, 2, 3, 1, 4, 5).flatten(0, 2)


def reduce(maps: torch.Tensor, windows: Windows, extreme: Callable, size: int) -> torch.Tensor:
    """The extreme of the first `size` rows and columns of windows, (n * U * V, channels)."""
    pixels = maps.permute(0, 2, 3, 1)
    rows, cols = windows.rows.ravel(), windows.cols.ravel()
    if pixels.requires_grad:
        # Gradients reach one pixel a window; through slices they would fill a map for each.
        picked = _positions(pixels.detach(), rows, cols, SELECTIONS[extreme], size)
        return pixels.flatten(1, 2).gather(1, picked).flatten(0, 1)
    bands = torch.stack([extreme(pixels[:, row : row + size], dim=1) for row in rows], dim=1)
    cells = [extreme(bands[:, :, col : col + size], dim=2) for col in cols]
    return torch.stack(cells, dim=2).flatten(0, 2)


def _positions(
    pixels: torch.Tensor, rows: Ints, cols: Ints, select: Callable, size: int
) -> torch.Tensor:
    """Where the extremes of windows lie among the pixels, (n, U * V, channels)."""
    n_cols = pixels.shape[2]
    first = torch.from_numpy(cols.copy()).to(pixels.device)
    across = first[:, None] + torch.arange(size, device=pixels.device)
    positions = []
    for row in rows.tolist():
        band, row_of_column = select(pixels[:, row : row + size], dim=1)
        column = select(band[:, across], dim=2).indices + first[:, None]
        positions.append((row_of_column.gather(1, column) + row) * n_cols + column)
    return torch.cat(positions, dim=1)


def n_shared_blocks(net: nn.Module, windows: Windows, layer: int) -> int:
    """How many leading blocks of a network can run once for all patches, up to a layer."""
    if not isinstance(net, LayeredNet):
        return 0
    blocks = net.blocks_to(layer)
    for index, block in enumerate(blocks):
        step = _step_without_border(block)
        if step is None:
            return index
        if isinstance(block, POOLING) and windows.n_steps(*step) == (1, 1):
            return index + 1
        if not windows.meet_alike(step[1]):
            return index
        windows = windows.after(*step)
    return len(blocks)


def embed_windows(
    net: LayeredNet, images: torch.Tensor, windows: Windows, layer: int
) -> torch.Tensor:
    """What `net.embed` says of every window of images, computed on whole images where exact.

    Parameters
    ----------
    net : LayeredNet
        In evaluation mode.
    images : tensor of shape (n, n_rows, n_cols, n_channels)
    windows : Windows
    layer : int

    Returns
    -------
    activations : tensor of shape (n * U * V, ...)
    """
    blocks = net.blocks_to(layer)
    n_shared = n_shared_blocks(net, windows, layer)
    shared, maps = blocks[:n_shared], images.permute(0, 3, 1, 2)
    n_floats = maps[:, 0].numel() * max(map(_n_filters, shared), default=1)
    strips = windows.strips(-(-n_floats // STRIP_FLOATS))
    cut = [_run_shared(shared, maps, strip).unflatten(0, (len(maps), -1)) for strip in strips]
    described = run_blocks(blocks[n_shared:], torch.cat(cut, dim=1).flatten(0, 1))
    return described.permute(0, 2, 3, 1) if described.ndim == 4 else described


def _run_shared(blocks: Iterable[nn.Module], maps: torch.Tensor, windows: Windows) -> torch.Tensor:
    """All windows of maps (n, channels, H, W) after shared blocks, (n * U * V, ...)."""
    for block in blocks:
        size, stride = _step_without_border(block) or (1, 1)
        if isinstance(block, POOLING) and windows.n_steps(size, stride) == (1, 1):
            reduced = [reduce(maps, windows, extreme, size) for extreme in EXTREMES[type(block)]]
            return torch.cat(reduced, dim=1)[:, :, None, None]
        maps, windows = block(crop(maps, windows)), windows.after(size, stride)
    return cut(maps, windows)


def _n_filters(block: nn.Module) -> int:
    """Channels that a convolution makes; 1 for other layers, which make no more than they get."""
    return block[0].out_channels if isinstance(block, nn.Sequential) else 1  # type: ignore


def _step_without_border(block: nn.Module) -> tuple[int, int] | None:
    """Size and stride of a layer that looks at nothing but its input, None for other layers."""
    if isinstance(block, nn.MaxPool2d):
        return int(block.kernel_size), int(block.stride)  # type: ignore[arg-type]
    if isinstance(block, MinMaxPooling):
        return block.size, block.size
    if isinstance(block, nn.Dropout):
        return 1, 1
    first = block[0] if isinstance(block, nn.Sequential) else None
    if isinstance(first, nn.Conv2d) and first.padding == (0, 0):
        return first.kernel_size[0], first.stride[0]
    return None
