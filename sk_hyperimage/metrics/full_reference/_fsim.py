"""Feature similarity (FSIM), and with color (FSIMc).

Equation numbers are those of Zhang, Zhang, Mou and Zhang, 2011.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage._typing import Floats
from sk_hyperimage.metrics.full_reference._maps import (
    SCHARR,
    gradient,
    luma,
    reduced,
    reduction,
    similarity,
    weighted_mean,
)
from sk_hyperimage.metrics.full_reference._pair import levels_of_pair
from sk_hyperimage.metrics.full_reference._phase_congruency import phase_congruency

# Constants of phase congruency, gradients and the two channels of color.
T1, T2, T3 = 0.85, 160, 200
COLOR_EXPONENT = 0.03
# Columns: I and Q of the color space YIQ.
COLORS = np.array([[0.596, 0.211], [-0.274, -0.523], [-0.322, 0.312]])


def fsim(
    reference: ArrayLike, image: ArrayLike, *, data_range: float | None = None, full: bool = False
) -> Any:
    """Feature similarity of an image to its reference; higher is better.

    Phase congruency says where edges and lines are, whatever their contrast. It and the gradient
    are compared, and places where either image has more of it count more. Only luma is looked at.

    Parameters
    ----------
    reference, image : array-like of shape (n_rows, n_cols) or (n_rows, n_cols, n_channels)
        Gray or RGB images of one shape. RGB becomes luma, not rounded.
    data_range : float, default=None
        Largest minus smallest possible value. None: the largest value of unsigned integers, as
        255 of 8-bit images, and 1 for floats.
    full : bool, default=False
        Whether to return the map as well.

    Returns
    -------
    fsim : float
        From 0 to 1, for an image equal to its reference.
    map : ndarray of shape (ceil(n_rows / step), ceil(n_cols / step)), if `full` is True
        Similarity from 0 to 1 (Eq. 6): higher is better. `fsim` is its mean weighted by phase
        congruency. `step` is the shorter side of the image divided by 256, rounded, and at
        least 1.

    Raises
    ------
    ValueError
        If the images differ in shape, do not have one or three channels, or contain NaN or
        infinity.

    See Also
    --------
    fsimc : The same with color.

    Notes
    -----
    If neither image has structure anywhere, so that no place counts, the plain mean is returned.

    References
    ----------
    Zhang, Zhang, Mou and Zhang, "FSIM: a feature similarity index for image quality assessment",
    IEEE Transactions on Image Processing 20(8), 2011.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.metrics import fsim
    >>> pristine = np.random.default_rng(0).random((32, 32))
    >>> damaged = pristine.copy()
    >>> damaged[:, 16:] = 0.5
    >>> round(fsim(pristine, pristine), 6), round(fsim(pristine, damaged), 2)
    (1.0, 0.8)
    """
    pair = levels_of_pair(reference, image, data_range, n_channels=(1, 3))
    similar, weights = _features(*pair)
    score = weighted_mean(similar, weights)
    return (score, similar) if full else score


def fsimc(
    reference: ArrayLike, image: ArrayLike, *, data_range: float | None = None, full: bool = False
) -> Any:
    """Feature similarity of a color image to its reference; higher is better.

    :func:`fsim` times a similarity of color.

    Parameters
    ----------
    reference, image : array-like of shape (n_rows, n_cols, 3)
        RGB images of one shape.
    data_range : float, default=None
        Largest minus smallest possible value. None: the largest value of unsigned integers, as
        255 of 8-bit images, and 1 for floats.
    full : bool, default=False
        Whether to return the map as well.

    Returns
    -------
    fsimc : float
        From 0 to 1, for an image equal to its reference.
    map : ndarray of shape (ceil(n_rows / step), ceil(n_cols / step)), if `full` is True
        As of :func:`fsim`, with color (Eq. 10).

    Raises
    ------
    ValueError
        If the images differ in shape, do not have three channels, or contain NaN or infinity.

    References
    ----------
    Zhang, Zhang, Mou and Zhang, "FSIM: a feature similarity index for image quality assessment",
    IEEE Transactions on Image Processing 20(8), 2011.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.metrics import fsim, fsimc
    >>> pristine = np.random.default_rng(0).random((32, 32, 3))
    >>> faded = pristine.copy()
    >>> faded[..., 2] = 0.5
    >>> fsimc(pristine, faded) < fsim(pristine, faded)
    True
    """
    pair = levels_of_pair(reference, image, data_range, n_channels=(3,))
    similar, weights = _features(*pair)
    step = reduction(pair[0].shape)
    color = np.ones(similar.shape)
    for opponent in COLORS.T:
        color *= similarity(*(reduced(levels @ opponent, step) for levels in pair), constant=T3)
    # A product may be negative; the authors take the real part of its power.
    similar = similar * np.power(color.astype(complex), COLOR_EXPONENT).real
    score = weighted_mean(similar, weights)
    return (score, similar) if full else score


def _features(reference: Floats, image: Floats) -> tuple[Floats, Floats]:
    """Similarity of phase congruency and gradients, and the larger phase congruency."""
    step = reduction(reference.shape)
    channels = [reduced(luma(levels), step) for levels in (reference, image)]
    phases = [phase_congruency(channel) for channel in channels]
    gradients = [gradient(channel, SCHARR) for channel in channels]
    similar = similarity(*phases, constant=T1) * similarity(*gradients, constant=T2)
    return similar, np.maximum(*phases)
