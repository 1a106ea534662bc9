"""How a network that aggregates a hyper-image scores and weighs its cells."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.utils import gen_batches

from sk_hyperimage._typing import Estimator, Floats, ImagesLike
from sk_hyperimage.images import PatchGrids
from sk_hyperimage.inspection._influence import CNN, find_reader
from sk_hyperimage.inspection._patch_models import paint
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.neural_network.training._reproducible import reproducible
from sk_hyperimage.utils._sklearn import StrOptions, validate_params

CONSTRAINTS: dict = {"of": [StrOptions({"weights", "scores"})]}


@validate_params(CONSTRAINTS, prefer_skip_nested_validation=True)
def cell_grids(estimator: Estimator, X: ImagesLike, *, of: str = "weights") -> Floats:
    """Compute how the second network weighs each cell of the hyper-images, or scores it alone.

    Parameters
    ----------
    estimator : fitted estimator
        A ``HyperImageRegressor``, or a Pipeline that ends in a ``HyperImageEncoder`` and a
        ``CNNRegressor``, whose second network begins with ``Mean``, ``MeanStd`` or
        ``WeightedMean``, or with layers before it that see one cell at a time. Of classifiers
        there are the weights only.
    X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths
    of : {"weights", "scores"}, default="weights"
        "weights": what each cell counts for. "scores": the prediction for a hyper-image of this
        cell alone.

    Returns
    -------
    values : ndarray of shape (n_images, U, V)
        float64. Weights are not negative, with a sum of 1 in each image, and all alike for
        ``Mean``. Scores are in the unit and direction of y. If nothing but one linear layer
        follows a ``Mean`` or ``WeightedMean``, the prediction is the sum of weights times scores.

    Raises
    ------
    ValueError
        If the second network has no such word, or a classifier is asked for scores.

    See Also
    --------
    cell_maps : The same, spread over the pixels of the images.
    influence_grids : For any second network.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.ensemble import HyperImageRegressor
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> from sk_hyperimage.inspection import cell_grids
    >>> from sk_hyperimage.neural_network import CNNRegressor
    >>> images = np.random.default_rng(0).random((24, 16, 20), dtype=np.float32)
    >>> model = HyperImageRegressor(
    ...     extractor=PatchExtractor(patch_size=8, overlap=0),
    ...     patch_estimator=CNNRegressor("C(4) MP(8) FC(6) FC(1,linear)", max_epochs=2),
    ...     final_estimator=CNNRegressor("C(8,1) WeightedMean(4) FC(1,linear)", max_epochs=2),
    ...     random_state=0,
    ... ).fit(images, images.std(axis=(1, 2)))
    >>> weights, scores = cell_grids(model, images), cell_grids(model, images, of="scores")
    >>> weights.shape
    (24, 2, 3)
    >>> np.allclose((weights * scores).sum(axis=(1, 2)), model.predict(images))
    True
    """
    _, values = _cells(estimator, X, of)
    return values


@validate_params(CONSTRAINTS, prefer_skip_nested_validation=True)
def cell_maps(estimator: Estimator, X: ImagesLike, *, of: str = "weights") -> list[Floats]:
    """Compute maps of how the second network weighs each part of an image, or scores it alone.

    Parameters
    ----------
    estimator, X, of
        As in :func:`cell_grids`.

    Returns
    -------
    maps : list of n_images ndarray of shape (n_rows, n_cols)
        Each pixel has the mean of the patches that hold it; a pixel between patches has the value
        of the nearest pixel inside one. The weights of patches, not of pixels, sum to 1.

    Raises
    ------
    ValueError
        As :func:`cell_grids`.

    See Also
    --------
    PatchMapDisplay : Draws a map.
    patch_maps : Predictions of the first stage, which a model that is trained as a whole has not.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.ensemble import HyperImageRegressor
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> from sk_hyperimage.inspection import PatchMapDisplay, cell_maps
    >>> from sk_hyperimage.neural_network import CNNRegressor
    >>> images = np.random.default_rng(0).random((24, 16, 20), dtype=np.float32)
    >>> model = HyperImageRegressor(
    ...     extractor=PatchExtractor(patch_size=8),
    ...     patch_estimator=CNNRegressor("C(4) MP(8) FC(6) FC(1,linear)", max_epochs=2),
    ...     final_estimator=CNNRegressor("WeightedMean FC(1,linear)", max_epochs=2),
    ...     random_state=0,
    ... ).fit(images, images.std(axis=(1, 2)))
    >>> (map_,) = cell_maps(model, images[:1])
    >>> display = PatchMapDisplay(map_, images[0]).plot()
    """
    grids, values = _cells(estimator, X, of)
    return paint(grids, values)


def _cells(estimator: Estimator, X: ImagesLike, of: str) -> tuple[PatchGrids, Floats]:
    """The grids of patches, and the values of all cells, (n_images, U, V)."""
    model, X, reader = find_reader(estimator, X)
    if not reader.reads_any_grid_:
        raise ValueError(
            "the second network reads hyper-images as a whole, not cell by cell: its layers must "
            "begin with Mean, MeanStd or WeightedMean, before which only C(n,1) and Drop may stand"
        )
    if of == "scores" and not isinstance(reader, CNNRegressor):
        raise ValueError("of='scores' is for regressors; a classifier has of='weights'")
    hyper_images = model.encode(X)
    if of == "weights":
        return model.patch_grids(X), _shares(reader, hyper_images)
    cells = hyper_images.reshape(-1, 1, 1, hyper_images.shape[3])
    return model.patch_grids(X), reader.predict(cells).reshape(hyper_images.shape[:3])


def _shares(reader: CNN, hyper_images: Floats) -> Floats:
    shares = np.empty(hyper_images.shape[:3])
    with reproducible(), torch.inference_mode():
        module = reader.net_.module_.eval()
        weight = next(module.parameters())
        for rows in gen_batches(len(hyper_images), reader.batch_size):
            batch = torch.tensor(hyper_images[rows]).to(weight)
            shares[rows] = module.cell_shares(batch).cpu().numpy()
    return shares
