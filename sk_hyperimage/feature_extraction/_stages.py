"""Taking fitted models apart: the grids they cut, what describes patches, what reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage.feature_extraction.supervision._patch_stage import patches_of
from sk_hyperimage.images._patch_grids import PatchGrids

# What holds the fitted first stage in an object of both stages, along contours, on patch grids.
PATCH_STAGES = ("patch_estimator_", "ranker_", "estimator_")


@dataclass(frozen=True)
class Stages:
    """The stages of a fitted model, in front of some images.

    Parameters
    ----------
    grids : PatchGrids
        The images as the first stage sees them.
    patch_stage : predictor
        What judges and describes single patches.
    encoder : transformer or None
        What makes hyper-images; None where patches are pooled.
    encoded : Samples
        What the encoder takes: `grids`, or the images themselves.
    reader : predictor or None
        What reads the hyper-images; None where there is not one such step.
    """

    grids: PatchGrids
    patch_stage: Any
    encoder: Any
    encoded: Any
    reader: Any

    def hyper_images(self) -> np.ndarray:
        """What the reader is given, (n_images, U, V, D)."""
        return self.encoder.transform(self.encoded)

    def patch_scores(self) -> np.ndarray:
        """What the patch stage says of all patches, (n_images, U, V).

        Of a regressor its predictions; of a classifier of two classes the probability of the
        greater label, or else the logistic function of its `decision_function`.
        """
        patches = patches_of(self.grids)
        n_classes = len(getattr(self.patch_stage, "classes_", ()))
        if n_classes == 0:
            scores = self.patch_stage.predict(patches)
        elif n_classes != 2:
            raise ValueError(
                f"{type(self.patch_stage).__name__}, which judges the patches, tells {n_classes} "
                f"classes apart; one number per patch needs a regressor or two classes"
            )
        elif hasattr(self.patch_stage, "predict_proba"):
            scores = self.patch_stage.predict_proba(patches)[:, 1]
        else:
            scores = expit(self.patch_stage.decision_function(patches))
        return scores.reshape(self.grids.shape[:3])


def take_apart(model: Any, X: Any) -> Stages:
    """Find the stages of a fitted model.

    Parameters
    ----------
    model : fitted estimator
        A ForgeryEncoder, a HyperImageRegressor or -Classifier, or a Pipeline that holds one of
        them or a PatchExtractor followed by what is fitted on patches. Its earlier steps are
        applied to the images.
    X : array-like or sequence of images or file paths

    Raises
    ------
    ValueError
        If no step judges patches.
    """
    grids, steps = _until_grids(model, X)
    head, *rest = steps or [None]
    fitted = [name for name in PATCH_STAGES if hasattr(head, name)]
    if grids is None or not fitted:
        raise ValueError(
            f"no step of {type(model).__name__} judges patches; give a ForgeryEncoder, a "
            f"HyperImageRegressor or HyperImageClassifier, or a PatchExtractor followed by an "
            f"encoder or a pooling predictor"
        )
    patch_stage = getattr(head, fitted[0])
    if hasattr(head, "encoder_"):
        return Stages(grids, patch_stage, head.encoder_, grids, head.estimator_)
    encoder = head if hasattr(head, "transform") else None
    encoded = grids.images if hasattr(head, "extractor_") else grids
    return Stages(grids, patch_stage, encoder, encoded, rest[0] if len(rest) == 1 else None)


def lay_grids(model: Any, X: Any) -> PatchGrids:
    """The grids that a fitted PatchExtractor, or a model that holds one, lays over images.

    Raises
    ------
    ValueError
        If no step cuts patches.
    """
    grids, _ = _until_grids(model, X)
    if grids is None:
        raise ValueError(
            f"no step of {type(model).__name__} cuts patches; give a PatchExtractor or a model "
            f"that holds one"
        )
    return grids


def _until_grids(model: Any, X: Any) -> tuple[PatchGrids | None, list[Any]]:
    """The first grids on the way of images through a model, if any, and what works on them."""
    check_is_fitted(model)
    steps = [step for _, step in model.steps] if isinstance(model, Pipeline) else [model]
    steps = [step for step in steps if step is not None and step != "passthrough"]
    for index, step in enumerate(steps):
        if hasattr(step, "extractor_"):  # a step that cuts and reads patches
            normalizer = getattr(step, "normalizer_", None)
            X = X if normalizer is None else normalizer.transform(X)
            return step.extractor_.transform(X), steps[index:]
        if not hasattr(step, "transform"):
            break
        X = step.transform(X)
        if isinstance(X, PatchGrids):
            return X, steps[index + 1 :]
    return None, []
