"""Maps of the first stage's predictions, and the step that makes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import Estimator, Floats, ImagesLike, PatchModel
from sk_hyperimage.ensemble import TiledClassifier, TiledRegressor
from sk_hyperimage.images import ArraySamples, Grid, PatchGrids
from sk_hyperimage.utils._sklearn import Interval, validate_params

# Floats of the patches that are predicted at a time, where they are more than those of the grid.
PART_FLOATS = 2**23

TILED = (TiledClassifier, TiledRegressor)

CONSTRAINTS: dict = {"stride": [Interval(Integral, 1, None, closed="left"), None]}


def steps_of(estimator: Estimator) -> list[Any]:
    """The steps of a Pipeline without "passthrough", or the estimator itself as the only one."""
    if isinstance(estimator, FrozenEstimator):
        estimator = estimator.estimator
    steps: list[Any] = [estimator]
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


@validate_params(CONSTRAINTS, prefer_skip_nested_validation=True)
def patch_maps(estimator: Estimator, X: ImagesLike, *, stride: int | None = None) -> list[Floats]:
    """Maps of the first stage's predictions, at the resolution of the images.

    The first stage predicts every patch by itself, and a pixel has the mean over the patches that
    hold it. A map is therefore as fine as the patches lie; it is not sharpened or smoothed.

    Parameters
    ----------
    estimator : fitted estimator
        A ``HyperImageRegressor`` or ``HyperImageClassifier``, or a Pipeline that holds one, or a
        ``PatchExtractor`` followed by a ``HyperImageEncoder`` or a patch-pooling predictor.
        Earlier steps of the Pipeline are applied to the images. A ``TiledRegressor`` or
        ``TiledClassifier`` around one of these, as a last step, makes maps of the tiles, whose
        mean is taken where these overlap.
    X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths
    stride : int, default=None
        Pixels from one patch to the next, along rows and along columns; 1 is the finest. The last
        patches touch the border, nearer to those before them if need be. None: the patches of the
        fitted grid.

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
    the grid scales an image down, every pixel has the value of the pixel it became, and `stride`
    counts pixels of the smaller image.

    Patches of any stride are predicted as they are by themselves, up to rounding. In networks in
    the notation they share layers, see `encoding` of ``HyperImageEncoder``; a ``PatchRanker`` and
    estimators of other kinds predict one patch after the other. Few patches are in memory at a
    time, whatever the stride.

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

    Of every patch in the image, not only those of the grid:

    >>> patch_maps(model, images[:2], stride=1)[0].shape
    (32, 48)
    """
    return maps_of(estimator, X, partial(_maps_of_images, stride=stride))


def maps_of(
    estimator: Estimator, X: ImagesLike, of_images: Callable[[Any, ImagesLike], list[Floats]]
) -> list[Floats]:
    """Maps of images as they are, or, by a tiled model, of their tiles."""
    check_is_fitted(estimator)
    *before, last = steps_of(estimator)
    if isinstance(last, TILED):
        for step in before:
            X = step.transform(X)
        return last._maps_of(X, partial(of_images, last.estimator_))
    return of_images(estimator, X)


def has_maps(estimator: Estimator) -> bool:
    """Whether a step of a model, or of what a tiled model holds, predicts patches."""
    steps = steps_of(estimator)
    if isinstance(steps[-1], TILED):
        return has_maps(steps[-1].estimator_)
    return any(isinstance(step, PatchModel) for step in steps)


def _maps_of_images(
    estimator: Estimator, X: ImagesLike, *, stride: int | None = None
) -> list[Floats]:
    """Maps of images as they are."""
    model, X, _ = find_patch_model(estimator, X)
    grids = model.patch_grids(X)
    values: Iterable[np.ndarray]
    if stride is None:
        values = _predictions(model, X)
    else:
        predict = partial(_predictions, model)
        values = (predict_every(stride, predict, grids, index) for index in range(len(grids)))
    return [map_.astype(np.float32) for map_ in paint(grids, values, stride)]


def _predictions(model: PatchModel, X: ImagesLike | PatchGrids) -> Floats:
    """One number for every patch, (n_images, U, V)."""
    predictions = model.predict_patches(X)
    if predictions.ndim == 4:
        if predictions.shape[3] != 2:
            raise ValueError(
                f"the first stage has {predictions.shape[3]} classes; a map needs a regressor or "
                f"a classifier of two classes"
            )
        predictions = predictions[..., 1]
    return predictions


def predict_every(
    stride: int, predict: Callable[[PatchGrids], Floats], grids: PatchGrids, index: int
) -> Floats:
    """One number for a patch at every `stride` pixels of one image, some of them at a time.

    Parameters
    ----------
    stride : int
    predict : callable
        Gives a number for every patch, (n_images, U, V).
    grids : PatchGrids
    index : int
        That of the image.

    Returns
    -------
    values : ndarray, one for each of the windows with this stride
    """
    image = grids.image(index)
    height, width = grids.grid.patch_shape
    windows = grids.grid.windows(image.shape[:2], stride)
    values = np.empty((windows.rows.size, windows.cols.size))
    for part in windows.even_parts(PART_FLOATS // math.prod(grids.shape[3:])):
        rows, cols = windows.rows[part[0]].ravel(), windows.cols[:, part[1]].ravel()
        seen = image[rows[0] : rows[-1] + height, cols[0] : cols[-1] + width]
        grid = Grid((height, width), (len(rows), len(cols)), seen.shape[:2])
        values[part] = predict(PatchGrids(ArraySamples(seen[np.newaxis]), grid))[0]
    return values


def paint(
    grids: PatchGrids, values: Iterable[np.ndarray], stride: int | None = None
) -> list[Floats]:
    """Values of the patches of every image spread over its pixels."""
    return [
        grids.grid.paint(of_image, grids.rows_and_cols(index), stride)
        for index, of_image in enumerate(values)
    ]
