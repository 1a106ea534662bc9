"""The step that turns patch grids into hyper-images (Eq. 1 of the hyper-image paper)."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage.feature_extraction.supervision._patch_stage import fit_on_patches, patches_of
from sk_hyperimage.images import Samples
from sk_hyperimage.images._patch_grids import PatchGrids
from sk_hyperimage.neural_network.aggregation import embed_grids, shares_layers
from sk_hyperimage.utils._interrupts import interrupts_raise
from sk_hyperimage.utils._sklearn import HasMethods, Interval, StrOptions, _fit_context
from sk_hyperimage.utils._validation import check_patch_grids


class HyperImageEncoder(MetaEstimatorMixin, TransformerMixin, BaseEstimator):
    """Describe every patch with a network and tile the descriptions into hyper-images.

    `fit` trains the network on single patches, which inherit the target of their image or have
    targets of their own; `transform` gives the activations of one of its layers, arranged as the
    patches lie in the image.

    Parameters
    ----------
    estimator : CNNRegressor or CNNClassifier
        The first stage: a predictor with a method ``embed(patches, layer)``. A
        :class:`sklearn.frozen.FrozenEstimator` is used as it is.
    layer : int, default=-2
        Which layer with weights describes a patch; the last but one, as in the paper.
    encoding : {"auto", "dense", "patches"}, default="auto"
        How `transform` runs the network: "patches" one by one in batches, or "dense", on the whole
        image as far as overlapping patches can share its layers exactly. They can share leading
        convolutions without padding, and pooling after them. "auto" is dense where patches
        overlap and the network allows it. Both give the same numbers up to rounding.

    Attributes
    ----------
    estimator_ : predictor
        The fitted first stage.
    grid_shape_ : tuple of int
        (U, V) of the patch grids.
    encoding_ : {"dense", "patches"}
        How `transform` runs the network on lazy patch grids.
    n_features_in_ : int
        Channels of the patches; columns of a 2-D X.

    See Also
    --------
    PatchExtractor : Makes the patch grids.
    sk_hyperimage.ensemble.PatchPoolingRegressor : Pools the patches' scores instead.

    References
    ----------
    The hyper-image paper, sections "Training the First Stage" and "Training the Second Stage".

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
    >>> from sk_hyperimage.neural_network import CNNRegressor
    >>> images = np.random.default_rng(0).random((20, 16, 16), dtype=np.float32)
    >>> stage_one = CNNRegressor("C(4) MP(8) FC(6) FC(1,linear)", max_epochs=2, random_state=0)
    >>> encoder = make_pipeline(PatchExtractor(8), HyperImageEncoder(stage_one))
    >>> encoder.fit_transform(images, images.std(axis=(1, 2))).shape
    (20, 3, 3, 6)
    """

    __metadata_request__fit = {
        "sample_weight": True,
        "groups": True,
        "validation_mask": True,
        "patch_targets": True,
    }

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "embed"])],
        "layer": [Interval(Integral, None, None, closed="neither")],
        "encoding": [StrOptions({"auto", "dense", "patches"})],
    }

    def __init__(self, estimator: Any, layer: int = -2, *, encoding: str = "auto"):
        self.estimator = estimator
        self.layer = layer
        self.encoding = encoding

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        groups: Any = None,
        validation_mask: Any = None,
        patch_targets: Any = None,
    ) -> HyperImageEncoder:
        """Train the first stage on the patches.

        Parameters
        ----------
        X : PatchGrids or array-like of shape (n_images, U, V, n_rows, n_cols[, n_channels]) or \
(n_images, n_features)
            Rows of a 2-D X are images of one patch of one row.
        y : array-like of shape (n_images,)
            Scores or labels of the images.
        sample_weight : array-like of shape (n_images,), default=None
            Weights of the images, inherited by their patches.
        groups : array-like of shape (n_images,), default=None
            Reference of each image; validation patches never share one with the others.
        validation_mask : array-like of bool of shape (n_images,), default=None
            True for the images to validate on, in place of a random choice.
        patch_targets : array-like of shape (n_images, U, V), default=None
            Targets of the single patches; NaN leaves a patch out of training.

        Returns
        -------
        self : HyperImageEncoder
        """
        grids = check_patch_grids(X, self, reset=True)
        if y is None:
            raise ValueError(
                "This HyperImageEncoder estimator requires y to be passed, but the target y is "
                "None."
            )
        self.estimator_ = fit_on_patches(
            self.estimator,
            grids,
            np.asarray(y),
            sample_weight=sample_weight,
            groups=groups,
            validation_mask=validation_mask,
            patch_targets=patch_targets,
        )
        self.grid_shape_ = tuple(grids.shape[1:3])
        self.encoding_ = self._choose_encoding(grids)
        return self

    def _choose_encoding(self, grids: Samples) -> str:
        if self.encoding == "patches":
            return "patches"
        if isinstance(grids, PatchGrids) and shares_layers(self.estimator_, grids, self.layer):
            if self.encoding == "dense" or grids.grid.overlaps:
                return "dense"
        elif self.encoding == "dense":
            raise ValueError(
                "encoding='dense' needs patch grids of a PatchExtractor and a network that starts "
                "with a convolution without padding, such as C(50,7,1,linear,valid); use "
                "encoding='auto' or 'patches'"
            )
        return "patches"

    def transform(self, X: Any) -> np.ndarray:
        """Encode patch grids.

        Parameters
        ----------
        X : PatchGrids or array-like of shape (n_images, U, V, n_rows, n_cols[, n_channels]) or \
(n_images, n_features)

        Returns
        -------
        hyper_images : ndarray of shape (n_images, U, V, D)
            float32; float64 for float64 patches.
        """
        check_is_fitted(self)
        grids = check_patch_grids(X, self, reset=False)
        if self.encoding_ == "dense" and isinstance(grids, PatchGrids):
            described = embed_grids(self.estimator_, grids, self.layer)
        else:
            described = self.estimator_.embed(patches_of(grids), self.layer)
        return described.reshape(*grids.shape[:3], -1)

    def fit_transform(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        groups: Any = None,
        validation_mask: Any = None,
        patch_targets: Any = None,
    ) -> np.ndarray:
        """Train the first stage and encode the same grids; parameters as in `fit`.

        Returns
        -------
        hyper_images : ndarray of shape (n_images, U, V, D)
            float32; float64 for float64 patches.
        """
        with interrupts_raise():  # what comes next would learn from half-trained descriptions
            self.fit(X, y, sample_weight, groups, validation_mask, patch_targets)
        return self.transform(X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.input_tags.three_d_array = True
        return tags
