"""How often each word is nearest to the residuals of an image, softly or strictly.

Scores of all words at all places would fill gigabytes; they are made, used, and made again for
the gradient, a few places at a time in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch.autograd.function import once_differentiable
from torch.nn import functional

# Scores that are made at a time: so few stay in a processor's cache; a GPU wants many.
CPU_SCORES, GPU_SCORES = 2**17, 2**26


def hard_counts(
    residuals: torch.Tensor, words: torch.Tensor, offsets: torch.Tensor
) -> torch.Tensor:
    """Places where each word has the greatest score, the first of equals; as `soft_counts`."""
    counts = residuals.new_zeros(len(residuals), len(words))
    with torch.no_grad():
        for images, places in parts(residuals, len(words)):
            nearest = scores(residuals[images, :, places], words, offsets).argmax(dim=2)
            ones = counts.new_ones(1, 1).expand(nearest.shape)
            counts[images].scatter_add_(1, nearest, ones)
    return counts


def soft_counts(
    residuals: torch.Tensor, words: torch.Tensor, offsets: torch.Tensor
) -> torch.Tensor:
    """Softmax of the scores of all words, summed over places.

    Parameters
    ----------
    residuals : tensor of shape (n, n_pixels, n_places)
    words : tensor of shape (n_words, n_pixels)
    offsets : tensor of shape (n_words,)

    Returns
    -------
    counts : tensor of shape (n, n_words)
        Rows sum to n_places.
    """
    return SoftCounts.apply(residuals, words, offsets)


class SoftCounts(torch.autograd.Function):
    """The sum, and its gradient, for which the scores are computed a second time."""

    @staticmethod
    def forward(
        ctx: Any, residuals: torch.Tensor, words: torch.Tensor, offsets: torch.Tensor
    ) -> torch.Tensor:
        """Sum over places."""
        ctx.save_for_backward(residuals, words, offsets)
        counts = residuals.new_zeros(len(residuals), len(words))
        for images, places in parts(residuals, len(words)):
            part = residuals[images, :, places]
            counts[images] += scores(part, words, offsets).softmax(dim=2).sum(dim=1)
        return counts

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Gradients of residuals, words and offsets."""
        residuals, words, offsets = ctx.saved_tensors
        gradients = tuple(map(torch.zeros_like, ctx.saved_tensors))
        for images, places in parts(residuals, len(words)):
            part, wanted = residuals[images, :, places], gradient[images, None]
            of_part, *of_shared = gradients_of(part, words, offsets, wanted)
            gradients[0][images, :, places] = of_part
            for total, summand in zip(gradients[1:], of_shared, strict=True):
                total += summand
        return gradients


def gradients_of(
    residuals: torch.Tensor, words: torch.Tensor, offsets: torch.Tensor, wanted: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Gradients through softmax and scores.

    Parameters
    ----------
    residuals : tensor of shape (m, n_pixels, n_places)
    words, offsets : tensor
    wanted : tensor of shape (m, n_places or 1, n_words)
        Gradient of the softmax.
    """
    shares = scores(residuals, words, offsets).softmax(dim=2)
    if wanted.shape[1] == 1:
        of_scores = wanted - shares @ wanted.transpose(1, 2)
    else:
        of_scores = wanted - (shares * wanted).sum(dim=2, keepdim=True)
    of_scores *= shares
    of_words = (residuals @ of_scores).sum(dim=0).T
    return (of_scores @ words).transpose(1, 2), of_words, of_scores.sum(dim=(0, 1))


def scores(residuals: torch.Tensor, words: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """Matching scores (Eq. 3 of the paper), (m, n_places, n_words)."""
    of_each = words.T.expand(len(residuals), -1, -1)
    return torch.baddbmm(offsets, residuals.transpose(1, 2), of_each)


def parts(residuals: torch.Tensor, n_words: int) -> Iterator[tuple[slice, slice]]:
    """Images and places whose scores are made at a time: several images, or places in one."""
    n_images, _, n_places = residuals.shape
    n_at_once = max(1, limit(residuals) // n_words)
    step = max(1, n_at_once // max(1, n_places))
    for first in range(0, n_images, step):
        for start in range(0, n_places, n_at_once):
            yield slice(first, first + step), slice(start, start + n_at_once)


def limit(tensor: torch.Tensor) -> int:
    """Scores that are made at a time where a tensor is."""
    return CPU_SCORES if tensor.device.type == "cpu" else GPU_SCORES


def assigned(scores: torch.Tensor, *, softly: bool) -> torch.Tensor:
    """Shares of the words of every place, which sum to one."""
    if softly:
        return scores.softmax(dim=-1)
    return functional.one_hot(scores.argmax(dim=-1), scores.shape[-1]).to(scores.dtype)
