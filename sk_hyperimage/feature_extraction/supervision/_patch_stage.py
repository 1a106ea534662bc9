"""Estimators whose first stage is trained on patches: fitting, routing, predicting."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, softmax
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import Estimator, Seed
from sk_hyperimage.feature_extraction.supervision._base import Supervision
from sk_hyperimage.feature_extraction.supervision._inherited import InheritedTargets, patches_of
from sk_hyperimage.images import PatchGrids, Samples
from sk_hyperimage.utils._routing import consumed, fit_with
from sk_hyperimage.utils._sklearn import params_named
from sk_hyperimage.utils._validation import check_weights


class PatchStage:
    """Mixin of models whose `patch_estimator` is trained on the patches of a `supervision`."""

    supervision: Supervision | None = None

    def _patch_estimator(self) -> Estimator:
        """The first stage before `fit`."""
        return self.patch_estimator  # type: ignore[attr-defined]

    def get_metadata_routing(self) -> MetadataRouter:
        """Metadata that `fit` takes: its own, the supervision's and the patch estimator's.

        Returns
        -------
        routing : MetadataRouter
        """
        request = copy.deepcopy(self._get_metadata_request())  # type: ignore[attr-defined]
        for name in (self.supervision or InheritedTargets()).metadata:
            request.fit.add_request(param=name, alias=True)
        mapping = MethodMapping().add(caller="fit", callee="fit")
        return (
            MetadataRouter(owner=self)
            .add_self_request(request)
            .add(patch_estimator=self._patch_estimator(), method_mapping=mapping)
        )

    def _patches_seen(self, X: Any) -> Samples:
        """The patch grids that the first stage sees of X."""
        raise NotImplementedError

    def patch_grids(self, X: Any) -> PatchGrids:
        """The patch grids that the first stage sees.

        Parameters
        ----------
        X : array-like or sequence, as in `fit`

        Returns
        -------
        grids : PatchGrids of shape (n_images, U, V, n_rows, n_cols, n_channels)

        Raises
        ------
        ValueError
            If X is an array of patches, whose places in the images are not known.
        """
        grids = self._patches_seen(X)
        if not isinstance(grids, PatchGrids):
            raise ValueError(
                "X is an array of patches, whose places in the images are not known; give patch "
                "grids of a PatchExtractor"
            )
        return grids

    def predict_patches(self, X: Any) -> np.ndarray:
        """Predict every patch with the first stage.

        Parameters
        ----------
        X : array-like or sequence, as in `fit`, or PatchGrids
            Patch grids may have another number of patches than those seen in `fit`.

        Returns
        -------
        predictions : ndarray of shape (n_images, U, V) or (n_images, U, V, n_classes)
            For a regressor its predictions; for a classifier class probabilities, or the logistic
            function (softmax for more than two classes) of its `decision_function`.
        """
        check_is_fitted(self)
        grids, stage = self._patches_seen(X), self.patch_estimator_  # type: ignore[attr-defined]
        patches = patches_of(grids)
        if not hasattr(stage, "classes_"):
            predictions = stage.predict(patches)
        elif hasattr(stage, "predict_proba"):
            predictions = stage.predict_proba(patches)
        else:
            predictions = _probabilities(stage.decision_function(patches))
        return predictions.reshape(*grids.shape[:3], *predictions.shape[1:])

    def histories(self) -> dict[str, list[dict[str, float]]]:
        """Losses of every epoch of training, by stage.

        Returns
        -------
        histories : dict of str to list of dict
            Empty where no stage has a training history.
        """
        check_is_fitted(self)
        history = getattr(self.patch_estimator_, "history_", None)  # type: ignore[attr-defined]
        return {} if history is None else {"First stage": history}


def _probabilities(decisions: np.ndarray) -> np.ndarray:
    """Numbers in [0, 1] for every class, (n, n_classes), from decisions (n,) or (n, n_classes)."""
    if decisions.ndim > 1:
        return softmax(decisions, axis=1)
    greater = expit(decisions)
    return np.column_stack([1 - greater, greater])


def seeded(estimator: Any, random_state: Seed, seed: int | np.random.RandomState) -> Any:
    """A clone, seeded where its owner has a `random_state` and a part of it none of its own."""
    stage = clone(estimator)
    params = stage.get_params()
    unseeded = [name for name in params_named("random_state", stage) if params[name] is None]
    if random_state is not None and unseeded:
        if not isinstance(seed, int):
            seed = int(seed.randint(np.iinfo(np.int32).max))
        stage.set_params(**dict.fromkeys(unseeded, seed))
    return stage


def fit_on_patches(
    estimator: Estimator,
    supervision: Supervision | None,
    grids: Samples,
    y: np.ndarray,
    *,
    sample_weight: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    validation_mask: ArrayLike | None = None,
    random_state: Seed = None,
    **params: Any,
) -> Any:
    """Fit a clone of `estimator` on the patches that a supervision chooses.

    Parameters
    ----------
    estimator : predictor
        Its `fit` may take any of the metadata; a frozen one is only checked to be fitted.
    supervision : Supervision or None
        None: patches inherit the target of their image.
    grids : Samples of shape (n_images, U, V, n_rows, n_cols, n_channels)
    y : ndarray of shape (n_images, ...)
    sample_weight, groups, validation_mask : array-like of shape (n_images,), default=None
        Inherited by the patches. None for groups: those of the supervision, so that patches of
        one image are never on both sides of a validation split.
    random_state : int, RandomState instance or None, default=None
        Seed of the supervision, and of `estimator` if it has none of its own.
    **params : array-like of shape (n_images, ...)
        Metadata of the supervision; all other is inherited by the patches and routed to
        `estimator`, which must request it.

    Returns
    -------
    estimator_ : predictor
    """
    supervision = supervision or InheritedTargets()
    rng = check_random_state(random_state)
    fitted = seeded(estimator, random_state, rng)
    own = {name: params.pop(name) for name in supervision.metadata if name in params}
    for name in sorted(set(params) - consumed(fitted, set(params))):
        raise TypeError(
            f"fit got {name!r}, which neither {type(supervision).__name__} nor the fit of "
            f"{type(fitted).__name__} requests; leave it out, or request it by "
            f"set_fit_request({name}=True)"
        )
    given = {"groups": groups, "validation_mask": validation_mask, **params}
    check_consistent_length(grids, y, *given.values(), *own.values())
    chosen = supervision.training_patches(grids, y, rng, **own)
    given["groups"] = chosen.groups if groups is None else groups
    metadata = {
        name: np.asarray(values)[chosen.owners]
        for name, values in given.items()
        if values is not None
    }
    weight = check_weights(sample_weight, grids)[chosen.owners]
    if chosen.kept is not None:
        weight = weight * chosen.kept
    if isinstance(fitted, FrozenEstimator):
        return fitted.fit(chosen.patches, chosen.target)
    metadata |= {"sample_weight": weight, **chosen.metadata}
    return fit_with(fitted, chosen.patches, chosen.target, metadata)
