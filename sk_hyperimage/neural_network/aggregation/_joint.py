"""Training both stages end to end through the hyper-image, from where each arrived alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from sk_hyperimage.neural_network._base import BaseCNN, history_of
from sk_hyperimage.utils._validation import check_weights


def fine_tune(
    first: BaseCNN,
    second: BaseCNN,
    grids: Any,
    y: np.ndarray,
    *,
    layer: int,
    dense: bool,
    sample_weight: Any,
    validation_mask: np.ndarray | None,
    max_epochs: int,
    learning_rate_init: float,
    seed: int,
) -> list[dict]:
    """Train two fitted stages as one network, in place, and keep the best weights.

    The solver, the schedule, the batch size and the augmentation are those of `second`. The
    weights that the stages came with compete, so the validation error never gets worse.

    Parameters
    ----------
    first, second : CNNRegressor or CNNClassifier
        Fitted on patches, and on the hyper-images that `first` makes of `grids`.
    grids : Samples of shape (n_images, U, V, patch rows, patch columns, n_channels)
    y : ndarray of shape (n_images,)
    layer : int
        The layer of `first` that describes a patch.
    dense : bool
        Whether patches share layers of `first`, which then runs over whole images if they are of
        one shape.
    sample_weight : array-like of shape (n_images,) or None
    validation_mask : ndarray of bool of shape (n_images,) or None
        None trains on all images and keeps the last weights.
    max_epochs : int
    learning_rate_init : float
    seed : int

    Returns
    -------
    history : list of dict
        Losses of every epoch.
    """
    from sk_hyperimage.neural_network.aggregation._image_batches import whole_images
    from sk_hyperimage.neural_network.aggregation._two_stage import TwoStage
    from sk_hyperimage.neural_network.training._reproducible import reproducible

    samples, windows = whole_images(grids) if dense else (grids, None)
    held_out = np.zeros(len(grids), bool) if validation_mask is None else validation_mask
    with reproducible(seed):
        net = second._train(
            TwoStage(first.net_.module_, second.net_.module_, layer, windows),
            samples,
            y,
            check_weights(sample_weight, grids),
            held_out,
            seed,
            from_start=True,
            max_epochs=max_epochs,
            learning_rate_init=learning_rate_init,
        )
    first._store_weights()
    second._store_weights()
    return history_of(net)
