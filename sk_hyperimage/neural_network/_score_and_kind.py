"""A convolutional network with two heads: the score of an image and the kind of its damage."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Self

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.special import softmax
from sklearn.utils.metaestimators import available_if
from torch.nn import functional

from sk_hyperimage._typing import Floats, ImagesLike
from sk_hyperimage.images import Samples
from sk_hyperimage.neural_network._regressor import CNNRegressor
from sk_hyperimage.neural_network._tasks import Scores, Task
from sk_hyperimage.utils._sklearn import Interval, fit_or_restore
from sk_hyperimage.utils._validation import check_images, check_labels, check_weights


@dataclass(frozen=True, eq=False)
class ScoresAndKinds(Task):
    """One score a sample, and one of several kinds by a softmax.

    Parameters
    ----------
    scores : Scores
    n_kinds : int
    kind_weight : float
        Share of the log loss of kinds in the loss.
    """

    scores: Scores
    n_kinds: int
    kind_weight: float

    @property
    def n_outputs(self) -> int:  # type: ignore[override]
        """The score, then one a kind."""
        return 1 + self.n_kinds

    @property
    def meaning(self) -> str:  # type: ignore[override]
        """Both heads."""
        return f"{self.scores.meaning}, and the logits of {self.n_kinds} kinds, before any softmax"

    def encode(self, y: np.ndarray, dtype: np.dtype) -> np.ndarray:
        """Standardized scores, and positions among the kinds as they are, (n, 2)."""
        return np.column_stack([self.scores.encode(y[:, 0], dtype), y[:, 1].astype(dtype)])

    def losses(self, outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Errors of scores and log losses of kinds, weighed."""
        of_scores = self.scores.losses(outputs[:, :1], target[:, 0])
        codes = target[:, 1].round().long()
        of_kinds = functional.cross_entropy(outputs[:, 1:], codes, reduction="none")
        return (1 - self.kind_weight) * of_scores + self.kind_weight * of_kinds

    def decode(self, outputs: np.ndarray) -> Floats:
        """Scores in their own unit."""
        return self.scores.decode(outputs[:, :1])


def _tells_kinds(model: ScoreAndKindRegressor) -> bool:
    return vars(model).get("kinds_", ()) is not None  # before `fit`, it may yet


