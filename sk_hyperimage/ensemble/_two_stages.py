"""Two stages trained in a row, and end to end through the hyper-image if asked."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone, is_classifier
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import (
    Bools,
    Floats,
    ImagesLike,
    PatchEstimator,
    Predictor,
    Seed,
    Transformer,
)
from sk_hyperimage.ensemble._default_stages import small_network
from sk_hyperimage.ensemble._stage_checks import check_stages, warn_if_alike
from sk_hyperimage.ensemble._warm_start import earlier_stages, go_on, went_on
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.feature_extraction._codebook_stage import normalizer_ahead_of
from sk_hyperimage.feature_extraction.supervision._base import Supervision
from sk_hyperimage.feature_extraction.supervision._patch_stage import PatchStage, seeded
from sk_hyperimage.images import PatchGrids
from sk_hyperimage.neural_network.aggregation import fine_tune
from sk_hyperimage.utils._holdout import validation_rows
from sk_hyperimage.utils._interrupts import interrupts_raise
from sk_hyperimage.utils._routing import fit_with
from sk_hyperimage.utils._sklearn import (
    HasMethods,
    Interval,
    StrOptions,
    fit_or_restore,
    params_named,
    parts_in_a_row,
)
from sk_hyperimage.utils._validation import check_weights


class BaseHyperImage(PatchStage, MetaEstimatorMixin, BaseEstimator):
    """The four parts in a row, common to the regressor and the classifier."""

    _network: type
    _second_stage: Callable[[], Predictor]

    __metadata_request__fit = {"sample_weight": True, "groups": True, "validation_mask": True}

    _parameter_constraints: dict = {
        "normalizer": [HasMethods(["fit", "transform"]), StrOptions({"passthrough"}), None],
        "extractor": [HasMethods(["fit", "transform"]), None],
        "patch_estimator": [HasMethods(["fit", "embed"]), Pipeline, FrozenEstimator, None],
        "final_estimator": [HasMethods(["fit", "predict"]), None],
        "supervision": [HasMethods(["training_patches"]), None],
        "layer": [Interval(Integral, None, None, closed="neither"), None],
        "temp_folder": [str, None],
        "fine_tune_epochs": [Interval(Integral, 0, None, closed="left")],
        "fine_tune_learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "fine_tune_patches": [Interval(Integral, 1, None, closed="left"), None],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "device": [str, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
    }
    # Of models in older files.
    warm_start: bool = False
    fine_tune_patches: int | None = None

    def __init__(
        self,
        normalizer: Transformer | str | None = None,
        extractor: Transformer | None = None,
        patch_estimator: PatchEstimator | Pipeline | None = None,
        final_estimator: Predictor | None = None,
        *,
        supervision: Supervision | None = None,
        layer: int | None = None,
        temp_folder: str | None = None,
        fine_tune_epochs: int = 0,
        fine_tune_learning_rate_init: float = 0.001,
        fine_tune_patches: int | None = None,
        early_stopping: bool = True,
        validation_fraction: float = 0.25,
        device: str | None = None,
        random_state: Seed = None,
        verbose: int = 0,
        warm_start: bool = False,
    ):
        self.normalizer = normalizer
        self.extractor = extractor
        self.patch_estimator = patch_estimator
        self.final_estimator = final_estimator
        self.supervision = supervision
        self.layer = layer
        self.temp_folder = temp_folder
        self.fine_tune_epochs = fine_tune_epochs
        self.fine_tune_learning_rate_init = fine_tune_learning_rate_init
        self.fine_tune_patches = fine_tune_patches
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.device = device
        self.random_state = random_state
        self.verbose = verbose
        self.warm_start = warm_start

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
        held_out, weight = None, check_weights(sample_weight, y)
        if self.early_stopping or validation_mask is not None:
            held_out = validation_rows(
                len(y),
                groups,
                validation_mask,
                self.validation_fraction,
                random_state,
                labels=y if is_classifier(self) else None,
                weight=weight,
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
            temp_folder=self.temp_folder,
            random_state=None if self.random_state is None else seed,
        )
        final = self._stage(parts["final_estimator"], seed)
        earlier = earlier_stages(self)
        go_on(encoder.patch_estimator, earlier[0])
        go_on(final, earlier[1])
        check_stages(
            encoder.patch_estimator,
            final,
            grids,
            y,
            layer=self.layer,
            joint=self.fine_tune_epochs > 0,
            draws=self.fine_tune_patches is not None,
            network=self._network,
            sample_weight=sample_weight,
            validation_mask=held_out,
        )
        with interrupts_raise():
            encoder.fit(
                grids,
                y,
                sample_weight=sample_weight,
                groups=groups,
                validation_mask=held_out,
                **params,
            )
        hyper_images = encoder.transform(grids)
        warn_if_alike(hyper_images)
        with interrupts_raise(self.fine_tune_epochs > 0):
            metadata = {
                "sample_weight": sample_weight,
                "groups": groups,
                "validation_mask": held_out,
            }
            given = {name: value for name, value in metadata.items() if value is not None}
            fit_with(final, hyper_images, y, given)

        first = encoder.patch_estimator_
        went_on(encoder.patch_estimator, first, earlier[0], parts["patch_estimator"])
        went_on(final, final, earlier[1], parts["final_estimator"])
        self.patch_estimator_ = first
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
                n_patches=self.fine_tune_patches,
            )
            if held_out is not None and not is_classifier(self):
                hyper_images = encoder.transform(grids)
        self._judge(final, hyper_images, y, groups, held_out, weight)
        self.normalizer_ = normalizer
        self.extractor_ = extractor
        self.encoder_ = encoder
        self.final_estimator_ = final
        self.validation_mask_ = held_out
        self.n_features_in_ = (normalizer or extractor).n_features_in_
        return self

    def _check_y(self, y: ArrayLike, X: ImagesLike) -> np.ndarray:
        raise NotImplementedError

    def _judge(
        self,
        final: Predictor,
        hyper_images: Floats,
        y: np.ndarray,
        groups: ArrayLike | None,
        held_out: Bools | None,
        weight: Floats,
    ) -> None:
        """Keep what held-out images tell of the fitted second stage."""

    def _defaults(self) -> dict[str, Any]:
        """The parts that None stands for."""
        return {
            "normalizer": normalizer_ahead_of(self.patch_estimator),
            "extractor": PatchExtractor(),
            "patch_estimator": small_network(self._network),
            "final_estimator": self._second_stage(),
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
        # What has a device is a network, or holds one.
        inside = [name.removesuffix("device") for name in params_named("device", stage)]
        given = {"device": self.device, "verbose": self.verbose or None}
        for name, value in given.items():
            names = {f"{prefix}{name}" for prefix in ("", *inside)} & set(stage.get_params())
            if value is not None:
                stage.set_params(**dict.fromkeys(names, value))
        return stage

    def _patches_seen(self, X: ImagesLike | PatchGrids) -> PatchGrids:
        check_is_fitted(self)
        if isinstance(X, PatchGrids):
            return X
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
            float32; float64 for float64 images. A read-only memmap if there is a `temp_folder`.
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
