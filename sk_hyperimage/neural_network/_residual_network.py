"""The network that equals residual co-occurrences and a linear classifier, and its relaxation."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import nn

from sk_hyperimage._typing import Floats
from sk_hyperimage.neural_network._cooccurrence import CooccurrenceNet, Half
from sk_hyperimage.neural_network.layers import Architecture, Shape

ASSIGNMENTS = ("soft", "hard")

# Thresholds of residuals that are no whole numbers give way so much, in gray levels: more than
# rounding errors, so that a tie goes outwards.
NUDGE = 2**-10


@dataclass(frozen=True)
class CooccurrenceNetwork(Architecture):
    """Residual co-occurrences and a linear classifier as a convolutional network.

    Given to a CNNClassifier as `layers`. With ``assignment="hard"`` it computes what
    :class:`~sk_hyperimage.feature_extraction.ResidualCooccurrences` computes, to the last bit,
    and reads it with one dense layer. With ``assignment="soft"`` every place counts for several
    words, so that all layers have gradients and can be trained together: the network of the
    paper. :func:`~sk_hyperimage.ensemble.network_of` makes one of a fitted pipeline, and
    :class:`~sk_hyperimage.ensemble.ResidualCNNClassifier` does all of it in one `fit`.

    Parameters
    ----------
    filter_taps, step, n_levels, n_pixels, channel
        As in :class:`~sk_hyperimage.feature_extraction.ResidualCooccurrences`: what the network
        computes before it is trained.
    words : array-like of shape (2, n_words, n_pixels), default=None
        A codebook of each half, across and along the filter, in gray levels, as
        :class:`~sk_hyperimage.feature_extraction.ResidualWords` learns them, in the place of all
        combinations of `n_levels` levels. None: these.
    clip : float or None, default=None
        Gray levels at which residuals are clipped before they are compared with words.
    assignment : {"soft", "hard"}, default="soft"
        How a place is assigned to words: by the softmax of its scores, or all to the greatest
        score. Hard assignment has no gradient: filters and words are frozen, and the readout
        alone is trained.
    sharpness : float, default=1.0
        Factor of the scores in the softmax, which are in squared gray levels. From 16 on soft
        assignment hardly differs from hard. The paper's alpha, for pixels in [0, 1], is
        ``sharpness * 255**2``: its 2 ** 16 is 1.008.
    kernel_size : int or None, default=None
        Rows and columns of all filters. None: as small as they can be, (4, 4) across and (1, 7)
        along the direction of the filter for the defaults, 1,073 weights with one output. 5 is
        the network as Section IV prints it, of 1,181; see Notes.
    coef : array-like of shape (n_outputs, n_words), default=None
        Weights of the readout, in the order of the features; with `intercept`. None: they are
        drawn at random. A given readout competes with what training makes of it wherever there
        are validation samples.
    intercept : array-like of shape (n_outputs,), default=None
    rate_factors : tuple of float, default=(1, 1, 1, 1)
        What the learning rates of filters, words, offsets and readout are multiplied by.

    Raises
    ------
    ValueError
        In `fit`, if a parameter is out of range, if samples are smaller than the filters or
        neither gray nor RGB, or if `coef` or `intercept` do not fit the words or the classes.

    See Also
    --------
    CNNClassifier : Trains it.

    Notes
    -----
    The first layer of each half holds the filter once for each of the neighboring pixels, shifted
    by one; the second compares their residuals r with each word c, ``r @ c - c @ c / 2`` (Eq. 3).
    Where residuals can lie exactly between two levels, as they do for even steps, the offset
    differs by half a gray level, which makes the descriptor's rounding of a maximum. Words are
    counted over the image and its transpose, by the same weights, and divided by the number of
    places (the paper's average pooling).

    Weights are in units of pixels in [0, 1], and a learning rate is, too: 1e-6 moves a word by
    1/4000 of a gray level at most, and its offset by 1/15 of a squared one. Pixels are rounded to
    whole gray levels, as the descriptor rounds them. Neither bfloat16 nor a network's `precision`
    reaches these layers, except that TF32 rounds trained words.

    Filters of 5 x 5 hold the four rows of the across half. Along the filter they hold only the
    first two of four pixels, whose residuals need five columns, where four need seven: with
    ``kernel_size=5`` the other two filters begin as zeros, and the 81 words of that half share
    the counts of nine pairs. So the published size and the published features exclude each other
    there, and a classifier of these features cannot be handed over without loss.

    ``embed(X)`` gives the shares of words, in the order of the descriptor's features.

    References
    ----------
    D. Cozzolino, G. Poggi and L. Verdoliva, "Recasting residual-based local descriptors as
    convolutional neural networks: an application to image forgery detection", IH&MMSec 2017,
    Section III-B (the networks) and IV (sizes).

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.feature_extraction import ResidualCooccurrences
    >>> from sk_hyperimage.neural_network import CNNClassifier, CooccurrenceNetwork
    >>> images = np.random.default_rng(0).integers(0, 256, (20, 16, 16), dtype=np.uint8)
    >>> model = CNNClassifier(CooccurrenceNetwork(assignment="hard"), max_epochs=0)
    >>> shares = model.fit(images, np.arange(20) % 2).embed(images)
    >>> features = ResidualCooccurrences().fit_transform(images)
    >>> bool(np.abs(shares - features).max() < 1e-7)
    True
    """

    filter_taps: tuple[float, ...] = (1, -3, 3, -1)
    step: float = 4.5
    n_levels: int = 3
    n_pixels: int = 4
    channel: str = "green"
    words: ArrayLike | None = field(default=None, repr=False, kw_only=True)
    clip: float | None = field(default=None, kw_only=True)
    assignment: str = field(default="soft", kw_only=True)
    sharpness: float = field(default=1.0, kw_only=True)
    kernel_size: int | None = field(default=None, kw_only=True)
    coef: ArrayLike | None = field(default=None, repr=False, kw_only=True)
    intercept: ArrayLike | None = field(default=None, repr=False, kw_only=True)
    rate_factors: tuple[float, float, float, float] = field(default=(1, 1, 1, 1), kw_only=True)

    def __post_init__(self) -> None:
        # As tuples, which can be compared, hashed and written.
        for name in ("filter_taps", "rate_factors"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for name, n_axes in {"words": 3, "coef": 2, "intercept": 1}.items():
            if (values := getattr(self, name)) is not None:
                array = np.array(values, dtype=np.float64, ndmin=n_axes)
                object.__setattr__(self, name, _as_tuples(array.tolist()))

    @property
    def comes_trained(self) -> bool:
        """Whether a readout is given."""
        return self.coef is not None

    def __call__(self, *, input_shape: Shape, n_outputs: int | None) -> CooccurrenceNet:
        """Build the network.

        Parameters
        ----------
        input_shape : tuple of int
            (n_rows, n_cols, 1 or 3) of a sample.
        n_outputs : int or None
            Width of the readout; None for a network that describes, without one.
        """
        self._check(input_shape)
        halves = {}
        for index, name in enumerate(("across", "along")):
            filters, reach = filter_bank(self.filter_taps, self.n_pixels, name, self.kernel_size)
            halves[name] = Half(filters, *self._words(index), reach, self.clip)
        return CooccurrenceNet(
            halves,
            self.channel,
            self.sharpness if self.assignment == "soft" else None,
            self._readout(2 * len(self._words(0)[0]), n_outputs),
            self.rate_factors,
        )

    def _words(self, half: int) -> tuple[Floats, Floats]:
        """Words and offsets of one half, in gray levels."""
        if self.words is not None:
            words = np.array(self.words)[half]
            return words, -np.square(words).sum(axis=1) / 2
        return (
            product_words(self.step, self.n_levels, self.n_pixels),
            product_offsets(self.filter_taps, self.step, self.n_levels, self.n_pixels),
        )

    def _readout(self, n_words: int, n_outputs: int | None) -> nn.Linear | None:
        if n_outputs is None:
            return None
        readout = nn.Linear(n_words, n_outputs)
        if self.coef is None:
            return readout
        given = {"coef": np.array(self.coef), "intercept": np.array(self.intercept)}
        needed = {"coef": (n_outputs, n_words), "intercept": (n_outputs,)}
        for name, array in given.items():
            if array.shape != needed[name]:
                raise ValueError(
                    f"{name} of CooccurrenceNetwork must have the shape {needed[name]}, for "
                    f"{n_outputs} outputs and {n_words} words, got {array.shape}"
                )
        with torch.no_grad():
            readout.weight.copy_(torch.as_tensor(given["coef"]))
            readout.bias.copy_(torch.as_tensor(given["intercept"]))
        return readout

    def _check(self, input_shape: Shape) -> None:
        side = len(self.filter_taps) + self.n_pixels - 1
        if self.kernel_size is not None and self.kernel_size < max(
            len(self.filter_taps), self.n_pixels
        ):
            raise ValueError(
                f"kernel_size={self.kernel_size} of CooccurrenceNetwork holds neither "
                f"{len(self.filter_taps)} filter_taps nor {self.n_pixels} rows of them"
            )
        if self.assignment not in ASSIGNMENTS:
            raise ValueError(f"assignment must be one of {ASSIGNMENTS}, got {self.assignment!r}")
        if self.channel not in ("green", "gray"):
            raise ValueError(f"channel must be 'green' or 'gray', got {self.channel!r}")
        if not self.sharpness > 0:
            raise ValueError(f"sharpness must be positive, got {self.sharpness!r}")
        if self.n_levels < 3 or self.n_levels % 2 == 0 or self.n_pixels < 1 or not self.step > 0:
            raise ValueError(
                f"CooccurrenceNetwork needs an odd n_levels from 3, n_pixels from 1 and a "
                f"positive step, got {self.n_levels!r}, {self.n_pixels!r} and {self.step!r}"
            )
        if self.words is not None:
            shape = np.shape(self.words)
            if len(shape) != 3 or shape[::2] != (2, self.n_pixels) or shape[1] < 1:
                raise ValueError(
                    f"words must have the shape (2, n_words, {self.n_pixels}), for two halves and "
                    f"n_pixels={self.n_pixels}, got {shape}"
                )
        if len(self.rate_factors) != 4 or not min(self.rate_factors) >= 0:
            raise ValueError(
                f"rate_factors must be four numbers from 0, got {self.rate_factors!r}"
            )
        if (self.coef is None) != (self.intercept is None):
            raise ValueError("CooccurrenceNetwork needs coef and intercept, or neither")
        if input_shape[-1] not in (1, 3):
            raise ValueError(
                f"CooccurrenceNetwork takes gray (1 channel) and RGB images (3), got samples of "
                f"shape {tuple(input_shape)}"
            )
        if min(input_shape[:2]) < side:
            raise ValueError(
                f"CooccurrenceNetwork with {len(self.filter_taps)} filter_taps and "
                f"n_pixels={self.n_pixels} needs samples of at least {side} x {side} pixels, got "
                f"samples of shape {tuple(input_shape)}"
            )


def _as_tuples(values: Any) -> Any:
    return tuple(map(_as_tuples, values)) if isinstance(values, list) else values


def filter_bank(
    taps: tuple[float, ...], n_pixels: int, half: str, kernel_size: int | None = None
) -> tuple[Floats, tuple[int, int]]:
    """The filter at each of the neighbors, and rows and columns that it reaches over.

    Of the neighbors along the filter a kernel of a given size holds the first ones only.

    Returns
    -------
    filters : ndarray of shape (n_pixels, n_rows, n_cols)
    reach : tuple of int
    """
    n = len(taps)
    n_held = n_pixels
    if kernel_size is not None and half == "along":
        n_held = min(n_pixels, kernel_size - n + 1)
    reach = (n_held, n) if half == "across" else (1, n + n_held - 1)
    filters = np.zeros((n_pixels, *(reach if kernel_size is None else [kernel_size] * 2)))
    for pixel in range(n_held):
        row, col = (pixel, 0) if half == "across" else (0, pixel)
        filters[pixel, row, col : col + n] = taps
    return filters, reach


def product_words(step: float, n_levels: int, n_pixels: int) -> Floats:
    """All combinations of levels, (n_levels ** n_pixels, n_pixels), the first pixel slowest."""
    n_positive = n_levels // 2
    levels = np.arange(-n_positive, n_positive + 1) * float(step)
    return np.array(list(itertools.product(levels, repeat=n_pixels)))


def product_offsets(taps: tuple[float, ...], step: float, n_levels: int, n_pixels: int) -> Floats:
    """Offsets of their scores: minus half their squares, but for ties, which go outwards.

    Two neighboring levels have equal scores at the threshold between them. Residuals of whole
    numbers may lie on it; it is then put half a gray level nearer to 0, where none lies.
    """
    thresholds = step * (np.arange(n_levels // 2) + 0.5)
    if all(float(tap).is_integer() for tap in taps):
        thresholds = np.where(thresholds % 1 == 0, thresholds - 0.5, thresholds)
    else:
        thresholds = thresholds - NUDGE
    outwards = -step * np.cumsum(thresholds)
    of_levels = np.concatenate([outwards[::-1], [0], outwards])
    return np.array([sum(word) for word in itertools.product(of_levels, repeat=n_pixels)])
