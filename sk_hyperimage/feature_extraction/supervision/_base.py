"""Base of supervisions: the choice of training patches and their targets."""

from __future__ import annotations

import abc
from typing import Any, ClassVar, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator

from sk_hyperimage._typing import Bools, Floats, Ints
from sk_hyperimage.images import Samples


class TrainingPatches(NamedTuple):
    """Patches to train on, with their targets and metadata.

    Attributes
    ----------
    patches : Samples of shape (n_patches, n_rows, n_cols, n_channels)
    target : ndarray of shape (n_patches, ...)
    owners : ndarray of int of shape (n_patches,)
        Image that each patch was cut from; the patch inherits its weight, its group and its place
        in the training or validation set.
    groups : ndarray of shape (n_images,)
        Group of each image if the user gives none.
    kept : ndarray of bool or float of shape (n_patches,), default=None
        Mask of the patches to train on, or weights of them that are not negative; None for all,
        with the same weight.
    metadata : dict of str to ndarray of shape (n_patches,), default={}
        Further metadata of the patches, for patch estimators whose `fit` takes it.
    """

    patches: Samples
    target: np.ndarray
    owners: Ints
    groups: np.ndarray
    kept: Bools | Floats | None = None
    metadata: dict[str, np.ndarray] = {}


class Supervision(BaseEstimator, abc.ABC):
    """Choose the patches that a first stage is trained on, and their targets.

    A subclass names in `metadata` the further arguments that the model's `fit` passes on to it;
    they follow the images through pipelines and cross-validation.
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
            PatchGrids if the images themselves are needed.
        y : ndarray of shape (n_images, ...)
        random_state : RandomState
        **metadata
            The metadata that was given, one item per image.
        """
