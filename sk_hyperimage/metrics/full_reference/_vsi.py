"""Visual saliency-induced index (VSI).

Equation numbers are those of Zhang, Shen and Li, 2014.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage.metrics.full_reference._maps import (
    SCHARR,
    gradient,
    reduced,
    reduction,
    similarity,
    weighted_mean,
)
from sk_hyperimage.metrics.full_reference._pair import levels_of_pair
from sk_hyperimage.metrics.full_reference._saliency import saliency

# Columns: L, M and N, luma and two opponent colors.
OPPONENTS = np.array([[0.06, 0.30, 0.34], [0.63, 0.04, -0.60], [0.27, -0.35, 0.17]])
# Constants of saliency, gradients and colors.
C1, C2, C3 = 1.27, 386, 130
GRADIENT_EXPONENT, COLOR_EXPONENT = 0.40, 0.02


def vsi(
    reference: ArrayLike, image: ArrayLike, *, data_range: float | None = None, full: bool = False
) -> Any:
    """Visual saliency-induced index of an image to its reference; higher is better.

    What draws attention is compared, with gradients and colors, and it counts more.

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
    vsi : float
        From 0 to 1, for an image equal to its reference; rarely below 0.8.
    map : ndarray of shape (ceil(n_rows / step), ceil(n_cols / step)), if `full` is True
        Similarity, at most 1 (Eq. 8): higher is better. `vsi` is its mean weighted by saliency.
        `step` is the shorter side of the image divided by 256, rounded, and at least 1.

    Raises
    ------
    ValueError
        If the images differ in shape, do not have three channels, or contain NaN or infinity.

    Notes
    -----
    Details are those of the authors' MATLAB release. If neither image has anything salient, so
    that no place counts, the plain mean is returned.

    References
    ----------
    Zhang, Shen and Li, "VSI: a visual saliency-induced index for perceptual image quality
    assessment", IEEE Transactions on Image Processing 23(10), 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.metrics import vsi
    >>> pristine = np.random.default_rng(0).random((32, 32, 3))
    >>> damaged = pristine.copy()
    >>> damaged[:, 16:] = 0.5
    >>> round(vsi(pristine, pristine), 6), round(vsi(pristine, damaged), 2)
    (1.0, 0.76)
    """
    pair = levels_of_pair(reference, image, data_range, n_channels=(3,))
    step = reduction(pair[0].shape)
    attention = [reduced(saliency(levels), step) for levels in pair]
    lumas, *colors = (
        [reduced(levels @ opponent, step) for levels in pair] for opponent in OPPONENTS.T
    )
    gradients = [gradient(channel, SCHARR) for channel in lumas]
    color = similarity(*colors[0], constant=C3) * similarity(*colors[1], constant=C3)
    similar = (
        similarity(*attention, constant=C1)
        * similarity(*gradients, constant=C2) ** GRADIENT_EXPONENT
        # A product may be negative; the authors take the real part of its power.
        * np.power(color.astype(complex), COLOR_EXPONENT).real
    )
    score = weighted_mean(similar, np.maximum(*attention))
    return (score, similar) if full else score
