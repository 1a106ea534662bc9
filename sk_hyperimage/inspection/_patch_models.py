"""Maps of the first stage's predictions, and the step that makes them."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import Estimator, Floats, ImagesLike, PatchModel
from sk_hyperimage.images import PatchGrids


def steps_of(estimator: Estimator) -> list[Any]:
    """The steps of a Pipeline without "passthrough", or the estimator itself as the only one."""
    steps = [estimator]
    if isinstance(estimator, Pipeline):
        steps = [step for _, step in estimator.steps]
    return [step for step in steps if step is not None and step != "passthrough"]


def find_patch_model(estimator: Estimator, X: ImagesLike) -> tuple[PatchModel, Any, list[Any]]:
    """The step that predicts patches, its input, and the steps that follow.

    Raises
    ------
    ValueError
        If no step predicts patches.
    """
    check_is_fitted(estimator)
    steps = steps_of(estimator)
    for index, step in enumerate(steps):
        if isinstance(step, PatchModel):
            return step, X, steps[index + 1 :]
        if not hasattr(step, "transform"):
            break
        X = step.transform(X)
    raise ValueError(
        f"no step of {type(estimator).__name__} predicts patches; give a HyperImageRegressor or "
        f"HyperImageClassifier, or a PatchExtractor followed by an encoder or a pooling predictor"
    )


def lay_grids(estimator: Estimator, X: ImagesLike) -> PatchGrids:
    """The grids that a fitted PatchExtractor, or a model that holds one, lays over images.

    Raises
    ------
    ValueError
        If no step cuts patches.
    """
    check_is_fitted(estimator)
    for step in steps_of(estimator):
        if isinstance(step, PatchModel):
            return step.patch_grids(X)
        if not hasattr(step, "transform"):
            break
        X = step.transform(X)
        if isinstance(X, PatchGrids):
            return X
    raise ValueError(
        f"no step of {type(estimator).__name__} cuts patches; give a PatchExtractor or a model "
        f"that holds one"
    )


def patch_maps(estimator: Estimator, X: ImagesLike) -> list[Floats]:
    """Maps of the first stage's predictions, at the resolution of the images.

    The first stage predicts every patch of the grid by itself, and a pixel has the mean over the
    patches that hold it. A map is therefore as fine as the grid; it is not sharpened or smoothed.

    Parameters
    ----------
    estimator : fitted estimator
        A ``HyperImageRegressor`` or ``HyperImageClassifier``, or a Pipeline that holds one, or a
        ``PatchExtractor`` followed by a ``HyperImageEncoder`` or a patch-pooling predictor.
        Earlier steps of the Pipeline are applied to the images.
    X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths

    Returns
    -------
    maps : list of n_images ndarray of shape (n_rows, n_cols)
        float32. For a regressor its predictions, in the unit of y. For a classifier of two
        classes the probability of the greater label, which for forgeries is that of tampered
        images, or the logistic function of its `decision_function`: in [0, 1], with 0.5 the
        threshold of its `predict`. The scale is the same for all images, so the map of an
        authentic one may be low everywhere.

    Raises
    ------
    ValueError
        If no step of `estimator` predicts patches, or there are more than two classes.

    Notes
    -----
    A pixel between the patches of a wide grid has the value of the nearest pixel inside one. If
    the grid scales an image down, every pixel has the value of the pixel it became.

    A ``PatchRanker`` is trained on the contours of tampered regions, so these stand out, not the
    inside of a large region.

    See Also
    --------
    PatchMapDisplay : Draws a map.
    sk_hyperimage.metrics.localization_scores : Compares maps with masks.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sk_hyperimage.ensemble import PatchPoolingClassifier
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> from sk_hyperimage.inspection import patch_maps
    >>> from sk_hyperimage.neural_network import CNNClassifier
    >>> images = np.random.default_rng(0).random((20, 32, 48), dtype=np.float32)
    >>> tampered = np.arange(20) % 2
    >>> stage_one = CNNClassifier("C(4) MP(8) FC(8) FC(1,sigmoid)", max_epochs=1, random_state=0)
    >>> model = make_pipeline(PatchExtractor(16), PatchPoolingClassifier(stage_one))
    >>> maps = patch_maps(model.fit(images, tampered), images[:2])
    >>> len(maps), maps[0].shape
    (2, (32, 48))
    """
    model, X, _ = find_patch_model(estimator, X)
    predictions = model.predict_patches(X)
    if predictions.ndim == 4:
        if predictions.shape[3] != 2:
            raise ValueError(
                f"the first stage has {predictions.shape[3]} classes; a map needs a regressor or "
                f"a classifier of two classes"
            )
        predictions = predictions[..., 1]
    return [map_.astype(np.float32) for map_ in paint(model.patch_grids(X), predictions)]


def paint(grids: PatchGrids, values: np.ndarray) -> list[Floats]:
    """Values of patches (n_images, U, V) spread over the pixels of their images."""
    return [
        grids.grid.paint(of_image, grids.rows_and_cols(index))
        for index, of_image in enumerate(values)
    ]
