"""Influence of each position of a hyper-image on the prediction."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.frozen import FrozenEstimator
from sklearn.utils import gen_batches

from sk_hyperimage._typing import Estimator, Floats, HyperImageModel, ImagesLike
from sk_hyperimage.ensemble import HyperImageClassifier, HyperImageRegressor
from sk_hyperimage.images import PatchGrids
from sk_hyperimage.inspection._patch_models import find_patch_model, paint
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor
from sk_hyperimage.neural_network.training._reproducible import reproducible
from sk_hyperimage.utils._sklearn import StrOptions, validate_params

# Values of the occluded hyper-images that are made at a time.
BATCH_FLOATS = 2**24

CNN = CNNClassifier | CNNRegressor

CONSTRAINTS: dict = {
    "method": [StrOptions({"gradient", "occlusion"})],
    "baseline": ["array-like", None],
}


@validate_params(CONSTRAINTS, prefer_skip_nested_validation=True)
def influence_grids(
    estimator: Estimator,
    X: ImagesLike,
    *,
    method: str = "gradient",
    baseline: ArrayLike | None = None,
) -> Floats:
    """Compute the influence of each position of the hyper-images on the predictions.

    Parameters
    ----------
    estimator : fitted estimator
        A ``HyperImageRegressor`` or ``HyperImageClassifier``, or a Pipeline that ends in a
        ``HyperImageEncoder`` and a ``CNNRegressor`` or ``CNNClassifier``.
    X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths
    method : {"gradient", "occlusion"}, default="gradient"
        "gradient": gradient times input minus baseline; one backward pass. "occlusion": the
        prediction minus that with the description at the position replaced by the baseline; one
        prediction per position.
    baseline : array-like of shape (D,) or (U, V, D), default=None
        A neutral description. None: zeros, as if no unit of the first stage responded. The mean
        description of training images shows how an image differs from them:
        ``model.encode(images).mean(axis=(0, 1, 2))``, or for a Pipeline
        ``model[:-1].transform(images).mean(axis=(0, 1, 2))``.

    Returns
    -------
    influences : ndarray of shape (n_images, U, V)
        float64. Positive if the position raised the prediction, negative if it lowered it: in
        the unit of y for a regressor; in log-odds of the greater label for a classifier of two
        classes; for more classes, in the logit of the predicted label less the mean of all logits.

    Raises
    ------
    ValueError
        If no CNN reads hyper-images in `estimator`, or `baseline` does not fit them.

    See Also
    --------
    influence_maps : The same, spread over the pixels of the images.
    InfluenceMapDisplay : Draws them.

    Notes
    -----
    Measured is the influence of a description through the second stage. If the second stage is
    linear, both methods give the same numbers, whose sum over the grid is the prediction minus
    that of a hyper-image which is `baseline` everywhere. Otherwise positions interact, and
    neither sum need be that difference.

    References
    ----------
    Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014
    (occlusion). Shrikumar et al., "Learning important features through propagating activation
    differences", ICML 2017 (gradient times input).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
    >>> from sk_hyperimage.inspection import influence_grids
    >>> from sk_hyperimage.neural_network import CNNRegressor
    >>> images = np.random.default_rng(0).random((20, 16, 16), dtype=np.float32)
    >>> stage_one = CNNRegressor("C(4) MP(8) FC(6) FC(1,linear)", max_epochs=2, random_state=0)
    >>> stage_two = CNNRegressor("FC(1,linear)", max_epochs=2, random_state=0)
    >>> model = make_pipeline(PatchExtractor(8), HyperImageEncoder(stage_one), stage_two)
    >>> influences = influence_grids(model.fit(images, images.std(axis=(1, 2))), images)
    >>> influences.shape
    (20, 3, 3)

    The second stage is linear, so the influences add up to the prediction without its constant
    term:

    >>> constant = model.predict(images) - influences.sum(axis=(1, 2))
    >>> bool(np.ptp(constant) < 1e-6)
    True
    """
    _, influences = _influences(estimator, X, method, baseline)
    return influences


@validate_params(CONSTRAINTS, prefer_skip_nested_validation=True)
def influence_maps(
    estimator: Estimator,
    X: ImagesLike,
    *,
    method: str = "gradient",
    baseline: ArrayLike | None = None,
) -> list[Floats]:
    """Compute the influence of the patches around each pixel on the predictions.

    Parameters
    ----------
    estimator, X, method, baseline
        As in :func:`influence_grids`.

    Returns
    -------
    maps : list of n_images ndarray of shape (n_rows, n_cols)
        Each pixel has the mean influence of the patches that hold it, signed and in the unit of
        :func:`influence_grids`; a pixel between patches has the value of the nearest pixel inside
        one. The maps are as fine as the grid; they are not smoothed.

    Raises
    ------
    ValueError
        As :func:`influence_grids`.

    See Also
    --------
    InfluenceMapDisplay : Draws a map.
    patch_maps : Maps of the first stage's predictions.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.ensemble import HyperImageRegressor
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> from sk_hyperimage.inspection import influence_maps
    >>> from sk_hyperimage.neural_network import CNNRegressor
    >>> images = np.random.default_rng(0).random((24, 16, 20), dtype=np.float32)
    >>> model = HyperImageRegressor(
    ...     extractor=PatchExtractor(patch_size=8),
    ...     patch_estimator=CNNRegressor("C(4) MP(8) FC(6) FC(1,linear)", max_epochs=2),
    ...     final_estimator=CNNRegressor("C(4) MP(3) FC(6) FC(1,linear)", max_epochs=2),
    ...     random_state=0,
    ... )
    >>> model = model.fit(images, images.std(axis=(1, 2)))
    >>> usual = model.encode(images).mean(axis=(0, 1, 2))
    >>> maps = influence_maps(model, images[:2], method="occlusion", baseline=usual)
    >>> len(maps), maps[0].shape
    (2, (16, 20))
    """
    grids, influences = _influences(estimator, X, method, baseline)
    return paint(grids, influences)


def _influences(
    estimator: Estimator, X: ImagesLike, method: str, baseline: Any
) -> tuple[PatchGrids, Floats]:
    """The grids of patches, and the influences of all positions, (n_images, U, V)."""
    model, X, reader = find_reader(estimator, X)
    hyper_images = model.encode(X)
    neutral = _check_baseline(baseline, hyper_images)
    compute = _gradient_times_input if method == "gradient" else _effect_of_occlusion
    return model.patch_grids(X), compute(reader, hyper_images, neutral)


def find_reader(estimator: Estimator, X: ImagesLike) -> tuple[HyperImageModel, Any, CNN]:
    """The step that makes hyper-images, its input, and the network that reads them.

    Raises
    ------
    ValueError
        If no CNN reads hyper-images in `estimator`.
    """
    model, X, following = find_patch_model(estimator, X)
    reader: Any = following[0] if len(following) == 1 else None
    if isinstance(model, (HyperImageClassifier, HyperImageRegressor)):
        reader = model.final_estimator_
    if isinstance(reader, FrozenEstimator):
        reader = reader.estimator
    if not isinstance(model, HyperImageModel) or not isinstance(
        reader, (CNNClassifier, CNNRegressor)
    ):
        raise ValueError(
            "the model holds no CNN that reads hyper-images; give a HyperImageRegressor or "
            "HyperImageClassifier, or a Pipeline that ends in an encoder of hyper-images and a "
            "CNNRegressor or CNNClassifier"
        )
    return model, X, reader


def _check_baseline(baseline: Any, hyper_images: np.ndarray) -> np.ndarray:
    """One neutral hyper-image, (U, V, D)."""
    shape = hyper_images.shape[1:]
    neutral = np.asarray(0 if baseline is None else baseline, dtype=hyper_images.dtype)
    if baseline is not None and neutral.shape not in (shape, shape[2:]):
        raise ValueError(
            f"baseline has shape {neutral.shape}; these hyper-images need (D,) = {shape[2:]} or "
            f"(U, V, D) = {shape}"
        )
    if not np.isfinite(neutral).all():
        raise ValueError("baseline contains NaN or infinity")
    return np.broadcast_to(neutral, shape)


def _gradient_times_input(reader: CNN, hyper_images: Floats, neutral: Floats) -> Floats:
    influences = np.empty(hyper_images.shape[:3])
    with reproducible():
        module = reader.net_.module_.eval()
        weight = next(module.parameters())
        for rows in gen_batches(len(hyper_images), reader.batch_size):
            batch = torch.tensor(hyper_images[rows]).to(weight).requires_grad_()
            outputs = module(batch)
            if isinstance(reader, CNNRegressor):
                outputs = reader.y_scale_ * outputs[:, :1]  # kinds may follow
            targets = _explained(outputs, outputs.argmax(1))
            (gradient,) = torch.autograd.grad(targets.sum(), batch)
            moved = gradient.cpu().numpy() * (hyper_images[rows] - neutral)
            influences[rows] = moved.sum(axis=-1, dtype=np.float64)
    return influences


def _effect_of_occlusion(reader: CNN, hyper_images: Floats, neutral: Floats) -> Floats:
    n_rows, n_cols, _ = neutral.shape
    influences = np.empty((len(hyper_images), n_rows * n_cols))
    outputs = _outputs(reader, hyper_images)
    labels = outputs.argmax(1)
    targets = _explained(outputs, labels)
    step = max(1, BATCH_FLOATS // neutral.size)
    for index, hyper_image in enumerate(hyper_images):
        for rows in gen_batches(n_rows * n_cols, step):
            positions = np.arange(n_rows * n_cols)[rows]
            u, v = np.divmod(positions, n_cols)
            occluded = np.repeat(hyper_image[np.newaxis], len(positions), axis=0)
            occluded[np.arange(len(positions)), u, v] = neutral[u, v]
            label = np.repeat(labels[index], len(positions))
            left = _explained(_outputs(reader, occluded), label)
            influences[index, rows] = targets[index] - left
    return influences.reshape(-1, n_rows, n_cols)


def _outputs(reader: CNN, hyper_images: Floats) -> Floats:
    """Predictions in the unit of y, or decision values, (n, n_outputs)."""
    regressing = isinstance(reader, CNNRegressor)
    outputs = (reader.predict if regressing else reader.decision_function)(hyper_images)
    return outputs.reshape(len(hyper_images), -1)


def _explained(outputs: Any, labels: Any) -> Any:
    """The number that influences explain, of arrays or tensors (n, n_outputs)."""
    if outputs.shape[1] == 1:
        return outputs[:, 0]
    return outputs[range(len(outputs)), labels] - outputs.mean(1)
