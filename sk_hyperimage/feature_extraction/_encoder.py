"""The step that turns patch grids into hyper-images (Eq. 1 of the hyper-image paper)."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import Floats, GridsLike, PatchEstimator, Seed
from sk_hyperimage.feature_extraction.supervision._base import Supervision
from sk_hyperimage.feature_extraction.supervision._inherited import patches_of
from sk_hyperimage.feature_extraction.supervision._patch_stage import PatchStage, fit_on_patches
from sk_hyperimage.images import PatchGrids, Samples
from sk_hyperimage.neural_network.aggregation import embed_grids, first_stage
from sk_hyperimage.utils._gathered import check_temp_folder
from sk_hyperimage.utils._interrupts import interrupts_raise
from sk_hyperimage.utils._sklearn import HasMethods, Interval, StrOptions, fit_or_restore
from sk_hyperimage.utils._validation import check_patch_grids


class HyperImageEncoder(PatchStage, MetaEstimatorMixin, TransformerMixin, BaseEstimator):
    """Describe every patch with a network and tile the descriptions into hyper-images.

    `fit` trains the network on patches, which a `supervision` chooses: those of the grid with the
    target of their image, or others. `transform` returns the activations of one of its layers,
    arranged like the patches in the image.

    Parameters
    ----------
    patch_estimator : CNNRegressor, CNNClassifier, PatchRanker or Pipeline
        The first stage: a predictor with a method ``embed(patches)``, or a Pipeline that ends with
        a predictor, whose input then describes a patch. A
        :class:`sklearn.frozen.FrozenEstimator` is used as it is.
    supervision : Supervision, default=None
        Chooses the training patches and their targets. None: ``InheritedTargets()``.
    layer : int, default=None
        Index of the layer, among those with weights, that describes a patch. None: the
        estimator's own description, the last layer but one of a regressor or classifier, as in
        the paper.
    encoding : {"auto", "dense", "patches"}, default="auto"
        "patches": `transform` runs the network on batches of patches. "dense": on the whole image
        as far as overlapping patches can share layers exactly, which are leading convolutions
        without padding, and pooling after them. "auto": dense if patches overlap and the network
        allows it. The numbers are the same up to rounding.
    temp_folder : str, default=None
        An existing folder on a disk, for hyper-images that memory does not hold: every `transform`
        writes a file of its own there, as it computes, and returns a read-only memmap of it. The
        file is deleted when the process that made it no longer uses the result. The `embed` of a
        first stage of one's own must take ``temp_folder=``. None: results are arrays in memory.
    random_state : int, RandomState instance or None, default=None
        Seed of the supervision, and of the patch estimator if it has none of its own.

    Attributes
    ----------
    patch_estimator_ : predictor
        The fitted first stage.
    grid_shape_ : tuple of int
        (U, V) of the patch grids.
    encoding_ : {"dense", "patches"}
        The encoding of `transform` for lazy patch grids.
    n_features_in_ : int
        Channels of the patches; columns of a 2-D X.

    See Also
    --------
    PatchExtractor : Makes the patch grids.
    InheritedTargets, AlongContours : Choose the patches to train on.
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

    __metadata_request__fit = {"sample_weight": True, "groups": True, "validation_mask": True}

    _parameter_constraints: dict = {
        "patch_estimator": [HasMethods(["fit", "embed"]), Pipeline, FrozenEstimator],
        "supervision": [HasMethods(["training_patches"]), None],
        "layer": [Interval(Integral, None, None, closed="neither"), None],
        "encoding": [StrOptions({"auto", "dense", "patches"})],
        "temp_folder": [str, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        patch_estimator: PatchEstimator | Pipeline,
        *,
        supervision: Supervision | None = None,
        layer: int | None = None,
        encoding: str = "auto",
        temp_folder: str | None = None,
        random_state: Seed = None,
    ):
        self.patch_estimator = patch_estimator
        self.supervision = supervision
        self.layer = layer
        self.encoding = encoding
        self.temp_folder = temp_folder
        self.random_state = random_state

    @fit_or_restore(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: GridsLike,
        y: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        validation_mask: ArrayLike | None = None,
        **params: Any,
    ) -> HyperImageEncoder:
        """Train the first stage on patches.

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
            Reference of each image, never shared by training and validation. None: every image
            is its own.
        validation_mask : array-like of bool of shape (n_images,), default=None
            True for the validation images, in place of a random choice.
        **params : array-like of shape (n_images, ...)
            Metadata of the supervision, such as ``patch_targets`` or ``masks`` and ``pairs``, and
            metadata that the patch estimator's `fit` requests, which patches inherit.

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
        y = np.asarray(y)
        self._check_description()  # which, as the next line, refuses before it trains
        encoding = self._choose_encoding(grids, y)
        check_temp_folder(self.temp_folder)
        self.patch_estimator_ = fit_on_patches(
            self.patch_estimator,
            self.supervision,
            grids,
            y,
            sample_weight=sample_weight,
            groups=groups,
            validation_mask=validation_mask,
            random_state=self.random_state,
            **params,
        )
        self.grid_shape_ = tuple(grids.shape[1:3])
        self.encoding_ = encoding
        return self

    def _check_description(self) -> None:
        """Raise ValueError if the patch estimator cannot describe patches as it is asked to."""
        stage = self.patch_estimator
        if hasattr(stage, "embed"):
            return
        inside = stage.estimator if isinstance(stage, FrozenEstimator) else stage
        if not isinstance(inside, Pipeline):
            raise ValueError(
                f"patch_estimator must be a Pipeline or have a method embed, which {stage!r} lacks"
            )
        for name in ("layer", "temp_folder"):
            if getattr(self, name) is not None:
                raise ValueError(
                    f"{name} is for networks, but patch_estimator is a Pipeline; set {name}=None"
                )

    def _choose_encoding(self, grids: Samples, y: np.ndarray) -> str:
        stage = first_stage(clone(self.patch_estimator), grids, y, self.layer)
        if self.encoding == "patches":
            return "patches"
        if isinstance(grids, PatchGrids) and stage.shares_layers:
            if self.encoding == "dense" or grids.grid.overlaps:
                return "dense"
        elif self.encoding == "dense":
            raise ValueError(
                "encoding='dense' needs patch grids of a PatchExtractor and a network that starts "
                "with a convolution without padding, such as C(50,7,1,linear,valid); use "
                "encoding='auto' or 'patches'"
            )
        return "patches"

    def transform(self, X: GridsLike) -> Floats:
        """Encode patch grids.

        Parameters
        ----------
        X
            As in :meth:`fit`.

        Returns
        -------
        hyper_images : ndarray of shape (n_images, U, V, D)
            float32; float64 for float64 patches. A read-only memmap if there is a `temp_folder`.
        """
        check_is_fitted(self)
        grids = check_patch_grids(X, self, reset=False)
        given: dict[str, Any] = {"layer": self.layer, "temp_folder": self.temp_folder}
        how = {name: value for name, value in given.items() if value is not None}
        if self.encoding_ == "dense" and isinstance(grids, PatchGrids):
            described = embed_grids(self.patch_estimator_, grids, **how)
        elif not hasattr(self.patch_estimator_, "embed"):
            described = self.patch_estimator_[:-1].transform(patches_of(grids)).astype(grids.dtype)
        else:
            described = self.patch_estimator_.embed(patches_of(grids), **how)
        return described.reshape(*grids.shape[:3], -1)

    def encode(self, X: GridsLike) -> Floats:
        """Encode patch grids; the same as `transform`."""
        return self.transform(X)

    def fit_transform(self, X: GridsLike, y: Any = None, **params: Any) -> Floats:
        """Train the first stage and encode the same grids; parameters as in `fit`.

        Returns
        -------
        hyper_images : ndarray of shape (n_images, U, V, D)
        """
        with interrupts_raise():  # the next step would learn from half-trained descriptions
            self.fit(X, y, **params)
        return self.transform(X)

    def _patches_seen(self, X: GridsLike) -> Samples:
        return check_patch_grids(X, self, reset=False)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.classifier_tags = get_tags(self.patch_estimator).classifier_tags
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.input_tags.three_d_array = True
        return tags
