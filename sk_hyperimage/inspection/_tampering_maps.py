"""Where the tampering is: maps at the resolution of the image, and pictures of them."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np

from sk_hyperimage.feature_extraction._stages import take_apart
from sk_hyperimage.images import as_float_image, read_image
from sk_hyperimage.images._gray import gray_levels
from sk_hyperimage.images._reading import is_path
from sk_hyperimage.utils._sklearn import Interval, validate_params

RED = np.array([1.0, 0.0, 0.0])


def tampering_maps(model: Any, images: Sequence[Any] | np.ndarray) -> list[np.ndarray]:
    """How tampered each pixel of each image looks to the first stage of a model.

    The first stage judges every patch of the grid by itself, and a pixel gets the mean of the
    patches that hold it. A map is thus as fine as the grid is dense, and nothing sharpens or
    smooths it afterwards.

    Parameters
    ----------
    model : fitted estimator
        A :class:`ForgeryEncoder`, a ``HyperImageClassifier``, or a Pipeline that holds either one,
        or a ``PatchExtractor`` followed by a ``HyperImageEncoder`` or ``PatchPoolingClassifier``.
        Earlier steps of the Pipeline are applied to the images.
    images : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths

    Returns
    -------
    maps : list of n_images ndarray of shape (n_rows, n_cols)
        float32 in [0, 1], higher is more tampered: of a patch, the probability of the greater
        label where the first stage has `predict_proba`, else the logistic function of its
        `decision_function`, so that 0.5 is the threshold of its `predict`. The scale is the same
        for all images: a map of an authentic one may be low everywhere.

    Raises
    ------
    ValueError
        If no step of `model` judges patches, or it tells other than two classes apart.

    Notes
    -----
    A pixel that no patch holds, between those of a wide grid, gets the value of the nearest pixel
    that has one. In an image that the grid scales down, every pixel has the value of the one it
    fell on.

    A ``PatchRanker`` was taught the contours of tampered regions: it is these that stand out, not
    the inside of a large region.

    See Also
    --------
    overlay : Draws a map on its image.
    sk_hyperimage.metrics.localization_scores : Compares maps with masks.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sk_hyperimage.ensemble import PatchPoolingClassifier
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> from sk_hyperimage.inspection import tampering_maps
    >>> from sk_hyperimage.neural_network import CNNClassifier
    >>> images = np.random.default_rng(0).random((20, 32, 48), dtype=np.float32)
    >>> tampered = np.arange(20) % 2
    >>> stage_one = CNNClassifier("C(4) MP(8) FC(8) FC(1,sigmoid)", max_epochs=1, random_state=0)
    >>> model = make_pipeline(PatchExtractor(16), PatchPoolingClassifier(stage_one))
    >>> maps = tampering_maps(model.fit(images, tampered), images[:2])
    >>> len(maps), maps[0].shape
    (2, (32, 48))
    """
    stages = take_apart(model, images)
    grids = stages.grids
    if len(getattr(stages.patch_stage, "classes_", ())) != 2:
        raise ValueError(
            f"{type(stages.patch_stage).__name__}, which judges the patches, does not tell two "
            f"classes apart"
        )
    return [
        grids.grid.paint(scores, grids.rows_and_cols(index)).astype(np.float32)
        for index, scores in enumerate(stages.patch_scores())
    ]


@validate_params(
    {"alpha": [Interval(Real, 0, 1, closed="both")]}, prefer_skip_nested_validation=True
)
def overlay(image: Any, tampering_map: Any, *, alpha: float = 0.7) -> np.ndarray:
    """Draw a map on its image: the more tampered a pixel looks, the redder.

    Parameters
    ----------
    image : array-like of shape (n_rows, n_cols[, n_channels]) or path
        Gray or RGB, shown in gray so that the red stands out. Floats span [0, 1].
    tampering_map : array-like of shape (n_rows, n_cols)
        In [0, 1].
    alpha : float in [0, 1], default=0.7
        Opacity of the red where the map is 1; it is proportional to the map.

    Returns
    -------
    picture : ndarray of shape (n_rows, n_cols, 3)
        RGB, uint8: to be saved or shown with any library.

    Raises
    ------
    ValueError
        If the map's shape is not the image's, it leaves [0, 1], or the image is not gray or RGB.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.inspection import overlay
    >>> overlay(np.ones((1, 2)), [[0, 1]], alpha=0.5).tolist()
    [[[255, 255, 255], [255, 128, 128]]]
    """
    image = as_float_image(read_image(image) if is_path(image) else image)
    opacity = np.asarray(tampering_map, dtype=np.float64)[..., np.newaxis]
    if image.shape[2] not in (1, 3):
        raise ValueError(f"image has {image.shape[2]} channels; an overlay needs 1 or 3")
    if opacity.shape[:-1] != image.shape[:2]:
        raise ValueError(
            f"tampering_map has shape {opacity.shape[:-1]}, image {image.shape[:2]} rows and "
            f"columns; they must be equal"
        )
    if not ((opacity >= 0) & (opacity <= 1)).all():
        raise ValueError("tampering_map must lie in [0, 1]")
    gray = gray_levels(image.clip(0, 1))[..., np.newaxis] / 255
    picture = gray + alpha * opacity * (RED - gray)
    return np.rint(255 * picture).astype(np.uint8)
