"""Structural similarity (SSIM)."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from sk_hyperimage.metrics.full_reference._pair import check_min_side, check_pair

# Gaussian weights of the paper; its windows are 11 x 11 pixels.
GAUSSIAN = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
GAUSSIAN_SIDE = 11


def ssim(
    reference: ArrayLike,
    image: ArrayLike,
    *,
    data_range: float | None = None,
    window: str | int = "gaussian",
    full: bool = False,
) -> Any:
    """Mean structural similarity of an image to its reference; higher is better.

    Parameters
    ----------
    reference, image : array-like of shape (n_rows, n_cols) or (n_rows, n_cols, n_channels)
        Images of one shape.
    data_range : float, default=None
        Largest minus smallest possible value. None: the largest value of unsigned integers, as
        255 of 8-bit images, and 1 for floats.
    window : "gaussian" or odd int, default="gaussian"
        Neighborhoods in which images are compared: the Gaussian weights of the paper, 1.5 pixels
        wide, or squares of that many rows and columns, with the covariance of a sample.
    full : bool, default=False
        Whether to return the map as well.

    Returns
    -------
    ssim : float
        At most 1, for an image equal to its reference; rarely below 0. It is the mean over all
        windows inside the image and over its channels.
    map : ndarray of shape (n_rows, n_cols), if `full` is True
        SSIM around every pixel, the mean over channels.

    Raises
    ------
    ValueError
        If the images differ in shape, are smaller than a window, or contain NaN or infinity.

    References
    ----------
    Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to
    structural similarity", IEEE Transactions on Image Processing 13(4), 2004; as scikit-image
    computes it.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.metrics import ssim
    >>> pristine = np.random.default_rng(0).random((32, 32))
    >>> damaged = pristine.copy()
    >>> damaged[:, 16:] = 0.5
    >>> score, where = ssim(pristine, damaged, full=True)
    >>> round(score, 2), where[16, [4, 28]].round(2)
    (0.53, array([1.  , 0.01]))
    """
    from skimage.metrics import structural_similarity

    reference, image, data_range = check_pair(reference, image, data_range)
    check_min_side(reference, GAUSSIAN_SIDE if isinstance(window, str) else window)
    options: dict[str, Any] = GAUSSIAN if window == "gaussian" else {"win_size": window}
    score, similarity = structural_similarity(
        reference, image, data_range=data_range, channel_axis=2, full=True, **options
    )
    return (float(score), similarity.mean(axis=2)) if full else float(score)