class ScoreAndKindRegressor(CNNRegressor):
    """Convolutional network that tells the score of an image and the kind of its damage.

    A :class:`CNNRegressor` that learns kinds beside scores: `fit` takes them as ``kinds``, next to
    `y`. The last layer has one output for the score and one for each kind; all layers before it
    serve both. `predict` gives scores, as of every regressor, so that scorers, cross-validation
    and pooling over patches work as they are; `predict_kinds` gives kinds.

    Parameters
    ----------
    layers : str, torch.nn.Module, Architecture or callable
        The architecture, as in :class:`CNNRegressor`, with one output; the width of the last layer
        is set to the number of outputs. ``architectures.KANG2014`` makes it IQA-CNN+, and
        ``architectures.IQA_CNN_PLUS_PLUS`` IQA-CNN++.
    kind_weight : float in [0, 1), default=0.5
        Share of the log loss of kinds in the loss; the rest is that of the standardized scores.
        0.5 is that of public code.
    loss, normalize_y, initial_weights, solver, learning_rate, learning_rate_init, momentum, \
nesterovs_momentum, decay, alpha, batch_size, batch_by, max_epochs, early_stopping, \
validation_fraction, n_iter_no_change, augmentation, precision, compile, device, callbacks, \
random_state, verbose, warm_start, higher_is_better
        As in :class:`CNNRegressor`.

    Attributes
    ----------
    kinds_ : ndarray of shape (n_kinds,) or None
        Kinds seen in `fit`, sorted; None if it was given none.
    net_, weights_, history_, n_iter_, y_mean_, y_scale_, score_range_, input_shape_, \
reads_any_grid_, n_features_in_
        As in :class:`CNNRegressor`.

    See Also
    --------
    sk_hyperimage.ensemble.surveyed_model : The whole models, "IQA-CNN+" and "IQA-CNN++".
    sk_hyperimage.ensemble.PatchPoolingRegressor : Fits it on patches, and pools both answers.

    References
    ----------
    L. Kang, P. Ye, Y. Li and D. Doermann, "Simultaneous estimation of image quality and distortion
    via multi-task convolutional neural networks", ICIP 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.neural_network import ScoreAndKindRegressor
    >>> images = np.random.default_rng(0).random((40, 8, 8), dtype=np.float32)
    >>> images[20:] = images[20:].round()
    >>> brightness = images.mean(axis=(1, 2))
    >>> kinds = np.repeat(["noise", "clipping"], 20)
    >>> model = ScoreAndKindRegressor(
    ...     "C(4) MP(8) FC(8) FC(1,linear)", max_epochs=3, random_state=0
    ... )
    >>> model = model.fit(images, brightness, kinds=kinds)
    >>> model.predict(images).shape, model.predict_kind_proba(images).shape
    ((40,), (40, 2))
    """

    kind_weight: float
    kinds_: np.ndarray | None

    __metadata_request__fit = {
        "kinds": True,
        "sample_weight": True,
        "groups": True,
        "validation_mask": True,
    }

    _parameter_constraints: dict = {
        **CNNRegressor._parameter_constraints,
        "kind_weight": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        layers,
        *,
        kind_weight=0.5,
        loss="absolute_error",
        normalize_y=True,
        initial_weights=None,
        solver="sgd",
        learning_rate="adaptive",
        learning_rate_init=0.005,
        momentum=0.9,
        nesterovs_momentum=True,
        decay=1e-5,
        alpha=0.0,
        batch_size=50,
        batch_by="sample",
        max_epochs="auto",
        early_stopping=True,
        validation_fraction=0.25,
        n_iter_no_change="auto",
        augmentation=None,
        precision="full",
        compile=False,
        device="auto",
        callbacks=None,
        random_state=None,
        verbose=0,
        warm_start=False,
        higher_is_better=None,
    ):
        self._store(locals())

    @property
    def _task(self) -> Scores | ScoresAndKinds:  # type: ignore[override]
        scores = super()._task
        if self.kinds_ is None:
            return scores
        return ScoresAndKinds(scores, len(self.kinds_), float(self.kind_weight))

    @fit_or_restore(prefer_skip_nested_validation=True)
    def fit(  # type: ignore[override]
        self,
        X: ImagesLike,
        y: ArrayLike,
        *,
        kinds: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        validation_mask: ArrayLike | None = None,
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X, y, sample_weight, groups, validation_mask
            As in :meth:`CNNRegressor.fit`.
        kinds : array-like of shape (n_samples,), default=None
            Label of the damage of each sample, of two kinds or more. None: scores alone are
            learned.

        Returns
        -------
        self : ScoreAndKindRegressor

        Raises
        ------
        ValueError
            If `kinds` holds fewer than two, a sample without one, or, with `warm_start`, others
            than before; and as :meth:`CNNRegressor.fit`.
        """
        samples = check_images(X, self, reset=True)
        y, weight = self._check_target(y, check_weights(sample_weight, samples), samples)
        if kinds is None:
            known, target = None, y
        else:
            known, codes = self._check_kinds(kinds, samples)
            target = np.column_stack([y, codes])
        if self._is_continued() and _listed(known) != _listed(self.kinds_):
            raise ValueError(
                f"warm_start=True goes on with a network of the kinds {_listed(self.kinds_)}, but "
                f"kinds holds {_listed(known)}"
            )
        self.kinds_ = known
        return self._fit(samples, target, weight, groups, validation_mask)

    def _check_kinds(self, kinds: ArrayLike, samples: Samples) -> tuple[np.ndarray, np.ndarray]:
        """The kinds, sorted, and the position of each sample's among them."""
        if np.shape(kinds)[:1] != (len(samples),):
            raise ValueError(
                f"kinds of shape {np.shape(kinds)} do not suit {len(samples)} samples"
            )
        known, codes = check_labels(kinds, samples, self, name="kinds")
        if len(known) < 2:
            raise ValueError(f"kinds must hold at least two kinds, got {_listed(known)} alone")
        return known, codes

    @available_if(_tells_kinds)
    def predict_kind_proba(self, X: ImagesLike) -> Floats:
        """Predict the probability of every kind of damage.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols[, n_channels]) or \
(n_samples, n_features)

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_kinds)
            In the order of `kinds_`; rows sum to one.
        """
        return softmax(self._outputs(X)[:, 1:].astype(np.float64), axis=1)

    @available_if(_tells_kinds)
    def predict_kinds(self, X: ImagesLike) -> np.ndarray:
        """Predict the kind of damage.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols[, n_channels]) or \
(n_samples, n_features)

        Returns
        -------
        kinds : ndarray of shape (n_samples,)
            The most probable kinds, of those in `kinds_`.
        """
        probabilities = self.predict_kind_proba(X)
        return self.kinds_[probabilities.argmax(axis=1)]  # type: ignore[index]


def _listed(kinds: np.ndarray | None) -> list | None:
    return None if kinds is None else kinds.tolist()
