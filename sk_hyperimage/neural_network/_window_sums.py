"""What `_assignment` sums over an image, over many windows that overlap, every place once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch.autograd.function import once_differentiable

from sk_hyperimage.images import Windows
from sk_hyperimage.neural_network._assignment import assigned, gradients_of, limit, scores


def window_sums(
    residuals: torch.Tensor,
    words: torch.Tensor,
    offsets: torch.Tensor,
    windows: Windows,
    *,
    softly: bool,
) -> torch.Tensor:
    """Shares of the words summed over the places of each window.

    Parameters
    ----------
    residuals : tensor of shape (n, n_pixels, h, w)
    words : tensor of shape (n_words, n_pixels)
    offsets : tensor of shape (n_words,)
    windows : Windows
        A lattice of U x V windows, in places of `residuals`.
    softly : bool
        Whether by softmax; otherwise there is no gradient.

    Returns
    -------
    sums : tensor of shape (n, U, V, n_words)
        Whole numbers are exact.
    """
    rows, cols = (
        _holds(starts.ravel(), side, n).to(residuals)
        for starts, side, n in zip(
            (windows.rows, windows.cols), windows.shape, residuals.shape[2:], strict=True
        )
    )
    return WindowSums.apply(residuals, words, offsets, rows, cols, softly)


def _holds(starts: Any, side: int, n: int) -> torch.Tensor:
    """1 where a window (row) holds a place (column), else 0."""
    places, first = torch.arange(n), torch.as_tensor(starts)[:, None]
    return (places >= first) & (places < first + side)


class WindowSums(torch.autograd.Function):
    """The sums, and their gradient, for which the scores are computed a second time.

    Sums are products with matrices of zeros and ones, first along rows, so that neither shares
    of all places nor running totals, which lose digits, are held.
    """

    @staticmethod
    def forward(
        ctx: Any,
        residuals: torch.Tensor,
        words: torch.Tensor,
        offsets: torch.Tensor,
        rows: torch.Tensor,
        cols: torch.Tensor,
        softly: bool,
    ) -> torch.Tensor:
        """Sum over the places of each window."""
        ctx.save_for_backward(residuals, words, offsets, rows, cols)
        sums = residuals.new_zeros(len(residuals), len(rows), len(cols), len(words))
        for image, strip in _strips(residuals, len(words)):
            part = residuals[image, :, strip]
            shares = assigned(scores(part.flatten(1)[None], words, offsets)[0], softly=softly)
            of_rows = cols @ shares.unflatten(0, part.shape[1:])
            sums[image].flatten(1).addmm_(rows[:, strip], of_rows.flatten(1))
        return sums

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Gradients of residuals, words and offsets."""
        residuals, words, offsets, rows, cols = ctx.saved_tensors
        gradients = tuple(map(torch.zeros_like, (residuals, words, offsets)))
        for image, strip in _strips(residuals, len(words)):
            part = residuals[image, :, strip]
            of_rows = rows[:, strip].T @ gradient[image].flatten(1)
            wanted = cols.T @ of_rows.unflatten(1, (len(cols), len(words)))
            of_part, *of_shared = gradients_of(
                part.flatten(1)[None], words, offsets, wanted.flatten(0, 1)[None]
            )
            gradients[0][image, :, strip] = of_part[0].unflatten(1, part.shape[1:])
            for total, summand in zip(gradients[1:], of_shared, strict=True):
                total += summand
        return *gradients, None, None, None


def _strips(residuals: torch.Tensor, n_words: int) -> Iterator[tuple[int, slice]]:
    """An image, and some of its rows."""
    n_images, _, n_rows, n_cols = residuals.shape
    step = max(1, limit(residuals) // (n_words * max(1, n_cols)))
    for image in range(n_images):
        for first in range(0, n_rows, step):
            yield image, slice(first, first + step)
