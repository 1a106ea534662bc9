"""Both stages in one object, with optional end-to-end training through the hyper-image."""

from __future__ import annotations

from copy import deepcopy
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    MetaEstimatorMixin,
    RegressorMixin,
    clone,
    is_classifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage import architectures
from sk_hyperimage._typing import (
    Bools,
    Floats,
    ImagesLike,
    PatchEstimator,
    Predictor,
    Seed,
    Transformer,
)
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.feature_extraction.supervision._base import Supervision
from sk_hyperimage.feature_extraction.supervision._patch_stage import PatchStage, seeded
from sk_hyperimage.images import PatchGrids
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor
from sk_hyperimage.neural_network.aggregation import fine_tune, first_stage
from sk_hyperimage.preprocessing import LocalContrastNormalizer
from sk_hyperimage.utils._holdout import validation_rows
from sk_hyperimage.utils._interrupts import interrupts_raise
from sk_hyperimage.utils._sklearn import (
    HasMethods,
    Interval,
    StrOptions,
    fit_or_restore,
    parts_in_a_row,
)
from sk_hyperimage.utils._validation import check_labels, check_target, check_weights


class BaseHyperImage(PatchStage, MetaEstimatorMixin, BaseEstimator):
    """The four parts in a row, common to the regressor and the classifier."""

    _network: type

    __metadata_request__fit = {"sample_weight": True, "groups": True, "validation_mask": True}

    _parameter_constraints: dict = {
        "normalizer": [HasMethods(["fit", "transform"]), StrOptions({"passthrough"}), None],
        "extractor": [HasMethods(["fit", "transform"]), None],
        "patch_estimator": [HasMethods(["fit", "embed"]), None],
        "final_estimator": [HasMethods(["fit", "predict"]), None],
        "supervision": [HasMethods(["training_patches"]), None],
        "layer": [Interval(Integral, None, None, closed="neither"), None],
        "fine_tune_epochs": [Interval(Integral, 0, None, closed="left")],
        "fine_tune_learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "device": [str, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        normalizer: Transformer | str | None = None,
        extractor: Transformer | None = None,
        patch_estimator: PatchEstimator | None = None,
        final_estimator: Predictor | None = None,
        *,
        supervision: Supervision | None = None,
        layer: int | None = None,
        fine_tune_epochs: int = 0,
        fine_tune_learning_rate_init: float = 0.001,
        early_stopping: bool = True,
        validation_fraction: float = 0.25,
        device: str | None = None,
        random_state: Seed = None,
        verbose: int = 0,
    ):
        self.normalizer = normalizer
        self.extractor = extractor
        self.patch_estimator = patch_estimator
        self.final_estimator = final_estimator
        self.supervision = supervision
        self.layer = layer
        self.fine_tune_epochs = fine_tune_epochs
        self.fine_tune_learning_rate_init = fine_tune_learning_rate_init
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @fit_or_restore(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: ImagesLike,
        y: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        validation_mask: ArrayLike | None = None,
        **params: Any,
    ) -> Any:
        """Fit both stages, and fine-tune them jointly if asked.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or \
(n_images, n_features), or sequence of images or file paths
            Images; rows of a 2-D X are one-row images.
        y : array-like of shape (n_images,)
            Scores, or labels.
        sample_weight : array-like of shape (n_images,), default=None
            Weights of the images in every loss.
        groups, validation_mask, **params
            As in :meth:`HyperImageEncoder.fit
            <sk_hyperimage.feature_extraction.HyperImageEncoder.fit>`.

        Returns
        -------
        self : object
        """
        y = self._check_y(y, X)
        random_state = check_random_state(self.random_state)
        seed = int(random_state.randint(np.iinfo(np.int32).max))
        held_out = None
        if self.early_stopping or validation_mask is not None:
            held_out = validation_rows(
                len(y),
                groups,
                validation_mask,
                self.validation_fraction,
                random_state,
                labels=y if is_classifier(self) else None,
                weight=check_weights(sample_weight, y),
            )
        parts = self._parts()
        normalizer = None
        if not isinstance(self.normalizer, str):
            normalizer = clone(parts["normalizer"])
            X = normalizer.fit(X).transform(X)
        extractor = clone(parts["extractor"])
        grids = extractor.fit(X).transform(X)

        encoder = HyperImageEncoder(
            self._stage(parts["patch_estimator"], seed),
            supervision=self.supervision,
            layer=self.layer,
            random_state=None if self.random_state is None else seed,
        )
        final = self._stage(parts["final_estimator"], seed)
        self._check_stages(encoder.patch_estimator, final, grids, y, sample_weight, held_out)
        with interrupts_raise():
            encoder.fit(grids, y, sample_weight=sample_weight, validation_mask=held_out, **params)
        hyper_images = encoder.transform(grids)
        with interrupts_raise(self.fine_tune_epochs > 0):
            final.fit(hyper_images, y, sample_weight=sample_weight, validation_mask=held_out)

        self.patch_estimator_ = encoder.patch_estimator_
        if self.fine_tune_epochs > 0:
            # Maps remain those of the first stage trained on patches.
            self.tuned_patch_estimator_ = deepcopy(self.patch_estimator_)
            encoder.patch_estimator_ = self.tuned_patch_estimator_
            self.fine_tuning_history_ = fine_tune(
                self.tuned_patch_estimator_,
                final,
                grids,
                y,
                layer=self.layer,
                dense=encoder.encoding_ == "dense",
                sample_weight=sample_weight,
                validation_mask=held_out,
                max_epochs=self.fine_tune_epochs,
                learning_rate_init=self.fine_tune_learning_rate_init,
                seed=seed,
            )
        self.normalizer_ = normalizer
        self.extractor_ = extractor
        self.encoder_ = encoder
        self.final_estimator_ = final
        self.validation_mask_ = held_out
        self.n_features_in_ = (normalizer or extractor).n_features_in_
        return self

    def _check_stages(
        self,
        first: Any,
        final: Any,
        grids: PatchGrids,
        y: np.ndarray,
        sample_weight: ArrayLike | None,
        validation_mask: Bools | None,
    ) -> None:
        """Refuse before the first epoch what would fail after the last one of the first stage."""
        if self.fine_tune_epochs > 0 and isinstance(first, FrozenEstimator):
            raise ValueError(
                "fine_tune_epochs trains the patch_estimator, which is frozen; set "
                "fine_tune_epochs=0 or give a patch_estimator that is not frozen"
            )
        try:
            width = first_stage(first, grids, y, self.layer).width
        except ValueError as error:
            raise ValueError(f"patch_estimator: {error}") from error
        trains_final = isinstance(final, (CNNRegressor, CNNClassifier))
        if self.fine_tune_epochs > 0 and (width is None or not trains_final):
            raise ValueError(
                "fine_tune_epochs trains both stages as one network; set fine_tune_epochs=0, or "
                "give a CNNRegressor or CNNClassifier as patch_estimator and as final_estimator"
            )
        if trains_final and is_classifier(self) != is_classifier(final):
            raise ValueError(
                f"final_estimator of {type(self).__name__} must be a {self._network.__name__}, "
                f"got a {type(final).__name__}"
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

    def _check_y(self, y: ArrayLike, X: ImagesLike) -> np.ndarray:
        raise NotImplementedError

    def _defaults(self) -> dict[str, Any]:
        """The parts that None stands for."""
        return {
            "normalizer": LocalContrastNormalizer(),
            "extractor": PatchExtractor(),
            "patch_estimator": self._network(architectures.KANG2014),
            "final_estimator": self._network(architectures.TID_STAGE2),
        }

    def _parts(self) -> dict[str, Any]:
        """The parts that `fit` clones."""
        parts = {name: getattr(self, name) for name in self._defaults()}
        return self._defaults() | {name: p for name, p in parts.items() if p is not None}

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name; for parts that are None those of the default part.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include the parameters of the parts.

        Returns
        -------
        params : dict of str to object
        """
        params = super().get_params(deep)
        if deep:
            for name in [name for name in self._defaults() if params[name] is None]:
                nested = self._defaults()[name].get_params()
                params |= {f"{name}__{key}": value for key, value in nested.items()}
        return params

    def set_params(self, **params: Any) -> Any:
        """Set parameters; setting one of a part that is None makes the default part explicit.

        Parameters
        ----------
        **params : object
            Parameters by name, those of parts as ``part__name``.

        Returns
        -------
        self : object
        """
        for name, default in self._defaults().items():
            nested = any(key.startswith(f"{name}__") for key in params)
            if nested and params.get(name, getattr(self, name)) is None:
                params = {**params, name: default}
        return super().set_params(**params)

    def _patch_estimator(self) -> Any:
        return self._parts()["patch_estimator"]

    def _stage(self, estimator: Any, seed: int) -> Any:
        """A clone of one stage with this object's seed, device and verbosity."""
        stage = seeded(estimator, self.random_state, seed)
        given = {"device": self.device, "verbose": self.verbose or None}
        for name, value in given.items():
            if value is not None and name in stage.get_params():
                stage.set_params(**{name: value})
        return stage

    def _patches_seen(self, X: ImagesLike) -> PatchGrids:
        check_is_fitted(self)
        if self.normalizer_ is not None:
            X = self.normalizer_.transform(X)
        return self.extractor_.transform(X)

    def encode(self, X: ImagesLike) -> Floats:
        """Encode images as hyper-images.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths

        Returns
        -------
        hyper_images : ndarray of shape (n_images, U, V, D)
            float32; float64 for float64 images.
        """
        grids = self._patches_seen(X)
        return self.encoder_.transform(grids)

    def predict(self, X: ImagesLike) -> np.ndarray:
        """Predict the scores or labels of images.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths

        Returns
        -------
        y : ndarray of shape (n_images,)
            Scores in the unit and direction of the y seen in `fit`, or labels.
        """
        hyper_images = self.encode(X)
        return self.final_estimator_.predict(hyper_images)

    def histories(self) -> dict[str, list[dict[str, float]]]:
        """Losses of every epoch of both stages, and of fine-tuning.

        Returns
        -------
        histories : dict of str to list of dict
        """
        histories = super().histories()
        if hasattr(self.final_estimator_, "history_"):
            histories["Second stage"] = self.final_estimator_.history_
        if hasattr(self, "fine_tuning_history_"):
            histories["Fine-tuning"] = self.fine_tuning_history_
        return histories

    def _sk_visual_block_(self):
        """The four parts in a row: fitted, or before `fit` those that it will clone."""
        if not hasattr(self, "encoder_"):
            return parts_in_a_row(**self._parts())
        return parts_in_a_row(
            normalizer=self.normalizer_ or "passthrough",
            extractor=self.extractor_,
            patch_estimator=self.patch_estimator_,
            final_estimator=self.final_estimator_,
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


class HyperImageRegressor(RegressorMixin, BaseHyperImage):
    """Two-stage hyper-image regression in one object.

    Images are normalized and cut into patches, a first network describes the patches, and a second
    reads the hyper-image. This is more than a Pipeline of these four steps: the same validation
    groups are held out of both stages, so the second is monitored on images that the first has not
    seen, and with `fine_tune_epochs` both fitted stages are trained end to end through the
    hyper-image.

    Parameters
    ----------
    normalizer : transformer, "passthrough" or None, default=None
        None: ``LocalContrastNormalizer()``.
    extractor : transformer or None, default=None
        Images to patch grids. None: ``PatchExtractor()``.
    patch_estimator : CNNRegressor or None, default=None
        The first stage. None: ``CNNRegressor(architectures.KANG2014)``.
    final_estimator : CNNRegressor or None, default=None
        The second stage. None: ``CNNRegressor(architectures.TID_STAGE2)``.
    supervision : Supervision, default=None
        Chooses the patches that train the first stage, and their targets. None: all patches of the
        grid, with the target of their image.
    layer : int, default=None
        Index of the first stage's layer, among those with weights, that describes a patch. None:
        its own description, the last layer but one.
    fine_tune_epochs : int, default=0
        Most epochs of joint training after both stages are fitted. The solver, schedule, batch
        size (in images) and augmentation are those of `final_estimator`. The weights of the lowest
        validation error are kept, which may be those before fine-tuning.
    fine_tune_learning_rate_init : float, default=0.001
        Learning rate of the first joint update.
    early_stopping : bool, default=True
        Whether to hold one set of images out of both stages and out of fine-tuning. If False, each
        stage holds images out for itself, and fine-tuning keeps its last weights.
    validation_fraction : float in (0, 1), default=0.25
        Share of the groups (of the images, without groups) held out of both stages.
    device : str or None, default=None
        Device of both stages; None leaves it to each.
    random_state : int, RandomState instance or None, default=None
        Seed of the choice of validation groups, of fine-tuning, and of stages without a
        `random_state` of their own.
    verbose : int, default=0
        1 shows progress bars of both stages; 0 leaves it to each.

    Attributes
    ----------
    normalizer_, extractor_ : transformer
        Fitted steps; `normalizer_` is None for "passthrough".
    encoder_ : HyperImageEncoder
        Makes hyper-images, with the tuned first stage after fine-tuning.
    patch_estimator_ : CNNRegressor
        The first stage as trained on patches.
    tuned_patch_estimator_ : CNNRegressor
        The first stage after joint training; only if `fine_tune_epochs` > 0.
    final_estimator_ : CNNRegressor
        The second stage.
    validation_mask_ : ndarray of bool of shape (n_images,) or None
        True for images held out of both stages; None for ``early_stopping=False``.
    fine_tuning_history_ : list of dict
        Losses of every joint epoch; only if `fine_tune_epochs` > 0.
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    See Also
    --------
    PatchPoolingRegressor : The patch-averaging baseline.

    References
    ----------
    The hyper-image paper. Joint fine-tuning goes beyond it.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.ensemble import HyperImageRegressor
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> from sk_hyperimage.neural_network import CNNRegressor
    >>> images = np.random.default_rng(0).random((24, 16, 16), dtype=np.float32)
    >>> model = HyperImageRegressor(
    ...     extractor=PatchExtractor(patch_size=8),
    ...     patch_estimator=CNNRegressor("C(4) MP(8) FC(6) FC(1,linear)", max_epochs=2),
    ...     final_estimator=CNNRegressor("C(4) MP(3) FC(6) FC(1,linear)", max_epochs=2),
    ...     fine_tune_epochs=1,
    ...     random_state=0,
    ... )
    >>> model.fit(images, images.std(axis=(1, 2))).predict(images).shape
    (24,)
    """

    _network = CNNRegressor

    def _check_y(self, y: ArrayLike, X: ImagesLike) -> Floats:
        return check_target(y, X, self)  # type: ignore[arg-type]


class HyperImageClassifier(ClassifierMixin, BaseHyperImage):
    """Two-stage hyper-image classification in one object.

    Parameters
    ----------
    normalizer, extractor, patch_estimator, final_estimator, supervision, layer, \
fine_tune_epochs, fine_tune_learning_rate_init, early_stopping, validation_fraction, device, \
random_state, verbose
        As in :class:`HyperImageRegressor`, with ``CNNClassifier`` stages.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted.
    normalizer_, extractor_, encoder_, patch_estimator_, tuned_patch_estimator_, \
final_estimator_, validation_mask_, fine_tuning_history_, n_features_in_
        As in :class:`HyperImageRegressor`.

    See Also
    --------
    HyperImageRegressor : The same for scores.
    PatchPoolingClassifier : The patch-averaging baseline.

    References
    ----------
    The hyper-image paper. Joint fine-tuning goes beyond it.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.ensemble import HyperImageClassifier
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> from sk_hyperimage.neural_network import CNNClassifier
    >>> images = np.random.default_rng(0).random((24, 16, 16), dtype=np.float32)
    >>> model = HyperImageClassifier(
    ...     extractor=PatchExtractor(patch_size=8),
    ...     patch_estimator=CNNClassifier("C(4) MP(8) FC(6) FC(1,sigmoid)", max_epochs=2),
    ...     final_estimator=CNNClassifier("C(4) MP(3) FC(6) FC(1,sigmoid)", max_epochs=2),
    ...     random_state=0,
    ... )
    >>> model.fit(images, images.mean(axis=(1, 2)) > 0.5).predict_proba(images).shape
    (24, 2)
    """

    _network = CNNClassifier

    def _check_y(self, y: ArrayLike, X: ImagesLike) -> np.ndarray:
        classes, codes = check_labels(y, X, self)  # type: ignore[arg-type]
        return classes[codes]

    @property
    def classes_(self) -> np.ndarray:
        """Labels, sorted."""
        return self.final_estimator_.classes_

    def predict_proba(self, X: ImagesLike) -> Floats:
        """Predict class probabilities.

        Parameters
        ----------
        X
            As in :meth:`predict`.

        Returns
        -------
        probabilities : ndarray of shape (n_images, n_classes)
        """
        hyper_images = self.encode(X)
        return self.final_estimator_.predict_proba(hyper_images)
