"""What is wrong with a stage: refused before the first epoch, or warned of once it is trained."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator

from sk_hyperimage._typing import Bools, Estimator, Floats, Predictor
from sk_hyperimage.images import PatchGrids
from sk_hyperimage.images._errors import errors_named
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor
from sk_hyperimage.neural_network.aggregation import first_stage


def check_stages(
    first: Estimator,
    final: Predictor,
    grids: PatchGrids,
    y: np.ndarray,
    *,
    layer: int | None,
    joint: bool,
    draws: bool,
    network: type,
    sample_weight: ArrayLike | None,
    validation_mask: Bools | None,
) -> None:
    """Try both untrained stages on patch grids.

    Parameters
    ----------
    first, final : estimator
    grids : PatchGrids of shape (n_images, U, V, patch rows, patch columns, n_channels)
    y : ndarray of shape (n_images,)
    layer : int or None
        The layer of `first` that describes a patch; None is its own description.
    joint : bool
        Whether both are trained as one network afterwards.
    draws : bool
        Whether that training sees some of the patches at a time.
    network : type
        The kind of network that `final` is, if it is one.
    sample_weight : array-like of shape (n_images,) or None
    validation_mask : ndarray of bool of shape (n_images,) or None

    Raises
    ------
    ValueError
        If a stage cannot be trained on them, or not jointly where that is asked for.
    """
    if joint and isinstance(first, FrozenEstimator):
        raise ValueError(
            "fine_tune_epochs trains the patch_estimator, which is frozen; set "
            "fine_tune_epochs=0 or give a patch_estimator that is not frozen"
        )
    with errors_named("patch_estimator"):
        width = first_stage(first, grids, y, layer).width
    trains_final = isinstance(final, (CNNRegressor, CNNClassifier))
    if joint and (width is None or not trains_final):
        raise ValueError(
            "fine_tune_epochs trains both stages as one network; set fine_tune_epochs=0, or "
            "give a CNNRegressor or CNNClassifier as patch_estimator and as final_estimator"
        )
    if trains_final and is_classifier(final) != issubclass(network, CNNClassifier):
        raise ValueError(
            f"final_estimator must be a {network.__name__}, got a {type(final).__name__}"
        )
    if width is None or not trains_final:
        return
    shape = (*grids.shape[1:3], width)
    hyper_images = np.broadcast_to(np.zeros(1, grids.dtype), (len(y), *shape))
    untrained = clone(final).set_params(max_epochs=0, compile=False)
    try:
        untrained.fit(
            hyper_images, y, sample_weight=sample_weight, validation_mask=validation_mask
        )
    except ValueError as error:
        raise ValueError(
            f"final_estimator cannot be fitted on hyper-images of shape {shape}: {error}"
        ) from error
    if joint and draws and not untrained.reads_any_grid_:
        raise ValueError(
            "fine_tune_patches trains on some patches of each image, but final_estimator reads "
            "whole grids: begin its layers with Mean, MeanStd or WeightedMean, before which only "
            "C(n,1) and Drop may stand, or set fine_tune_patches=None"
        )


# Descriptions that differ by less, relative to the largest value, say nothing of a patch.
LEAST_DIFFERENCE = 1e-4


def warn_if_alike(hyper_images: Floats) -> None:
    """Warn if the first stage has collapsed: if it describes all patches alike.

    Parameters
    ----------
    hyper_images : ndarray of shape (n_images, U, V, D)
    """
    lowest = np.min([each.min(axis=(0, 1)) for each in hyper_images], axis=0)
    highest = np.max([each.max(axis=(0, 1)) for each in hyper_images], axis=0)
    if np.max(highest - lowest) <= LEAST_DIFFERENCE * max(abs(lowest).max(), abs(highest).max()):
        warnings.warn(
            "patch_estimator describes all patches alike, so that final_estimator cannot tell "
            "images apart; lower its learning_rate_init, or leave images as they are "
            "(normalizer='passthrough') if damage is no change of texture",
            ConvergenceWarning,
            stacklevel=3,
        )
