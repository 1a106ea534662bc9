"""Which patches a first stage learns from, and what they are told: the base of every answer."""

from __future__ import annotations

import abc
from typing import Any, ClassVar, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator

from sk_hyperimage._typing import Bools, Ints
from sk_hyperimage.images import Samples


class TrainingPatches(NamedTuple):
    """Patches to learn from, and what belongs to each.

    Attributes
    ----------
    patches : Samples of shape (n_patches, n_rows, n_cols, n_channels)
    target : ndarray of shape (n_patches, ...)
    owners : ndarray of int of shape (n_patches,)
        The image that a patch was cut from, from which it inherits its weight, group and part in
        validation.
    groups : ndarray of shape (n_images,)
        Group of each image where the user gives none.
    kept : ndarray of bool of shape (n_patches,), default=None
        Which patches take part; None for all.
    metadata : dict of str to ndarray of shape (n_patches,), default={}
        Further metadata of patches, for those patch estimators whose `fit` takes it.
    """

    patches: Samples
    target: np.ndarray
    owners: Ints
    groups: np.ndarray
    kept: Bools | None = None
    metadata: dict[str, np.ndarray] = {}


class Supervision(BaseEstimator, abc.ABC):
    """Chooses the patches that a first stage is trained on, and their targets.

    A subclass names in `metadata` what `fit` of the model has to be given for it beside images
    and targets; it travels with the images through pipelines and cross-validation.
    """

    metadata: ClassVar[tuple[str, ...]] = ()

    @abc.abstractmethod
    def training_patches(
        self, grids: Samples, y: np.ndarray, random_state: np.random.RandomState, **metadata: Any
    ) -> TrainingPatches:
        """Choose patches of images.

        Parameters
        ----------
        grids : Samples of shape (n_images, U, V, n_rows, n_cols, n_channels)
            PatchGrids, where the images themselves are needed.
        y : ndarray of shape (n_images, ...)
        random_state : RandomState
        **metadata
            What of `metadata` was given, each with one item for each image.
        """
