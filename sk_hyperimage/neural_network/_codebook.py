"""A start for the first convolution: filters that small squares of the samples have in common."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import normalize

from sk_hyperimage._typing import Floats, Ints
from sk_hyperimage.images import Samples
from sk_hyperimage.neural_network.layers import LayeredNet
from sk_hyperimage.neural_network.layers._fc import Dense
from sk_hyperimage.utils._whitening import zca_whitening

# What asks for it as `initial_weights`.
CODEBOOK = "codebook"

# Samples that squares are cut from, and squares in all.
N_SAMPLES, N_SQUARES = 2_000, 20_000

# Added to the variances of squares when they are whitened, relative to the mean variance.
WHITENING_EPS = 0.1


def start_with_codebook(
    module: torch.nn.Module, samples: Samples, rows: Ints, random_state: np.random.RandomState
) -> None:
    """Make the filters of a first convolution the words of a codebook; other layers stay random.

    Words are those of the mean of all colors: with few filters, words of colors would say less
    of each. Channels that are neither gray nor RGB, such as those of `LuminanceAndContrast`, have
    words of their own, an equal share of the filters each, and units of their own in the dense
    layer that reads them after pooling. Training may change all this, unless layers are frozen.

    Where there are fewer different squares than filters, these stay as they are.

    Parameters
    ----------
    module : torch.nn.Module
    samples : Samples of shape (n, n_rows, n_cols, n_channels)
    rows : ndarray of int
        Those to learn from.
    random_state : RandomState

    Raises
    ------
    ValueError
        If the first layer with weights is no convolution of such samples.
    """
    with_weights = (part for part in module.modules() if hasattr(part, "weight"))
    convolution = next(with_weights, None)
    if not (
        isinstance(convolution, torch.nn.Conv2d)
        and samples.sample_ndim == 3
        and convolution.in_channels == samples.n_channels
    ):
        raise ValueError(
            "initial_weights='codebook' needs layers that start with a convolution of images"
        )
    size = (convolution.kernel_size[0], convolution.kernel_size[1])
    if min(samples.sample_shape[:2]) < max(size):  # type: ignore[index]
        raise ValueError(
            f"initial_weights='codebook' needs samples at least as large as the first filters, "
            f"{size[0]} x {size[1]}, but they have the shape {samples.sample_shape}"
        )
    squares = random_squares(samples, rows, size, random_state)
    parts = np.array_split(np.arange(convolution.out_channels), len(squares))
    with torch.no_grad():
        for channel, (of_channel, some) in enumerate(zip(squares, parts, strict=True)):
            of_channel = of_channel[np.ptp(of_channel, axis=1) > 0]
            if len(np.unique(of_channel, axis=0)) <= len(some):
                continue
            words, offsets = codebook(of_channel, len(some), random_state)
            weight = np.zeros((len(some), *convolution.weight.shape[1:]))
            seen = slice(None) if len(squares) == 1 else [channel]
            weight[:, seen] = words.reshape(-1, 1, *size) / (samples.n_channels // len(squares))
            convolution.weight[some] = torch.from_numpy(weight).to(convolution.weight)
            if convolution.bias is not None:
                convolution.bias[some] = torch.from_numpy(offsets).to(convolution.bias)
        if len(squares) > 1:
            _divide_units(module, parts)


def _divide_units(module: torch.nn.Module, parts: Sequence[Ints]) -> None:
    """Give each part of the first filters units of its own in the dense layer that reads them.

    Their weights grow, so that sums of fewer inputs keep their variance.
    """
    if not isinstance(module, LayeredNet):
        return
    after = range(module.describing[0] + 1, len(module.kinds))
    reader = next((index for index in after if not module.kinds[index].pools), None)
    if reader is None or not isinstance(module.kinds[reader], Dense):
        return
    weight = module.layers[reader].get_parameter("dense.weight")
    *places, n_inputs = module.shapes[reader]
    n_filters = sum(map(len, parts))
    reads = np.repeat(np.arange(n_inputs) % n_filters, math.prod(places))
    for units, some in zip(np.array_split(np.arange(len(weight)), len(parts)), parts, strict=True):
        weight[units] *= torch.from_numpy(np.isin(reads, some)) * math.sqrt(n_filters / len(some))


def random_squares(
    samples: Samples, rows: Ints, size: tuple[int, int], random_state: np.random.RandomState
) -> Floats:
    """Squares at random places, (channels or 1 of their mean, about N_SQUARES, pixels of one)."""
    n_samples = min(len(rows), N_SAMPLES)
    chosen = np.sort(random_state.choice(rows, n_samples, replace=False))
    n_each = max(1, N_SQUARES // n_samples)
    cut = []
    for index in chosen:
        pixels = samples.item(index).astype(np.float64, copy=False)
        if pixels.shape[2] in (1, 3):
            pixels = pixels.mean(axis=2, keepdims=True)
        windows = np.lib.stride_tricks.sliding_window_view(pixels, size, axis=(0, 1))
        places = [random_state.randint(length, size=n_each) for length in windows.shape[:2]]
        cut.append(windows[tuple(places)].reshape(n_each, pixels.shape[2], -1))
    return np.concatenate(cut).swapaxes(0, 1)


def codebook(
    squares: Floats, n_words: int, random_state: np.random.RandomState
) -> tuple[Floats, Floats]:
    """Filters and offsets that give the cosine-like similarity of a square to words.

    A square's mean is taken off, it is whitened, and compared with the centers of k-means, which
    have unit length. All this is linear, so that it is one convolution.

    Parameters
    ----------
    squares : ndarray of shape (n, d)
    n_words : int
    random_state : RandomState

    Returns
    -------
    filters : ndarray of shape (n_words, d)
    offsets : ndarray of shape (n_words,)

    References
    ----------
    A. Coates, H. Lee and A. Y. Ng, "An analysis of single-layer networks in unsupervised feature
    learning", AISTATS 2011.
    """
    from sklearn.cluster import MiniBatchKMeans

    centered = squares - squares.mean(axis=1, keepdims=True)
    mean = centered.mean(axis=0)
    whitening = zca_whitening(centered, WHITENING_EPS * centered.var(axis=0).mean())
    white = normalize((centered - mean) @ whitening)
    with warnings.catch_warnings():
        # Squares may be alike without their means, so that there are fewer than words.
        warnings.simplefilter("ignore", ConvergenceWarning)
        kmeans = MiniBatchKMeans(n_words, n_init=1, batch_size=4096, random_state=random_state)
        words = normalize(kmeans.fit(white).cluster_centers_)
    of_centered = words @ whitening
    without_mean = of_centered - of_centered.mean(axis=1, keepdims=True)
    return without_mean, -of_centered @ mean
