"""How far the second stage is from the scores of images that it has not learned from."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from sk_hyperimage._typing import Bools, Floats, Ints, Predictor
from sk_hyperimage.utils._gathered import gathered
from sk_hyperimage.utils._routing import consumed, fit_with

ROWS_AT_ONCE = 64


def held_out_std(
    final: Predictor,
    hyper_images: Floats,
    y: Floats,
    groups: ArrayLike | None,
    held_out: Bools,
    weight: Floats,
    temp_folder: str | None = None,
) -> float:
    """Root mean square error of a fitted second stage on the images held out of both stages.

    A stage that takes no `validation_mask` has learned from them, too; a clone that has not is
    asked in its place.

    Parameters
    ----------
    final : regressor
    hyper_images : ndarray of shape (n_images, U, V, D)
    y : ndarray of shape (n_images,)
    groups : array-like of shape (n_images,) or None
    held_out : ndarray of bool of shape (n_images,)
    weight : ndarray of shape (n_images,)
    temp_folder : str, default=None
        Where the hyper-images of the clone go. None: into memory.

    Returns
    -------
    std : float
        In the unit of y.
    """
    name = "validation_mask"
    if not (has_fit_parameter(final, name) or consumed(final, {name})):
        train = np.flatnonzero(~held_out)
        seen = gathered(_in_parts(hyper_images, train), len(train), temp_folder)
        metadata = {"sample_weight": weight[train]}
        if groups is not None:
            metadata["groups"] = np.asarray(groups)[train]
        final = fit_with(clone(final), seen, y[train], metadata)
    rows = np.flatnonzero(held_out)
    said = np.concatenate([final.predict(part) for part in _in_parts(hyper_images, rows)])
    counted = weight[rows] if weight[rows].any() else None
    return float(np.sqrt(np.average((y[rows] - said) ** 2, weights=counted)))


def _in_parts(hyper_images: Floats, rows: Ints) -> Generator[Floats, None, None]:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        yield hyper_images[rows[start : start + ROWS_AT_ONCE]]
