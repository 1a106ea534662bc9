"""The four parts of a two-stage model in a row, and their joint fine-tuning."""

from __future__ import annotations

from copy import deepcopy
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage import architectures
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.feature_extraction.supervision._patch_stage import patches_of
from sk_hyperimage.neural_network.aggregation import fine_tune
from sk_hyperimage.preprocessing import LocalContrastNormalizer
from sk_hyperimage.utils._holdout import validation_rows
from sk_hyperimage.utils._interrupts import interrupts_raise
from sk_hyperimage.utils._sklearn import HasMethods, Interval, StrOptions, parts_in_a_row


class BaseHyperImage(MetaEstimatorMixin, BaseEstimator):
    """The four parts in a row, common to the regressor and the classifier."""

    __metadata_request__fit = {
        "sample_weight": True,
        "groups": True,
        "validation_mask": True,
        "patch_targets": True,
    }

    _parameter_constraints: dict = {
        "normalizer": [HasMethods(["fit", "transform"]), StrOptions({"passthrough"}), None],
        "extractor": [HasMethods(["fit", "transform"]), None],
        "patch_estimator": [HasMethods(["fit", "embed"]), None],
        "estimator": [HasMethods(["fit", "predict"]), None],
        "fine_tune_epochs": [Interval(Integral, 0, None, closed="left")],
        "fine_tune_learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        normalizer: Any = None,
        extractor: Any = None,
        patch_estimator: Any = None,
        estimator: Any = None,
        *,
        fine_tune_epochs: int = 0,
        fine_tune_learning_rate_init: float = 0.001,
        early_stopping: bool = True,
        validation_fraction: float = 0.25,
        random_state: Any = None,
    ):
        self.normalizer = normalizer
        self.extractor = extractor
        self.patch_estimator = patch_estimator
        self.estimator = estimator
        self.fine_tune_epochs = fine_tune_epochs
        self.fine_tune_learning_rate_init = fine_tune_learning_rate_init
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def _fit(self, X, y, sample_weight, groups, validation_mask, patch_targets) -> None:
        random_state = check_random_state(self.random_state)
        seed = int(random_state.randint(np.iinfo(np.int32).max))
        held_out = None
        if self.early_stopping or validation_mask is not None:
            held_out = validation_rows(
                len(y), groups, validation_mask, self.validation_fraction, random_state
            )
        parts = self._parts()
        normalizer = None
        if not isinstance(self.normalizer, str):
            normalizer = clone(parts["normalizer"])
            X = normalizer.fit(X).transform(X)
        extractor = clone(parts["extractor"])
        grids = extractor.fit(X).transform(X)

        patch_stage = self._seeded(parts["patch_estimator"], seed)
        with interrupts_raise():
            encoder = HyperImageEncoder(patch_stage).fit(
                grids,
                y,
                sample_weight=sample_weight,
                validation_mask=held_out,
                patch_targets=patch_targets,
            )
        second = self._seeded(parts["estimator"], seed)
        hyper_images = encoder.transform(grids)
        with interrupts_raise(self.fine_tune_epochs > 0):
            second.fit(hyper_images, y, sample_weight=sample_weight, validation_mask=held_out)

        self.patch_estimator_ = encoder.estimator_
        if self.fine_tune_epochs > 0:
            if isinstance(self.patch_estimator_, FrozenEstimator):
                raise ValueError(
                    "fine_tune_epochs trains the patch_estimator, which is frozen; set "
                    "fine_tune_epochs=0 or give a patch_estimator that is not frozen"
                )
            # The maps go on showing what the patch stage learned on patches.
            encoder.estimator_ = deepcopy(self.patch_estimator_)
            self.fine_tuning_history_ = fine_tune(
                encoder.estimator_,
                second,
                grids,
                y,
                layer=encoder.layer,
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
        self.estimator_ = second
        self.validation_mask_ = held_out
        first_step = extractor if normalizer is None else normalizer
        self.n_features_in_ = first_step.n_features_in_

    def _default_network(self, layers: str) -> Any:
        """A stage of the kind that the subclass takes, with an architecture of the paper."""
        raise NotImplementedError

    def _parts(self) -> dict[str, Any]:
        """The parts that `fit` clones."""
        defaults = {
            "normalizer": LocalContrastNormalizer(),
            "extractor": PatchExtractor(),
            "patch_estimator": self._default_network(architectures.KANG2014),
            "estimator": self._default_network(architectures.TID_STAGE2),
        }
        given = {name: getattr(self, name) for name in defaults}
        return defaults | {name: part for name, part in given.items() if part is not None}

    def _seeded(self, estimator: Any, seed: int) -> Any:
        """A clone of one stage, given the object's seed where it has none of its own."""
        stage = clone(estimator)
        if self.random_state is not None and stage.get_params().get("random_state", 0) is None:
            stage.set_params(random_state=seed)
        return stage

    def _grids(self, X: Any) -> Any:
        check_is_fitted(self)
        if self.normalizer_ is not None:
            X = self.normalizer_.transform(X)
        return self.extractor_.transform(X)

    def encode(self, X: Any) -> np.ndarray:
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
        grids = self._grids(X)
        return self.encoder_.transform(grids)

    def _over_grid(self, method: str, X: Any) -> np.ndarray:
        """What a method of the patch stage says of every patch, (n_images, U, V, ...)."""
        grids = self._grids(X)
        values = getattr(self.patch_estimator_, method)(patches_of(grids))
        return values.reshape(*grids.shape[:3], *values.shape[1:])

    def _sk_visual_block_(self):
        """The four parts in a row, fitted or as `fit` will take them."""
        if hasattr(self, "encoder_"):
            return parts_in_a_row(
                normalizer=self.normalizer_ or "passthrough",
                extractor=self.extractor_,
                patch_estimator=self.patch_estimator_,
                estimator=self.estimator_,
            )
        return parts_in_a_row(**self._parts())

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
